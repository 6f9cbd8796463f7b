"""Keys of S3 objects on their way through the server."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "key", ["a%20b", "a b", "résumé +1.txt", "r%C3%A9sum%C3%A9 %2B1.txt", "a//b", "%2F"]
)
def test_key_is_stored_as_it_was_given(account: Any, key: str) -> None:
    """A key is quoted once on the wire, and unquoted once: percent signs stay."""
    s3 = account.client("s3")
    bucket = "keys-as-given"
    s3.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    s3.put_object(Bucket=bucket, Key=key, Body=b"found")

    listed = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)

    assert (listed, body) == ([key], b"found")
