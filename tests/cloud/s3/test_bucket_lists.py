"""ListBuckets."""

from __future__ import annotations

from typing import Any

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import code


def names(answer: dict[str, Any]) -> list[str]:
    return [one["Name"] for one in answer["Buckets"]]


def test_buckets_are_listed_by_name(fresh_account: Account) -> None:
    """With their Regions, filtered, page by page; nobody else's."""
    s3 = fresh_account.client("s3", region="us-east-1")
    for name, region in (("lists-b", "eu-west-1"), ("lists-a", None), ("other", None)):
        place = (
            {"CreateBucketConfiguration": {"LocationConstraint": region}}
            if region
            else {}
        )
        s3.create_bucket(Bucket=name, **place)
    whole = s3.list_buckets()
    assert names(whole) == ["lists-a", "lists-b", "other"]
    assert whole["Buckets"][1]["BucketRegion"] == "eu-west-1"
    assert names(s3.list_buckets(Prefix="lists-")) == ["lists-a", "lists-b"]
    assert names(s3.list_buckets(BucketRegion="us-east-1")) == ["lists-a", "other"]
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    assert [names(page) for page in pages] == [["lists-a", "lists-b"], ["other"]]


def test_nonsense_is_refused(s3: Any) -> None:
    """A page has 10,000 buckets at most, and a token is one that S3 gave."""
    assert code(s3.list_buckets, MaxBuckets=10_001) == "InvalidArgument"
    assert code(s3.list_buckets, ContinuationToken="none") == "InvalidArgument"
