"""What keeps data: buckets, tables, secrets, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend

from grader.cloud.resources.resource import Readers, Resource, counted


def _s3(backend: S3Backend) -> Iterator[Resource]:
    for bucket in list(backend.buckets.values()):
        held = ", ".join(_held(bucket))
        yield Resource("bucket", bucket.name, held, region=bucket.region_name)


def _held(bucket: FakeBucket) -> Iterator[str]:
    """What has to go before the bucket can."""
    keys = [list(versions) for _, versions in bucket.keys._iterlists()]
    objects = sum(not isinstance(one[-1], FakeDeleteMarker) for one in keys if one)
    yield counted(objects, "object")
    versions = [version for one in keys for version in one]
    markers = sum(isinstance(version, FakeDeleteMarker) for version in versions)
    if bucket.versioning_status is not None:
        yield counted(len(versions) - markers, "version")
        yield counted(markers, "delete marker")
    if bucket.multiparts:
        yield counted(len(bucket.multiparts), "unfinished upload")


def _dynamodb(backend: Any) -> Iterator[Resource]:
    for table in list(backend.tables.values()):
        yield Resource("table", table.name, counted(len(table), "item"))
    for backup in list(backend.backups.values()):
        yield Resource("backup", backup.arn, f"of {backup.table.name}")


def _secrets(backend: Any) -> Iterator[Resource]:
    for secret in list(dict.values(backend.secrets)):
        # A secret is kept for a week at least after it was deleted, free of charge.
        if not secret.is_deleted():
            yield Resource("secret", secret.name)


def _parameters(backend: Any) -> Iterator[Resource]:
    for name, versions in list(dict.items(backend._parameters)):
        # AWS publishes its own below this path.
        if versions and not name.startswith("/aws/"):
            yield Resource("parameter", name, versions[-1].parameter_type)
    for name in list(backend._documents):
        yield Resource("document", name)


READERS: Readers = {
    "s3": _s3,
    "dynamodb": _dynamodb,
    "secretsmanager": _secrets,
    "ssm": _parameters,
}
