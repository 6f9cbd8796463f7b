"""Tags of objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.s3.conftest import code, refused


def tags(**given: str) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in given.items()]}


@pytest.fixture
def tagged(s3: Any, bucket: str) -> dict[str, str]:
    """Where an object is that was uploaded with a tag."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=caf%C3%A9")
    return {"Bucket": bucket, "Key": "k"}


def test_tags_come_with_an_upload(s3: Any, tagged: dict[str, str]) -> None:
    """In a header, encoded as a query is."""
    assert s3.get_object_tagging(**tagged)["TagSet"] == tags(a="1", b="café")["TagSet"]
    assert s3.head_object(**tagged)["TagCount"] == 2


def test_tags_are_replaced_and_removed(s3: Any, tagged: dict[str, str]) -> None:
    """A set of none is a set; a key may begin like AWS's own."""
    s3.put_object_tagging(**tagged, Tagging=tags(awsome=""))
    assert s3.get_object_tagging(**tagged)["TagSet"] == tags(awsome="")["TagSet"]
    s3.put_object_tagging(**tagged, Tagging={"TagSet": []})
    assert s3.get_object_tagging(**tagged)["TagSet"] == []
    s3.put_object_tagging(**tagged, Tagging=tags(a="1"))
    answer = s3.delete_object_tagging(**tagged)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_object_tagging(**tagged)["TagSet"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("a", "1"), ("a", "2")], "Cannot provide multiple Tags with the same key"),
        ([("aws:a", "1")], "Your TagKey cannot be prefixed with aws:"),
        ([("x" * 129, "1")], "The TagKey you have provided is invalid"),
        ([("a", "x" * 257)], "The TagValue you have provided is invalid"),
    ],
)
def test_tag_is_refused(
    s3: Any, tagged: dict[str, str], given: list[tuple[str, str]], message: str
) -> None:
    """And those that were there stay."""
    tag_set = [{"Key": key, "Value": value} for key, value in given]
    error = refused(s3.put_object_tagging, **tagged, Tagging={"TagSet": tag_set})
    assert (error["Error"]["Code"], error["Error"]["Message"]) == (
        "InvalidTag",
        message,
    )
    assert len(s3.get_object_tagging(**tagged)["TagSet"]) == 2


def test_object_has_ten_tags(s3: Any, tagged: dict[str, str]) -> None:
    """A bucket has fifty."""
    eleven = tags(**{f"key{number}": "" for number in range(11)})
    error = refused(s3.put_object_tagging, **tagged, Tagging=eleven)["Error"]
    assert error["Message"] == "Object tags cannot be greater than 10"
    s3.put_bucket_tagging(Bucket=tagged["Bucket"], Tagging=eleven)
    found = s3.get_bucket_tagging(Bucket=tagged["Bucket"])["TagSet"]
    assert found == eleven["TagSet"]


def test_header_names_each_key_once(s3: Any, bucket: str) -> None:
    """S3 calls it the header's fault."""
    error = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", Tagging="a=1&a=2")
    assert error["Error"]["Code"] == "InvalidArgument"
    assert error["Error"]["ArgumentName"] == "x-amz-tagging"


@pytest.mark.parametrize("call", ["get_object_tagging", "delete_object_tagging"])
def test_no_object_no_tags(s3: Any, bucket: str, call: str) -> None:
    """moto fails with an AttributeError at the second."""
    assert code(getattr(s3, call), Bucket=bucket, Key="none") == "NoSuchKey"
