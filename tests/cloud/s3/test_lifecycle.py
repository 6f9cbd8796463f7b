"""Lifecycles on the lab's clock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud import s3 as cloud_s3
from grader.cloud.clock import Clock
from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import create_bucket

DAY = 86_400


@pytest.fixture
def lifecycle_bucket(own_account: Account) -> str:
    return create_bucket(own_account)


def configure(account: Account, bucket: str, **rule: Any) -> None:
    """Give a bucket one rule."""
    given = {"ID": "rule", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}
    account.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [given]}
    )


def keys(account: Account, bucket: str) -> list[str]:
    found = account.client("s3").list_objects_v2(Bucket=bucket)
    return [one["Key"] for one in found.get("Contents", [])]


def versions(account: Account, bucket: str) -> tuple[list[bool], list[bool]]:
    """Of versions, and of markers, whether each is the latest."""
    found = account.client("s3").list_object_versions(Bucket=bucket)
    return (
        [one["IsLatest"] for one in found.get("Versions", [])],
        [one["IsLatest"] for one in found.get("DeleteMarkers", [])],
    )


def pass_to_noon(clock: Clock) -> None:
    """Let the clock stand at noon, so that no midnight is near."""
    clock.advance((1.5 * DAY - clock.now() % DAY) % DAY)


def test_objects_expire_at_midnight(
    own_account: Account, lifecycle_bucket: str
) -> None:
    """An object of noon that lives for a day is there for one and a half."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    pass_to_noon(clock)
    s3.put_object(Bucket=lifecycle_bucket, Key="logs/old", Body=b"x")
    configure(
        own_account,
        lifecycle_bucket,
        Filter={"Prefix": "logs/"},
        Expiration={"Days": 1},
    )
    put = s3.put_object(Bucket=lifecycle_bucket, Key="logs/new", Body=b"x")
    s3.put_object(Bucket=lifecycle_bucket, Key="photo", Body=b"x")
    got = s3.head_object(Bucket=lifecycle_bucket, Key="logs/new")
    assert put["Expiration"] == got["Expiration"]
    assert 'rule-id="rule"' in put["Expiration"]
    clock.advance(1.4 * DAY)
    assert keys(own_account, lifecycle_bucket) == ["logs/new", "logs/old", "photo"]
    clock.advance(0.2 * DAY)
    assert keys(own_account, lifecycle_bucket) == ["photo"]
    assert "Expiration" not in s3.head_object(Bucket=lifecycle_bucket, Key="photo")


def test_versions_grow_old_step_by_step(
    own_account: Account, lifecycle_bucket: str
) -> None:
    """Marked, then without its versions, then without its marker."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    s3.put_bucket_versioning(
        Bucket=lifecycle_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    configure(
        own_account,
        lifecycle_bucket,
        Expiration={"Days": 1},
        NoncurrentVersionExpiration={"NoncurrentDays": 2},
    )
    pass_to_noon(clock)
    s3.put_object(Bucket=lifecycle_bucket, Key="k", Body=b"1")
    assert versions(own_account, lifecycle_bucket) == ([True], [])
    clock.advance(2 * DAY)
    assert versions(own_account, lifecycle_bucket) == ([False], [True])
    clock.advance(3 * DAY)
    assert versions(own_account, lifecycle_bucket) == ([], [])


def test_tag_decides(own_account: Account, lifecycle_bucket: str) -> None:
    """Also one that an object gets later."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    tag = {"Key": "draft", "Value": "yes"}
    configure(
        own_account, lifecycle_bucket, Filter={"Tag": tag}, Expiration={"Days": 1}
    )
    for key, tagging in (("a", "draft=yes"), ("b", ""), ("c", "")):
        s3.put_object(Bucket=lifecycle_bucket, Key=key, Body=b"x", Tagging=tagging)
    s3.put_object_tagging(Bucket=lifecycle_bucket, Key="c", Tagging={"TagSet": [tag]})
    clock.advance(2 * DAY)
    assert keys(own_account, lifecycle_bucket) == ["b"]


