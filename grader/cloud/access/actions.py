"""Which actions an operation needs: mostly the one of its own name.

The exceptions are what AWS's reference of actions can't say, service by service.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from grader.cloud.access.operations import Operation

# Operations that are another action, or several.
_RENAMED: Mapping[str, tuple[str, ...]] = {
    "cloudfront:CreateDistributionWithTags": ("CreateDistribution", "TagResource"),
    "kms:ReEncrypt": ("ReEncryptFrom", "ReEncryptTo"),
    "lambda:GetLayerVersionByArn": ("GetLayerVersion",),
    # The old API, which had the action of its name to itself.
    "lambda:Invoke": ("InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("InvokeFunction",),
    "sns:PublishBatch": ("Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("DeleteMessage",),
    "sqs:SendMessageBatch": ("SendMessage",),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:CompleteMultipartUpload": ("PutObject",),
    "s3:CreateMultipartUpload": ("PutObject",),
    "s3:DeleteBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
    "s3:DeleteBucketCors": ("PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("PutEncryptionConfiguration",),
    "s3:DeleteBucketIntelligentTieringConfiguration": (
        "PutIntelligentTieringConfiguration",
    ),
    "s3:DeleteBucketInventoryConfiguration": ("PutInventoryConfiguration",),
    "s3:DeleteBucketLifecycle": ("PutLifecycleConfiguration",),
    "s3:DeleteBucketMetricsConfiguration": ("PutMetricsConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("PutReplicationConfiguration",),
    "s3:DeleteBucketTagging": ("PutBucketTagging",),
    "s3:DeletePublicAccessBlock": ("PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration",),
    "s3:GetBucketAnalyticsConfiguration": ("GetAnalyticsConfiguration",),
    "s3:GetBucketEncryption": ("GetEncryptionConfiguration",),
    "s3:GetBucketIntelligentTieringConfiguration": (
        "GetIntelligentTieringConfiguration",
    ),
    "s3:GetBucketInventoryConfiguration": ("GetInventoryConfiguration",),
    "s3:GetBucketLifecycle": ("GetLifecycleConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration",),
    "s3:GetBucketMetricsConfiguration": ("GetMetricsConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("GetBucketNotification",),
    "s3:GetBucketReplication": ("GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("ListBucket",),
    "s3:HeadObject": ("GetObject",),
    "s3:ListBucketAnalyticsConfigurations": ("GetAnalyticsConfiguration",),
    "s3:ListBucketIntelligentTieringConfigurations": (
        "GetIntelligentTieringConfiguration",
    ),
    "s3:ListBucketInventoryConfigurations": ("GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("GetMetricsConfiguration",),
    "s3:ListBuckets": ("ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("ListBucketVersions",),
    "s3:ListObjects": ("ListBucket",),
    "s3:ListObjectsV2": ("ListBucket",),
    "s3:ListParts": ("ListMultipartUploadParts",),
    "s3:PostObject": ("PutObject",),
    "s3:PutBucketAccelerateConfiguration": ("PutAccelerateConfiguration",),
    "s3:PutBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
    "s3:PutBucketEncryption": ("PutEncryptionConfiguration",),
    "s3:PutBucketIntelligentTieringConfiguration": (
        "PutIntelligentTieringConfiguration",
    ),
    "s3:PutBucketInventoryConfiguration": ("PutInventoryConfiguration",),
    "s3:PutBucketLifecycle": ("PutLifecycleConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration",),
    "s3:PutBucketMetricsConfiguration": ("PutMetricsConfiguration",),
    "s3:PutBucketNotification": ("PutBucketNotification",),
    "s3:PutBucketNotificationConfiguration": ("PutBucketNotification",),
    "s3:PutBucketReplication": ("PutReplicationConfiguration",),
    "s3:PutObjectLockConfiguration": ("PutBucketObjectLockConfiguration",),
    "s3:PutPublicAccessBlock": ("PutBucketPublicAccessBlock",),
    "s3:SelectObjectContent": ("GetObject",),
    "s3:UploadPart": ("PutObject",),
}

# Actions on an object that a request for one of its versions turns into.
_OF_VERSIONS = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}


def actions(operation: Operation) -> tuple[str, ...]:
    """The names of an operation's actions, with the service's prefix.

    API Gateway's are HTTP's verbs.
    """
    prefix = operation.prefix
    if prefix == "apigateway":
        return (f"apigateway:{operation.method}",)
    of_version = prefix == "s3" and "versionId" in operation.query
    return _of_name(prefix, operation.name, of_version)


@lru_cache(maxsize=1024)
def _of_name(prefix: str, name: str, of_version: bool) -> tuple[str, ...]:
    named = _RENAMED.get(f"{prefix}:{name}", (name,))
    if of_version:
        named = tuple(_OF_VERSIONS.get(one, one) for one in named)
    return tuple(f"{prefix}:{one}" for one in named)
