"""Uploads in parts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.s3.conftest import code, refused

LARGE = b"x" * (5 * 1024 * 1024)


def begin(s3: Any, bucket: str, key: str = "film") -> dict[str, str]:
    """Begin an upload, and say which it is."""
    begun = s3.create_multipart_upload(Bucket=bucket, Key=key)
    return {"Bucket": bucket, "Key": key, "UploadId": begun["UploadId"]}


def part(s3: Any, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    sent = s3.upload_part(**upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": sent["ETag"]}


def test_object_has_its_parts(s3: Any, bucket: str) -> None:
    """One after the other, whatever their numbers; each can be had by itself."""
    upload = begin(s3, bucket)
    parts = [part(s3, upload, 7, b"end"), part(s3, upload, 3, LARGE)][::-1]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    where = {"Bucket": bucket, "Key": "film"}
    assert s3.head_object(**where)["ContentLength"] == len(LARGE) + 3
    second = s3.get_object(**where, PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (b"end", 2)
    assert second["ContentRange"] == f"bytes {len(LARGE)}-{len(LARGE) + 2}/" + str(
        len(LARGE) + 3
    )
    assert s3.head_object(**where, PartNumber=1)["ContentLength"] == len(LARGE)
    assert code(s3.get_object, **where, PartNumber=3) == "InvalidPartNumber"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_upload_can_be_completed_again(s3: Any, bucket: str) -> None:
    """Who heard no answer may ask once more."""
    upload = begin(s3, bucket)
    parts = {"Parts": [part(s3, upload, 1, b"x")]}
    first = s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    again = s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert first["ETag"] == again["ETag"] and "VersionId" not in first


def test_parts_but_the_last_have_5_mb(s3: Any, bucket: str) -> None:
    """The refusal names the part that is too small."""
    upload = begin(s3, bucket)
    parts = {"Parts": [part(s3, upload, 1, b"x"), part(s3, upload, 2, b"y")]}
    error = refused(s3.complete_multipart_upload, **upload, MultipartUpload=parts)
    assert error["Error"]["Code"] == "EntityTooSmall"
    assert (error["Error"]["PartNumber"], error["Error"]["ProposedSize"]) == ("1", "1")


def test_parts_are_named_in_order(s3: Any, bucket: str) -> None:
    """moto takes them in any."""
    upload = begin(s3, bucket)
    parts = [part(s3, upload, 1, LARGE), part(s3, upload, 2, b"y")][::-1]
    complete = s3.complete_multipart_upload
    got = code(complete, **upload, MultipartUpload={"Parts": parts})
    wrong = [{"PartNumber": 1, "ETag": '"other"'}]
    missing = code(complete, **upload, MultipartUpload={"Parts": wrong})
    none = code(complete, **upload, MultipartUpload={"Parts": []})
    assert (got, missing, none) == ("InvalidPartOrder", "InvalidPart", "MalformedXML")


@pytest.mark.parametrize("number", [0, 10_001])
def test_number_of_a_part(s3: Any, bucket: str, number: int) -> None:
    """From 1 to 10,000."""
    upload = begin(s3, bucket)
    error = refused(s3.upload_part, **upload, PartNumber=number, Body=b"")["Error"]
    assert error["Message"].startswith("Part number must be an integer between 1 and")


def test_upload_is_of_one_key(s3: Any, bucket: str) -> None:
    """moto takes parts for any key."""
    upload = {**begin(s3, bucket), "Key": "other"}
    assert code(s3.upload_part, **upload, PartNumber=1, Body=b"") == "NoSuchUpload"
    assert code(s3.abort_multipart_upload, **upload) == "NoSuchUpload"


def test_parts_are_listed_by_their_numbers(s3: Any, bucket: str) -> None:
    """moto counts places; here 3, 5 and 9 are on two pages."""
    upload = begin(s3, bucket)
    for number in (5, 9, 3):
        part(s3, upload, number, b"x")
    pages = list(
        s3.get_paginator("list_parts").paginate(
            **upload, PaginationConfig={"PageSize": 2}
        )
    )
    found = [[one["PartNumber"] for one in page["Parts"]] for page in pages]
    assert found == [[3, 5], [9]]


def test_uploads_are_listed(s3: Any, bucket: str) -> None:
    """By key and then by their beginning, page by page, and in groups."""
    uploads = [begin(s3, bucket, key) for key in ("b", "a", "a", "c/1", "c/2")]
    order = [uploads[place]["UploadId"] for place in (1, 2, 0, 3, 4)]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 2}
    )
    found = [one["UploadId"] for page in pages for one in page["Uploads"]]
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert found == order
    assert [one["Prefix"] for one in grouped["CommonPrefixes"]] == ["c/"]
    assert len(grouped["Uploads"]) == 3


def test_part_is_copied(s3: Any, bucket: str) -> None:
    """From what there is; moto answers nothing at all otherwise."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    upload = begin(s3, bucket)
    copy = {**upload, "PartNumber": 1, "CopySource": f"{bucket}/k"}
    sent = s3.upload_part_copy(**copy, CopySourceRange="bytes=2-4")["CopyPartResult"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
    missing = {**copy, "CopySource": f"{bucket}/none"}
    assert code(s3.upload_part_copy, **missing) == "NoSuchKey"
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="film")["Body"].read() == b"234"
