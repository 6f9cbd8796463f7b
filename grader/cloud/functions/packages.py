"""Deployment packages: where the zip comes from and whether Lambda would take it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from grader import facts
from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import code_storage
from grader.cloud.functions.errors import invalid, unmodelled


def package_of(
    account: str,
    region: str,
    code: Mapping[str, Any],
    operation: str = "CreateFunction",
) -> bytes:
    """Read the zip that a request brings or names in S3, and check it.

    moto stores any bytes; AWS opens the archive first.

    Raises:
        AWSError: InvalidParameterValueException, CodeStorageExceededException.
    """
    if "ImageUri" in code:
        raise unmodelled("functions from container images (PackageType Image)")
    if "SourceKMSKeyArn" in code:
        raise unmodelled("packages under a key of one's own (SourceKMSKeyArn)")
    if code.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise unmodelled("packages that stay in S3 (S3ObjectStorageMode)")
    inline, bucket = code.get("ZipFile"), code.get("S3Bucket")
    if inline is not None and bucket is not None:
        raise invalid("Please do not provide other FunctionCode parameters with zip.")
    if inline is not None:
        package: bytes = inline
        _check_upload(package, operation)
    elif bucket is not None:
        package = _from_s3(account, region, code)
    else:
        raise invalid("Please provide a source for function code.")
    _check_archive(package)
    code_storage.make_room(account, region, len(package))
    return package


def _check_upload(package: bytes, operation: str) -> None:
    if not package:
        raise invalid("Uploaded file must be a non-empty zip")
    if len(package) > facts.aws_lambda.ZIPPED_PACKAGE_SIZE.value:
        raise AWSError(
            "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the"
            f" {operation} operation",
            413,
        )


def _from_s3(account: str, region: str, code: Mapping[str, Any]) -> bytes:
    if "S3Key" not in code:
        raise invalid("S3Key is required together with S3Bucket.")
    backend = s3_backends[account][get_partition(region)]
    try:
        bucket = backend.get_bucket(code["S3Bucket"])
    except MissingBucket:
        raise _s3_error("NoSuchBucket", "The specified bucket does not exist") from None
    if bucket.region_name != region:
        raise _s3_error(
            "PermanentRedirect",
            f"The bucket is in this region: {bucket.region_name}."
            f" Please use this region to retry the request",
        )
    version = code.get("S3ObjectVersion")
    key = backend.get_object(code["S3Bucket"], code["S3Key"], version_id=version)
    if key is None and version is not None:
        raise _s3_error("NoSuchVersion", "The specified version does not exist.")
    if key is None:
        raise _s3_error("NoSuchKey", "The specified key does not exist.")
    value: bytes = key.value
    return value


def _s3_error(code: str, message: str) -> AWSError:
    return invalid(
        f"Error occurred while GetObject. S3 Error Code: {code}."
        f" S3 Error Message: {message}"
    )


def _check_archive(package: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _not_unzipped() from None
    if not members:
        raise invalid("Uploaded file must be a non-empty zip")
    if any(_leaves(member.filename) for member in members):
        raise _not_unzipped()
    if (
        sum(member.file_size for member in members)
        > facts.aws_lambda.UNZIPPED_PACKAGE_SIZE.value
    ):
        raise invalid(
            "Unzipped size must be smaller than"
            f" {facts.aws_lambda.UNZIPPED_PACKAGE_SIZE.value} bytes"
        )


def _not_unzipped() -> AWSError:
    return invalid(
        "Could not unzip uploaded file. Please check your file, then try to upload"
        " again."
    )


def _leaves(name: str) -> bool:
    """Say whether a member's path points outside the folder it is unpacked in."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def unzipped_size(package: bytes) -> int:
    """Add up the sizes that the archive states, in bytes."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return sum(member.file_size for member in archive.infolist())
