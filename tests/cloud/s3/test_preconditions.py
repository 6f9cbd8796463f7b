"""Writes, copies and deletions on a condition."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import code, refused

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def etag(s3: Any, bucket: str) -> str:
    """The ETag of an object ``k``."""
    return str(s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"])


@pytest.mark.parametrize(
    ("key", "condition", "expected"),
    [
        ("k", {"IfNoneMatch": "*"}, "PreconditionFailed"),
        ("k", {"IfMatch": '"other"'}, "PreconditionFailed"),
        ("none", {"IfMatch": '"other"'}, "NoSuchKey"),
        ("k", {"IfNoneMatch": '"other"'}, "NotImplemented"),
    ],
)
def test_upload_is_refused(
    s3: Any, bucket: str, etag: str, key: str, condition: Any, expected: str
) -> None:
    """What is there isn't what was expected."""
    error = refused(s3.put_object, Bucket=bucket, Key=key, Body=b"2", **condition)
    assert error["Error"]["Code"] == expected
    assert s3.get_object(Bucket=bucket, Key="k")["ETag"] == etag


def test_upload_is_taken(s3: Any, bucket: str, etag: str) -> None:
    """To a new key if there must be nothing, or over what was read before."""
    s3.put_object(Bucket=bucket, Key="new", Body=b"2", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)


def test_one_of_many_wins(account: Account, bucket: str) -> None:
    """moto looks and stores in two steps, so that several may."""
    clients = [account.client("s3") for _ in range(12)]
    won: list[int] = []

    def book(number: int) -> None:
        client = clients[number]
        try:
            client.put_object(
                Bucket=bucket, Key="slot", Body=str(number).encode(), IfNoneMatch="*"
            )
        except client.exceptions.ClientError:
            return
        won.append(number)

    threads = [
        threading.Thread(target=book, args=(number,)) for number in range(len(clients))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = clients[0].get_object(Bucket=bucket, Key="slot")["Body"].read()
    assert [str(number).encode() for number in won] == [stored]


@pytest.mark.parametrize(
    "condition",
    [
        {"CopySourceIfMatch": '"other"'},
        {"CopySourceIfUnmodifiedSince": LONG_AGO},
        {"CopySourceIfModifiedSince": "2099-01-01T00:00:00Z"},
        {"IfNoneMatch": "*"},
    ],
)
def test_copy_is_refused(s3: Any, bucket: str, etag: str, condition: Any) -> None:
    """The source isn't as it should be, or the copy's key is taken."""
    s3.put_object(Bucket=bucket, Key="copy", Body=b"old")
    source = {"Bucket": bucket, "Key": "k"}
    got = code(
        s3.copy_object, Bucket=bucket, Key="copy", CopySource=source, **condition
    )
    assert got == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"old"


@pytest.mark.parametrize("by", ["CopySourceIfMatch", "CopySourceIfNoneMatch"])
def test_etag_outweighs_the_date(s3: Any, bucket: str, etag: str, by: str) -> None:
    """If both are asked for, the ETag decides."""
    since = by.replace("None", "").replace("Match", "ModifiedSince")
    date = "2099-01-01T00:00:00Z"
    value = '"other"'
    if by == "CopySourceIfMatch":
        since, date, value = "CopySourceIfUnmodifiedSince", LONG_AGO, etag
    s3.copy_object(
        Bucket=bucket,
        Key="copy",
        CopySource={"Bucket": bucket, "Key": "k"},
        **{by: value, since: date},
    )


def test_copy_onto_itself_has_to_change_something(
    s3: Any, bucket: str, etag: str
) -> None:
    """Its metadata, for example; in a bucket that encrypts by default, too."""
    same = {"Bucket": bucket, "Key": "k", "CopySource": {"Bucket": bucket, "Key": "k"}}
    error = refused(s3.copy_object, **same)["Error"]
    assert error["Code"] == "InvalidRequest"
    assert error["Message"].startswith("This copy request is illegal because")
    s3.copy_object(**same, MetadataDirective="REPLACE", Metadata={"seen": "yes"})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"seen": "yes"}


def test_deletion_is_refused(s3: Any, bucket: str, etag: str) -> None:
    """Who wants to delete one thing doesn't delete another."""
    got = code(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"other"')
    assert got == "PreconditionFailed"
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)


@pytest.mark.parametrize(
    ("given", "status", "body"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=5-", 206, b"56789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=5-99", 206, b"56789"),
        ("bytes=-99", 206, b"0123456789"),
        ("bytes=0-0,2-3", 200, b"0123456789"),
        ("bytes=5-2", 200, b"0123456789"),
        ("lines=0-3", 200, b"0123456789"),
        ("bytes=1-2=3", 200, b"0123456789"),
    ],
)
def test_range(s3: Any, bucket: str, given: str, status: int, body: bytes) -> None:
    """A part of an object; what isn't a range gets everything."""
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="digits", Range=given)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["Body"].read() == body


@pytest.mark.parametrize(("size", "given"), [(10, "bytes=10-"), (0, "bytes=0-0")])
def test_range_beyond_the_end(s3: Any, bucket: str, size: int, given: str) -> None:
    """There is nothing to give."""
    s3.put_object(Bucket=bucket, Key="digits", Body=b"x" * size)
    error = refused(s3.get_object, Bucket=bucket, Key="digits", Range=given)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 416
    assert error["Error"]["ActualObjectSize"] == str(size)
