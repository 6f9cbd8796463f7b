"""S3's operations, over moto's."""

from __future__ import annotations

from grader.cloud.s3.bucket_operations import BucketOperations
from grader.cloud.s3.object_operations import ObjectOperations


class S3Operations(BucketOperations, ObjectOperations):
    """What answers a request to S3."""
