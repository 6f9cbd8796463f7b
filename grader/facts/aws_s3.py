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
_LIFECYCLE = _GUIDE + "intro-lifecycle-rules.html"
LIFECYCLE_RULES = Fact(1_000, "rules of a bucket", _LIFECYCLE)
LIFECYCLE_RULE_ID_LENGTH = Fact(255, "characters", _LIFECYCLE)
NEWER_NONCURRENT_VERSIONS = Fact(100, "versions to keep at most", _LIFECYCLE)
DAYS_BEFORE_INFREQUENT_ACCESS = Fact(
    30, "days at least", _GUIDE + "lifecycle-transition-general-considerations.html"
)
SMALLEST_TO_MOVE = Fact(
    131_072,
    "bytes, unless asked otherwise",
    _GUIDE + "lifecycle-transition-general-considerations.html",
)
METADATA_SIZE = Fact(2_048, "bytes", _GUIDE + "UsingMetadata.html")
_TAGGING = _GUIDE + "object-tagging.html"
TAGS_PER_OBJECT = Fact(10, "tags", _TAGGING)
TAG_KEY_LENGTH = Fact(128, "characters", _TAGGING)
TAG_VALUE_LENGTH = Fact(256, "characters", _TAGGING)
PARTS = Fact(10_000, "parts of an upload", _GUIDE + "qfacts.html")
SMALLEST_PART = Fact(5 * 1024 * 1024, "bytes, but the last", _GUIDE + "qfacts.html")
BUCKETS_PER_PAGE = Fact(
    10_000,
    "buckets",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html",
)
