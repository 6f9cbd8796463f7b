"""The daily metrics of buckets, BucketSizeBytes and NumberOfObjects, in AWS/S3.

moto gives them as of now; here a day's are measured once, when metrics are first read
on it, and lie at its midnight. Follows "Amazon S3 CloudWatch daily storage metrics".
"""

from __future__ import annotations

import time

from moto.s3.models import s3_backends

from grader.cloud.monitoring.metric_store import DAY
from grader.cloud.monitoring.metrics import Metric
from grader.cloud.monitoring.moments import epoch
from grader.cloud.monitoring.storage import MonitoringBackend

NAMESPACE = "AWS/S3"


def measure(backend: MonitoringBackend) -> None:
    """Measure the buckets of a backend's account and Region, once a day each."""
    midnight = int(time.time() // DAY * DAY)
    accounts = s3_backends.get(backend.account_id)
    buckets = accounts["aws"].buckets if accounts and "aws" in accounts else {}
    for bucket in list(buckets.values()):
        if (
            bucket.region_name != backend.region_name
            or epoch(bucket.creation_date) > midnight
            or backend.measured.get(bucket.name) == midnight
        ):
            continue
        backend.measured[bucket.name] = midnight
        sizes = [
            version.size
            for _, versions in list(bucket.keys._iterlists())
            for version in versions
            if hasattr(version, "size")
        ]
        for metric, value, unit, kind in (
            ("BucketSizeBytes", sum(sizes), "Bytes", "StandardStorage"),
            ("NumberOfObjects", len(sizes), "Count", "AllStorageTypes"),
        ):
            dimensions = (("BucketName", bucket.name), ("StorageType", kind))
            backend.metrics.record(
                Metric(NAMESPACE, metric, dimensions), value, at=midnight, unit=unit
            )
