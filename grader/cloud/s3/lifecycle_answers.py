"""What S3 answers about lifecycles: the rules, and what they will do to an object."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from moto.core.responses import ActionResult
from moto.s3.exceptions import NoSuchLifecycleConfiguration
from moto.s3.models import FakeBucket, FakeKey, FakeMultipart

from grader.cloud.s3 import lifecycle_dates, lifecycle_rules, storage, versions
from grader.cloud.s3.errors import Refused, malformed

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

_SMALLEST = "x-amz-transition-default-minimum-object-size"
_DEFAULT = "all_storage_classes_128K"


def put(asked: S3Request) -> Any:
    """PutBucketLifecycleConfiguration: the rules take the place of those before."""
    bucket = asked.bucket()
    elements = lifecycle_rules.listed(
        asked.parsed("LifecycleConfiguration").get("Rule")
    )
    if not elements:
        raise malformed()
    smallest = asked.headers.get(_SMALLEST, _DEFAULT)
    if smallest not in (_DEFAULT, lifecycle_dates.VARIES):
        raise Refused(
            "InvalidArgument", "", ArgumentName=_SMALLEST, ArgumentValue=smallest
        )
    bucket.rules = lifecycle_rules.read(elements)
    bucket.smallest_to_move = smallest
    storage.changed(bucket, None)
    return 200, {_SMALLEST: smallest}, ""


def get(asked: S3Request) -> Any:
    """GetBucketLifecycleConfiguration."""
    bucket = asked.bucket()
    if not bucket.rules:
        raise NoSuchLifecycleConfiguration(bucket_name=bucket.name)
    asked.data["Action"] = "GetBucketLifecycleConfiguration"
    result = {
        "Rules": [rule.shown for rule in bucket.rules],
        "TransitionDefaultMinimumObjectSize": bucket.smallest_to_move,
    }
    return asked.serialized(ActionResult(result))


def told(asked: S3Request, headers: dict[str, Any]) -> dict[str, Any]:
    """Say in an answer's headers when the object that it is about will expire."""
    bucket = asked.bucket()
    if not bucket.rules:
        return headers
    current = versions.find(bucket, asked.parse_key_name(), None)
    if not isinstance(current, FakeKey):
        return headers
    tags = asked.backend.tagger.get_tag_dict_for_resource(current.arn)
    expires = lifecycle_dates.expiration_header(bucket.rules, current, tags)
    return {**headers, "x-amz-expiration": expires} if expires else headers


def told_of_upload(
    bucket: FakeBucket, upload: FakeMultipart, headers: dict[str, Any]
) -> dict[str, Any]:
    """Say in an answer's headers when the upload that it is about is given up."""
    end = lifecycle_dates.aborts(bucket.rules, upload)
    if end is None:
        return headers
    when, rule_id = end
    return {
        **headers,
        "x-amz-abort-date": formatdate(when, usegmt=True),
        "x-amz-abort-rule-id": quote(rule_id, safe=""),
    }
