"""Whether the signature of a presigned URL is that of its request.

It covers the method, the exact key, the query and the headers that it names. moto
checks none of it. Follows "Authenticating requests: using query parameters" in the S3
API reference, and "Signing and authenticating REST requests" for version 2.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from botocore.auth import HmacV1Auth
from werkzeug.wrappers import Response

from grader.cloud.s3.errors import drawn
from grader.cloud.s3.secrets import Secret, secret_of

MESSAGE = (
    "The request signature we calculated does not match the signature you provided."
    " Check your key and signing method."
)


@dataclass(frozen=True)
class Presigned:
    """A request whose signature is in its URL.

    ``path`` is as it was sent, ``query`` has what it says in its order, and the names
    of ``headers`` are in lower case.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    def field(self, name: str) -> str:
        """What the query says under a name; nothing if it doesn't."""
        return dict(self.query).get(name, "")


def presigned(environ: Mapping[str, Any]) -> Presigned | None:
    """Read a request, if it is a presigned one for S3."""
    raw = environ.get("RAW_URI", "")
    path, _, query = raw.partition("?")
    if "Signature=" not in query:
        return None
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    said = tuple(parse_qsl(query, keep_blank_values=True))
    read = Presigned(environ["REQUEST_METHOD"], path, said, headers)
    scope = read.field("X-Amz-Credential").split("/")
    if scope != [""] and (len(scope) != 5 or scope[3] != "s3"):
        return None
    return read


def refusal(asked: Presigned) -> Response | None:
    """Answer as S3 does when the signature is another request's, else give None.

    A key that nobody issued belongs to the administrator; who made it up knows its
    secret, and the lab doesn't.
    """
    version_4 = bool(asked.field("X-Amz-Signature"))
    key = asked.field("X-Amz-Credential" if version_4 else "AWSAccessKeyId")
    key = key.partition("/")[0]
    secret = secret_of(key)
    if secret is None:
        return None
    token = asked.field("X-Amz-Security-Token" if version_4 else "x-amz-security-token")
    if (refused := _wrong_token(key, secret, token)) is not None:
        return refused
    if version_4:
        if unsigned := _unsigned(asked):
            return drawn(
                "AccessDenied",
                "There were headers present in the request which were not signed",
                403,
                {"HeadersNotSigned": ", ".join(unsigned)},
            )
        given, right, members = _version_4(asked, secret.value)
    else:
        given, right, members = _version_2(asked, secret.value)
    if hmac.compare_digest(given.encode(), right.encode()):
        return None
    return drawn(
        "SignatureDoesNotMatch",
        MESSAGE,
        403,
        {
            "AWSAccessKeyId": key,
            "SignatureProvided": given,
            **members,
            **_bytes(members),
        },
    )


def signing_key(secret: str, scope: list[str]) -> bytes:
    """Derive version 4's key for a day, a Region and a service."""
    derived = f"AWS4{secret}".encode()
    for part in scope:
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived


def version_2_signature(secret: str, text: str) -> str:
    """Sign a text as signature version 2 does."""
    digest = hmac.digest(secret.encode(), text.encode(), "sha1")
    return base64.b64encode(digest).decode()


def _version_4(asked: Presigned, secret: str) -> tuple[str, str, dict[str, str]]:
    """The signature that came, the right one, and what a refusal shows."""
    scope = asked.field("X-Amz-Credential").split("/")[1:]
    names = asked.field("X-Amz-SignedHeaders").split(";")
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in asked.query
        if name != "X-Amz-Signature"
    )
    canonical = "\n".join(
        (
            asked.method,
            _encoded(asked.path),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{one}:{' '.join(asked.headers.get(one, '').split())}" for one in names),
            "",
            ";".join(names),
            "UNSIGNED-PAYLOAD",
        )
    )
    text = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            asked.field("X-Amz-Date"),
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    right = hmac.new(signing_key(secret, scope), text.encode(), "sha256").hexdigest()
    shown = {"StringToSign": text, "CanonicalRequest": canonical}
    return asked.field("X-Amz-Signature"), right, shown


def _version_2(asked: Presigned, secret: str) -> tuple[str, str, dict[str, str]]:
    said = {name.lower(): value for name, value in asked.query}
    amz = {
        name: value.strip()
        for name, value in sorted({**said, **asked.headers}.items())
        if name.startswith("x-amz-")
    }
    about = sorted(
        f"{name}={value}" if value else name
        for name, value in asked.query
        if name in HmacV1Auth.QSAOfInterest
    )
    text = "\n".join(
        (
            asked.method,
            asked.headers.get("content-md5", ""),
            asked.headers.get("content-type", ""),
            asked.field("Expires"),
            *(f"{name}:{value}" for name, value in amz.items()),
            _encoded(asked.path) + ("?" + "&".join(about) if about else ""),
        )
    )
    right = version_2_signature(secret, text)
    return asked.field("Signature"), right, {"StringToSign": text}


def _bytes(members: Mapping[str, str]) -> dict[str, str]:
    """The same texts in hexadecimal: two that look the same may not be."""
    return {f"{name}Bytes": text.encode().hex(" ") for name, text in members.items()}


def _encoded(path: str) -> str:
    """A path in the one encoding that is signed, however it was sent."""
    return quote(unquote(path), safe="/-_.~")


def _unsigned(asked: Presigned) -> list[str]:
    """The S3 headers that came with the request and aren't part of what was signed."""
    signed = asked.field("X-Amz-SignedHeaders").split(";")
    return sorted(
        name
        for name in asked.headers
        if name.startswith("x-amz-") and name not in signed
    )


def _wrong_token(key: str, secret: Secret, token: str) -> Response | None:
    if token == (secret.token or ""):
        return None
    if not token:
        return drawn(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            {"AWSAccessKeyId": key},
        )
    message = "The provided token is malformed or otherwise invalid."
    return drawn("InvalidToken", message, 400, {"Token-0": token})
