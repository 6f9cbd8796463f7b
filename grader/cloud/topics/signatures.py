"""The signature of what a topic sends, and the certificate to verify it with.

moto makes a key for each subscription and a certificate for each message, which takes
tenths of a second. Here one pair, made for the first message, serves for all.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

VERSION = "1"
_SIGNED = (
    "Message",
    "MessageId",
    "Subject",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
# On every side of any lab's time.
_VALID = timedelta(days=365 * 30)


@dataclass(frozen=True)
class _Signer:
    """A private key and the certificate of its public half."""

    key: RSAPrivateKey
    certificate: bytes

    @property
    def file(self) -> str:
        digest = hashlib.md5(self.certificate, usedforsecurity=False).hexdigest()
        return f"SimpleNotificationService-{digest}.pem"


def signed(told: Mapping[str, Any], region: str) -> dict[str, str]:
    """The members that sign a document: version 1, RSA with SHA-1."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signer = _signer()
    signature = signer.key.sign(
        string_to_sign(told).encode(), padding.PKCS1v15(), hashes.SHA1()
    )
    return {
        "SignatureVersion": VERSION,
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/{signer.file}",
    }


def string_to_sign(told: Mapping[str, Any]) -> str:
    """What is signed of a document: names and values, each with a line of its own."""
    return "".join(f"{name}\n{told[name]}\n" for name in _SIGNED if name in told)


def certificate() -> bytes:
    """The certificate that verifies every signature of this process, as PEM."""
    return _signer().certificate


@cache
def _signer() -> _Signer:
    # Costly to import, and most clouds have no topic.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")],
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .sign(key, hashes.SHA256())
    )
    return _Signer(key, made.public_bytes(serialization.Encoding.PEM))
