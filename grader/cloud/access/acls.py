"""What S3's access control lists open to everybody, beside all policies.

Only the grants to everybody are asked for: within an account, policies decide.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

from typing import Any

from grader.cloud import s3
from grader.cloud.access.request import Request

# What READ on an object, and on a bucket, permits.
_OF_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_OF_BUCKETS = (
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
)


def open_to(request: Request) -> bool:
    """Whether an ACL lets anybody make a request."""
    if request.action not in _OF_OBJECTS + _OF_BUCKETS:
        return False
    name, _, key = request.resource.partition(":::")[2].partition("/")
    bucket = s3.find(name)
    if bucket is None or s3.public_access(bucket).ignore_public_acls:
        return False
    holder: Any = bucket
    if request.action in _OF_OBJECTS:
        holder = bucket.keys.get(key)
    acl = getattr(holder, "acl", None)
    return acl is not None and bool(acl.public_read)
