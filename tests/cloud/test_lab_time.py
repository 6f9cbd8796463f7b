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


def test_an_environment_that_is_used_by_the_hour_stays_warm(account: Account) -> None:
    name = account.deploy(
        "calls = []\ndef handler(e, c):\n    calls.append(1)\n    return len(calls)\n"
    )
    seen = []
    for _ in range(3):
        seen.append(account.invoke(name).payload)
        account.cloud.clock.advance(3600)
    assert seen == [1, 2, 3]


def test_moving_a_handlers_clock_leaves_no_stand_ins(account: Account) -> None:
    """Lab time doesn't bring half the standard library along; what is left is real."""
    account.cloud.clock.advance(3600)
    name = account.deploy(
        "import sys\n"
        "def handler(e, c):\n"
        "    brought = {'dateutil', 'inspect', 'unittest'} & set(sys.modules)\n"
        "    import datetime, inspect, unittest, zoneinfo\n"
        "    import dateutil.parser\n"
        "    there = datetime.datetime.now(zoneinfo.ZoneInfo('UTC'))\n"
        "    unittest.TestCase().assertTrue(inspect.isfunction(handler))\n"
        "    return [sorted(brought), there.timestamp()]\n"
    )
    brought, told = account.invoke(name).payload
    assert brought == []
    assert abs(told - account.cloud.clock.now()) < 60


def test_log_streams_are_named_after_the_lab_day(account: Account) -> None:
    name = account.deploy("def handler(e, c):\n    return c.log_stream_name\n")
    first = account.invoke(name).payload
    account.cloud.clock.advance(40 * 86400)
    assert account.invoke(name).payload[:10] > first[:10]
