"""Buckets that checks hand to a function of the learner's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from grader.checks.probe import Probe


def empty_bucket(probe: Probe, purpose: str) -> str:
    """The studio's bucket for a purpose, with nothing in it and no trigger.

    One account has one such bucket, so that a check can run often without litter.
    """
    s3 = probe.client("s3")
    bucket = f"juniper-street-{purpose}-{probe.account}-{probe.region}"
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket, **_placement(probe.region))
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={}
    )
    for key in probe.keys(bucket):
        s3.delete_object(Bucket=bucket, Key=key)
    return bucket


@contextlib.contextmanager
def given_bucket(probe: Probe, purpose: str) -> Iterator[str]:
    """An empty bucket that goes with the block, and what is in it, too."""
    bucket = empty_bucket(probe, purpose)
    try:
        yield bucket
    finally:
        s3 = probe.client("s3")
        found = s3.list_object_versions(Bucket=bucket)
        for one in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            at = {"Bucket": bucket, "Key": one["Key"]}
            s3.delete_object(**at, VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=bucket)


def _placement(region: str) -> dict[str, Any]:
    # S3 refuses its oldest Region as a LocationConstraint, and requires every other.
    if region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}
