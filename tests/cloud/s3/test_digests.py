"""What an upload says of its own bytes and of itself."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.cloud.s3.conftest import code, refused


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ContentMD5": md5(b"other")}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumSHA256": md5(b"x")}, "InvalidRequest"),
    ],
)
def test_other_bytes_are_refused(
    s3: Any, bucket: str, given: dict[str, str], expected: str
) -> None:
    """Nothing is stored of them; moto stores them."""
    got = code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **given)
    assert (got, s3.list_objects_v2(Bucket=bucket)["KeyCount"]) == (expected, 0)


def test_right_bytes_are_taken(s3: Any, bucket: str) -> None:
    """Whichever digest they come with."""
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumAlgorithm=algorithm)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=md5(b"x"))


def test_metadata_has_a_size(s3: Any, bucket: str) -> None:
    """2 KB of names and values together."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2047})
    error = refused(
        s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048}
    )["Error"]
    assert (error["Code"], error["Size"]) == ("MetadataTooLarge", "2049")
