"""What an upload says of its own bytes: it is stored only if that is true.

moto believes every checksum, and doesn't look at Content-MD5. Follows "Checking object
integrity in Amazon S3" in the S3 user guide.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping

from grader import facts
from grader.cloud.s3.errors import Refused

_PREFIX = "x-amz-checksum-"
# The others need a library; they are believed, as the SDK computed them.
_COMPUTED: Mapping[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}


def check(body: bytes, headers: Mapping[str, str], trailers: bytes) -> None:
    """Refuse bytes that aren't the ones that were sent.

    ``trailers`` is the request's body as it came, with what follows the bytes.

    Raises:
        Refused: InvalidDigest, BadDigest or InvalidRequest.
    """
    _check_md5(body, headers.get("Content-MD5"))
    for algorithm, compute in _COMPUTED.items():
        given = headers.get(f"{_PREFIX}{algorithm}") or _trailer(trailers, algorithm)
        if given is None:
            continue
        right = compute(body)
        try:
            sent = base64.b64decode(given, validate=True)
        except binascii.Error:
            sent = b""
        if len(sent) != len(right):
            raise Refused(
                "InvalidRequest",
                f"Value for {_PREFIX}{algorithm} header is invalid.",
            )
        if sent != right:
            raise Refused(
                "BadDigest",
                f"The {algorithm.upper()} you specified did not match the calculated"
                " checksum.",
            )


def check_metadata(headers: Mapping[str, str]) -> None:
    """Refuse more metadata of one's own than an object may have.

    Raises:
        Refused: MetadataTooLarge.
    """
    start = "x-amz-meta-"
    own = {
        name.lower().removeprefix(start): value
        for name, value in headers.items()
        if name.lower().startswith(start)
    }
    size = sum(len(name.encode()) + len(value.encode()) for name, value in own.items())
    limit = facts.aws_s3.METADATA_SIZE.value
    if size > limit:
        raise Refused(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            Size=size,
            MaxSizeAllowed=limit,
        )


def _check_md5(body: bytes, given: str | None) -> None:
    if given is None:
        return
    try:
        sent = base64.b64decode(given, validate=True)
    except binascii.Error:
        sent = b""
    if len(sent) != 16:
        raise Refused(
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
            **{"Content-MD5": given},
        )
    right = hashlib.md5(body, usedforsecurity=False).digest()
    if sent != right:
        raise Refused(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=given,
            CalculatedDigest=base64.b64encode(right).decode(),
        )


def _trailer(trailers: bytes, algorithm: str) -> str | None:
    """A checksum that came behind the bytes that it is of."""
    _, found, rest = trailers[-200:].rpartition(f"{_PREFIX}{algorithm}:".encode())
    return rest.split(b"\r\n")[0].decode().strip() if found else None
