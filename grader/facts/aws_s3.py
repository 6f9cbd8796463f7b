"""S3: limits of buckets, keys and requests."""

from __future__ import annotations

from grader.facts.fact import Fact

_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"

BUCKETS = Fact(10_000, "buckets", _GUIDE + "BucketRestrictions.html")
KEY_SIZE = Fact(1_024, "bytes", _GUIDE + "object-keys.html")
KEYS_PER_PAGE = Fact(
    1_000,
    "keys",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
)
PRESIGNED_LIFETIME = Fact(604_800, "s at most", _GUIDE + "using-presigned-url.html")
BUCKET_POLICY_SIZE = Fact(20_480, "bytes", _GUIDE + "bucket-policies.html")
KEYS_PER_DELETION = Fact(
    1_000,
    "keys",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html",
)
