"""S3's answers: their headers, their ids, and errors that moto lacks."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import headers, refused


@pytest.mark.parametrize("call", ["list_objects_v2", "get_bucket_versioning"])
def test_every_answer_has_both_ids(s3: Any, bucket: str, call: str) -> None:
    """boto3 reads RequestId and HostId from S3's own headers."""
    metadata = getattr(s3, call)(Bucket=bucket)["ResponseMetadata"]
    assert re.fullmatch(r"[A-Z0-9]{16}", metadata["RequestId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{75}=", metadata["HostId"])


def test_no_header_of_another_service(s3: Any, bucket: str) -> None:
    """moto sends a request id as other services name it, and echoes the SDK."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    sent = set(headers(s3.get_object(Bucket=bucket, Key="k")))
    assert not sent & {"x-amzn-requestid", "x-amz-sdk-checksum-algorithm"}


def test_error_has_the_ids_of_its_headers(account: Account, bucket: str) -> None:
    """An error's body repeats both ids."""
    answer = requests.get(f"{account.cloud.endpoint_url}/{bucket}/none", timeout=10)
    told = re.findall(r"<(?:RequestId|HostId)>(.*?)</", answer.text)
    assert told == [
        answer.headers["x-amz-request-id"],
        answer.headers["x-amz-id-2"],
    ]


def test_answer_to_head_has_the_ids(s3: Any, bucket: str) -> None:
    """HEAD has no body, so the ids are all that can be told."""
    answer = refused(s3.head_object, Bucket=bucket, Key="none")
    assert answer["ResponseMetadata"]["HostId"]
    assert headers(answer)["content-type"] == "application/xml"


def test_uploads_are_encrypted(s3: Any, bucket: str) -> None:
    """Since 2023 every object is encrypted with S3's keys, and says so."""
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert put["ServerSideEncryption"] == got["ServerSideEncryption"] == "AES256"


def test_upload_answers_with_its_checksum(s3: Any, bucket: str) -> None:
    """An upload's answer has the checksum's type, and no date or content type."""
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["ChecksumType"] == "FULL_OBJECT"
    assert not set(headers(put)) & {"last-modified", "content-type"}


def test_copy_has_its_etag_in_the_body_only(s3: Any, bucket: str) -> None:
    """CopyObject tells of the copy in its body."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    copied = s3.copy_object(
        Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}
    )
    assert (
        copied["CopyObjectResult"]["ETag"]
        == s3.head_object(Bucket=bucket, Key="c")["ETag"]
    )
    assert "etag" not in headers(copied)


def test_key_is_too_long(s3: Any, bucket: str) -> None:
    """A key has 1,024 bytes at most; moto takes any."""
    error = refused(s3.put_object, Bucket=bucket, Key="é" * 513, Body=b"")["Error"]
    assert error == {
        "Code": "KeyTooLongError",
        "Message": "Your key is too long",
        "Size": "1026",
        "MaxSizeAllowed": "1024",
    }


@pytest.mark.parametrize(
    ("call", "more"),
    [
        ("upload_part", {"PartNumber": 1, "Body": b""}),
        (
            "complete_multipart_upload",
            {"MultipartUpload": {"Parts": [{"ETag": "a", "PartNumber": 1}]}},
        ),
    ],
)
def test_unknown_upload(s3: Any, bucket: str, call: str, more: dict[str, Any]) -> None:
    """moto fails with a KeyError."""
    error = refused(getattr(s3, call), Bucket=bucket, Key="k", UploadId="none", **more)[
        "Error"
    ]
    assert error == {
        "Code": "NoSuchUpload",
        "Message": "The specified upload does not exist. The upload ID may be invalid,"
        " or the upload may have been aborted or completed.",
        "UploadId": "none",
    }