def test_objects_move_to_colder_classes(
    own_account: Account, lifecycle_bucket: str
) -> None:
    """One class after the other; what is archived can't be read at once."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    configure(
        own_account,
        lifecycle_bucket,
        Transitions=[
            {"Days": 30, "StorageClass": "STANDARD_IA"},
            {"Days": 90, "StorageClass": "GLACIER"},
        ],
    )
    s3.put_object(Bucket=lifecycle_bucket, Key="k", Body=b"x" * 131_072)
    found = []
    for _ in range(3):
        listed = s3.list_objects_v2(Bucket=lifecycle_bucket)["Contents"][0]
        found.append(listed["StorageClass"])
        clock.advance(50 * DAY)
    assert found == ["STANDARD", "STANDARD_IA", "GLACIER"]
    with pytest.raises(s3.exceptions.InvalidObjectState):
        s3.get_object(Bucket=lifecycle_bucket, Key="k")
    assert s3.head_object(Bucket=lifecycle_bucket, Key="k")["StorageClass"] == "GLACIER"


def test_uploads_that_nobody_completes_end(
    own_account: Account, lifecycle_bucket: str
) -> None:
    """Their parts cost money, and no listing of objects shows them."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    configure(
        own_account,
        lifecycle_bucket,
        AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1},
    )
    pass_to_noon(clock)
    film = {"Bucket": lifecycle_bucket, "Key": "film"}
    begun = s3.create_multipart_upload(**film)
    parts = s3.list_parts(**film, UploadId=begun["UploadId"])
    for told in (begun, parts):
        assert told["AbortRuleId"] == "rule"
        assert told["AbortDate"].timestamp() == (clock.now() // DAY + 2) * DAY
    clock.advance(DAY)
    assert len(s3.list_multipart_uploads(Bucket=lifecycle_bucket)["Uploads"]) == 1
    clock.advance(DAY)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=lifecycle_bucket)


def test_expiration_is_told(own_account: Account, lifecycle_bucket: str) -> None:
    """As what a lifecycle did, and not as somebody's deletion."""
    account = own_account
    url, arn = account.queue(
        "told",
        Policy=json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": "*",
                    }
                ]
            }
        ),
    )
    account.client("s3").put_bucket_notification_configuration(
        Bucket=lifecycle_bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": arn,
                    "Events": ["s3:LifecycleExpiration:*", "s3:ObjectRemoved:*"],
                }
            ]
        },
    )
    configure(account, lifecycle_bucket, Expiration={"Days": 1})
    account.client("s3").put_object(Bucket=lifecycle_bucket, Key="k", Body=b"x")
    account.cloud.clock.advance(2 * DAY)
    told = [json.loads(message["Body"]) for message in account.messages(url)]
    (record,) = [one["Records"][0] for one in told if "Records" in one]
    assert record["eventName"] == "LifecycleExpiration:Delete"
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert record["s3"]["object"]["key"] == "k"


def test_nothing_is_scheduled_without_need(
    own_account: Account, lifecycle_bucket: str
) -> None:
    """A rule without objects waits for nothing, and an object without rules neither."""
    clock, s3 = own_account.cloud.clock, own_account.client("s3")
    s3.put_object(Bucket=create_bucket(own_account), Key="k", Body=b"x")
    configure(own_account, lifecycle_bucket, Expiration={"Days": 1})
    assert clock.next_due() is None
    s3.put_object(Bucket=lifecycle_bucket, Key="k", Body=b"x")
    assert clock.next_due() is not None
    clock.advance(2 * DAY)
    assert clock.next_due() is None


def test_clouds_end_leaves_no_listener(own_account: Account) -> None:
    """What is stored after the cloud's end is nobody's to expire."""
    own_account.cloud.close()
    assert cloud_s3.storage._listener is None
