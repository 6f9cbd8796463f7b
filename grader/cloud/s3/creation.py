"""CreateBucket: the name, the Region, and what a new bucket is like today.

Follows CreateBucket in the S3 API reference, and "Default settings for new S3 buckets
FAQ" in the S3 user guide: Block Public Access is on and ACLs are off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, PublicAccessBlock, s3_backends

from grader import facts
from grader.cloud.s3 import acls, names
from grader.cloud.s3.errors import Refused, malformed, unmodelled

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

_OLDEST_REGION = "us-east-1"
_EUROPE = {"EU": "eu-west-1"}
"""S3's oldest constraint names a Region in another way."""


def answer(asked: S3Request, name: str) -> Any:
    """Create a bucket. moto lets a name be almost anything, and everything open."""
    headers = asked.headers
    names.check(name)
    configuration = _configuration(asked.body)
    region = _region(asked.region, configuration.get("LocationConstraint"))
    namespace = headers.get("x-amz-bucket-namespace")
    account = asked.current_account
    names.check_namespace(name, namespace, account=account, region=region)
    ownership = headers.get("x-amz-object-ownership", acls.ENFORCED)
    acls.check_ownership(ownership)
    acl = acls.given(asked)
    acls.check_new_bucket(acl, ownership)
    if name in s3_backends.bucket_accounts:
        bucket = _existing(name, account, asked.region)
    else:
        _check_number(asked.backend.buckets)
        bucket = asked.backend.create_bucket(
            name, region, bucket_namespace=namespace or "global"
        )
        bucket.ownership_rule = ownership
        if tags := _tags(configuration):
            asked.backend.put_bucket_tagging(name, tags)
        if headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
            bucket.object_lock_enabled = True
            bucket.versioning_status = "Enabled"
    if acl is not None:
        bucket.acl = acl
    asked.data["Action"] = "CreateBucket"
    own_endpoint = f"http://{name}.s3.amazonaws.com/"
    location = f"/{name}" if region == _OLDEST_REGION else own_endpoint
    return asked.serialized(
        ActionResult({"Location": location, "BucketArn": bucket.arn})
    )


def close(bucket: FakeBucket) -> None:
    """Give a new bucket the settings that every new bucket has since April 2023."""
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = acls.ENFORCED


def _configuration(body: bytes | None) -> Mapping[str, Any]:
    if not body:
        return {}
    try:
        configuration = xmltodict.parse(body)["CreateBucketConfiguration"] or {}
    except (ExpatError, KeyError):
        raise malformed() from None
    for directory in ("Location", "Bucket"):
        if directory in configuration:
            raise unmodelled("directory buckets")
    return {name: value for name, value in configuration.items() if name[0] != "@"}


def _region(endpoint: str, constraint: str | None) -> str:
    """The Region of a new bucket, asked for at the endpoint of a Region.

    us-east-1's endpoint is also the global one, where any Region may be named but
    its own.
    """
    if constraint is None:
        if endpoint != _OLDEST_REGION:
            raise _illegal("unspecified")
        return _OLDEST_REGION
    region = _EUROPE.get(constraint, constraint)
    if region == endpoint != _OLDEST_REGION:
        return region
    if endpoint == region or region not in _known_regions():
        raise Refused(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            LocationConstraint=constraint,
        )
    if endpoint != _OLDEST_REGION:
        raise _illegal(constraint)
    return region


def _known_regions() -> frozenset[str]:
    return frozenset(facts.regions.REGIONS.value)


def _illegal(constraint: str) -> Refused:
    return Refused(
        "IllegalLocationConstraintException",
        f"The {constraint} location constraint is incompatible for the region specific"
        " endpoint this request was sent to.",
    )


def _existing(name: str, account: str, endpoint: str) -> FakeBucket:
    """The bucket of that name, if its owner may create it again: in us-east-1.

    Raises:
        Refused: BucketAlreadyExists for somebody else's, BucketAlreadyOwnedByYou.
    """
    partition, owner = s3_backends.bucket_accounts[name]
    if owner != account:
        raise Refused(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared"
            " by all users of the system. Please select a different name and try"
            " again.",
            409,
            BucketName=name,
        )
    bucket = s3_backends[owner][partition].get_bucket(name)
    if not bucket.region_name == endpoint == _OLDEST_REGION:
        raise Refused(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already"
            " own it.",
            409,
            BucketName=name,
        )
    return bucket


def _check_number(buckets: Mapping[str, FakeBucket]) -> None:
    if len(buckets) >= facts.aws_s3.BUCKETS.value:
        raise Refused(
            "TooManyBuckets",
            "You have attempted to create more buckets than allowed",
        )


def _tags(configuration: Mapping[str, Any]) -> dict[str, str]:
    tags = (configuration.get("Tags") or {}).get("Tag") or []
    tags = tags if isinstance(tags, list) else [tags]
    return {tag["Key"]: tag.get("Value") or "" for tag in tags}
