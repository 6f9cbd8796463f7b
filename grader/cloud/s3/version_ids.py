"""Version ids: opaque to clients, in order to S3.

An id is 32 letters, as S3's are; which of two is younger is in it, so that a listing
can go on after a version that is gone.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import secrets

from grader.cloud.s3.errors import Refused

NULL = "null"
"""The id of what was stored while the bucket had no versioning, or had it suspended."""

_WELL_FORMED = re.compile(r"[A-Za-z0-9._]{32}|null")
_ALPHABET = b"._"
_SECRET = secrets.token_bytes(16)
_numbers = itertools.count(1)


def new() -> str:
    """Make the id of a new version, younger than all before."""
    salt = secrets.token_bytes(16)
    number = next(_numbers) ^ _mask(salt)
    return base64.b64encode(number.to_bytes(8, "big") + salt, _ALPHABET).decode()


def age(version_id: str) -> int:
    """A number that is higher for a younger version; 0 for the null version."""
    if version_id == NULL:
        return 0
    raw = base64.b64decode(version_id, _ALPHABET)
    return int.from_bytes(raw[:8], "big") ^ _mask(raw[8:])


def check(version_id: str) -> None:
    """Refuse what can't be the id of a version.

    Raises:
        Refused: InvalidArgument.
    """
    if not _WELL_FORMED.fullmatch(version_id):
        raise Refused(
            "InvalidArgument",
            "Invalid version id specified"
            if version_id
            else "Version id cannot be the empty string",
            ArgumentName="versionId",
            ArgumentValue=version_id,
        )


def _mask(salt: bytes) -> int:
    return int.from_bytes(hashlib.sha256(_SECRET + salt).digest()[:8], "big")
