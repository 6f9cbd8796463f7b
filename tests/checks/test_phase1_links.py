"""share-a-photo, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "share-a-photo"
UNBLOCKED = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def presigned(
    cloud: Any, bucket: str, key: str, seconds: int, operation: str = "get_object"
) -> str:
    """A link that a client signs."""
    where = {"Bucket": bucket, "Key": key}
    link: str = cloud.client("s3").generate_presigned_url(
        operation, Params=where, ExpiresIn=seconds
    )
    return link


def by_client(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    """The usual way."""
    return presigned(cloud, bucket, key, minutes * 60)


def by_hand(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    """Signed without a client: the address, and botocore's signer."""
    session = cloud.session()
    address = f"{cloud.endpoint_url}/{bucket}/{quote(key)}"
    request = AWSRequest(method="GET", url=address)
    signer = S3SigV4QueryAuth(
        session.get_credentials(), "s3", cloud.region, expires=60 * minutes
    )
    signer.add_auth(request)
    return str(request.url)


def by_resource(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    """From an object's own client, with a name for the download."""
    found = cloud.session().resource("s3").Object(bucket, key)
    link: str = found.meta.client.generate_presigned_url(
        ClientMethod="get_object",
        Params={
            "Bucket": found.bucket_name,
            "Key": found.key,
            "ResponseContentDisposition": "attachment",
        },
        ExpiresIn=60 * minutes,
        HttpMethod="GET",
    )
    return link


@pytest.mark.parametrize("share", [by_client, by_hand, by_resource])
def test_right_answers_pass(judge: Judge, share: Callable[..., str]) -> None:
    """A signature for the exact key and time, however it is made."""
    said = judge(CHECK, share)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


def address(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return f"{cloud.endpoint_url}/{bucket}/{quote(key)}"


def seconds_for_minutes(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return presigned(cloud, bucket, key, minutes)


def an_hour(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return presigned(cloud, bucket, key, 3600)


def a_week(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return presigned(cloud, bucket, key, 7 * 24 * 3600)


def for_upload(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return presigned(cloud, bucket, key, minutes * 60, "put_object")


def encoded(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    return presigned(cloud, bucket, quote(key), minutes * 60)


def printed(cloud: Any, bucket: str, key: str, minutes: int) -> None:
    print(presigned(cloud, bucket, key, minutes * 60))


def by_any_client(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    link: str = boto3.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=minutes * 60
    )
    return link


def with_an_acl(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    cloud.client("s3").put_object_acl(Bucket=bucket, Key=key, ACL="public-read")
    return address(cloud, bucket, key, minutes)


def with_a_policy(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    return by_client(cloud, bucket, key, minutes)


def unblocked(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    cloud.client("s3").put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=UNBLOCKED
    )
    return by_client(cloud, bucket, key, minutes)


def unblocked_with_a_policy(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    unblocked(cloud, bucket, key, minutes)
    return with_a_policy(cloud, bucket, key, minutes)


def copied(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    source = {"Bucket": bucket, "Key": key}
    cloud.client("s3").copy_object(Bucket=bucket, Key="shared", CopySource=source)
    return presigned(cloud, bucket, "shared", minutes * 60)


@pytest.mark.parametrize(
    ("share", "misconception", "words", "hidden"),
    [
        (address, "address-is-a-link", "I got 403", False),
        (seconds_for_minutes, "minutes-are-seconds", "half a minute before", False),
        (an_hour, "any-time-will-do", "3600", False),
        (a_week, "any-time-will-do", "half a minute more", False),
        (for_upload, "link-for-another-method", "SignatureDoesNotMatch", False),
        (encoded, "key-encoded-by-hand", "Zo%C3%AB", True),
        (printed, "print-is-return", "null", False),
        (by_any_client, "client-of-another-cloud", "cloud.client", True),
        (with_an_acl, "acls-share", "AccessControlListNotSupported", False),
        (with_a_policy, "public-to-share", "PutBucketPolicy", False),
        (unblocked, "public-to-share", "Block Public Access", False),
        (unblocked_with_a_policy, "public-to-share", "without its signature", False),
        (copied, None, 'keys: ["shared"]', False),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    share: Callable[..., Any],
    misconception: str | None,
    words: str,
    hidden: bool,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, share)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden == hidden
