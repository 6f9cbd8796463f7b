"""Deployment packages."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
INVALID = "InvalidParameterValueException"
NOT_UNZIPPED = (
    "Could not unzip uploaded file. Please check your file, then try to upload again."
)


def test_states_the_zips_digest(create: Create, zipped: Callable[..., bytes]) -> None:
    """CodeSha256 is the base64 of the zip's SHA-256."""
    package = zipped()
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert create(Code={"ZipFile": package})["CodeSha256"] == digest


@pytest.mark.parametrize("package", [b"not a zip", b"PK\x03\x04 cut off"])
def test_refuses_what_is_no_zip(
    create: Create, refused: Refused, package: bytes
) -> None:
    """AWS's words for bytes that can't be unzipped."""
    assert refused(create, Code={"ZipFile": package}) == (INVALID, NOT_UNZIPPED, 400)


@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "/etc/evil.py"])
def test_refuses_paths_out_of_the_package(
    create: Create, refused: Refused, zipped: Callable[..., bytes], name: str
) -> None:
    """A member that would land elsewhere spoils the whole zip."""
    package = zipped({name: "x"})
    assert refused(create, Code={"ZipFile": package}) == (INVALID, NOT_UNZIPPED, 400)


def test_refuses_an_empty_upload(create: Create, refused: Refused) -> None:
    """No bytes are no zip."""
    assert refused(create, Code={"ZipFile": b""}) == (
        INVALID,
        "Uploaded file must be a non-empty zip",
        400,
    )


def test_refuses_more_than_250_mb_unzipped(create: Create, refused: Refused) -> None:
    """The sum of the members counts, not the size of the zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"{number}", "x")
            # What the archive says is what counts, and saves packing it.
            archive.filelist[number].file_size = 150_000_000
    assert refused(create, Code={"ZipFile": buffer.getvalue()}) == (
        INVALID,
        "Unzipped size must be smaller than 262144000 bytes",
        400,
    )


def test_needs_some_code(create: Create, refused: Refused) -> None:
    """An empty Code names no source."""
    assert refused(create, Code={}) == (
        INVALID,
        "Please provide a source for function code.",
        400,
    )


def test_takes_code_from_s3(
    create: Create, connect: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """S3Bucket and S3Key name a zip."""
    s3, package = connect("s3"), zipped()
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="f.zip", Body=package)
    answer = create(Code={"S3Bucket": "code", "S3Key": "f.zip"})
    assert answer["CodeSize"] == len(package)


def test_says_that_the_key_is_missing(
    create: Create, refused: Refused, connect: Callable[..., Any]
) -> None:
    """S3's error is passed on in Lambda's words."""
    connect("s3").create_bucket(Bucket="code")
    assert refused(create, Code={"S3Bucket": "code", "S3Key": "f.zip"}) == (
        INVALID,
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message:"
        " The specified key does not exist.",
        400,
    )


def test_says_that_the_bucket_is_missing(create: Create, refused: Refused) -> None:
    """S3's error is passed on in Lambda's words."""
    assert refused(create, Code={"S3Bucket": "nowhere", "S3Key": "f.zip"}) == (
        INVALID,
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error"
        " Message: The specified bucket does not exist",
        400,
    )
