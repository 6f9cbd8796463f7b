"""What moto keeps follows the lab's clock too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cloud.conftest import Account


@pytest.fixture(scope="module")
def sqs(account: Account) -> Any:
    return account.client("sqs")


def bodies(sqs: Any, queue: str) -> list[str]:
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


def test_a_received_message_is_visible_again_after_its_timeout(
    account: Account, sqs: Any
) -> None:
    queue = sqs.create_queue(
        QueueName="visibility", Attributes={"VisibilityTimeout": "3600"}
    )["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert bodies(sqs, queue) == ["hello"]
    assert bodies(sqs, queue) == []
    account.cloud.clock.advance(3590)
    assert bodies(sqs, queue) == []
    account.cloud.clock.advance(20)
    assert bodies(sqs, queue) == ["hello"]


def test_a_delayed_message_comes_when_its_time_has_passed(
    account: Account, sqs: Any
) -> None:
    queue = sqs.create_queue(QueueName="delay")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    assert bodies(sqs, queue) == []
    account.cloud.clock.advance(901)
    assert bodies(sqs, queue) == ["later"]


def test_timestamps_are_lab_time(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket="dated",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    stamps = []
    for key in ("before", "after"):
        s3.put_object(Bucket="dated", Key=key, Body=b"")
        stamps.append(s3.head_object(Bucket="dated", Key=key)["LastModified"])
        account.cloud.clock.advance(86400)
    assert timedelta(hours=23) < stamps[1] - stamps[0] < timedelta(hours=25)


def test_a_warm_environment_is_cold_again_after_a_day(account: Account) -> None:
    """Idle environments go, and with them the credentials that they were given."""
    name = account.deploy(
        "calls = []\ndef handler(e, c):\n    calls.append(1)\n    return len(calls)\n"
    )
    assert [account.invoke(name).payload for _ in range(2)] == [1, 2]
    account.cloud.clock.advance(86400)
    assert account.invoke(name).payload == 1


def test_log_streams_are_named_after_the_lab_day(account: Account) -> None:
    name = account.deploy("def handler(e, c):\n    return c.log_stream_name\n")
    first = account.invoke(name).payload
    account.cloud.clock.advance(40 * 86400)
    assert account.invoke(name).payload[:10] > first[:10]
