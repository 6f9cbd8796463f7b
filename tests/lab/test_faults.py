from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.errors import LabError, WrongUse
from grader.lab import Cloud


def test_a_failure_is_explained_as_the_labs(cloud: Cloud) -> None:
    """why() tells that it was asked for, and how to end it."""
    cloud.fail_next("sns", "create_topic", 100)
    with pytest.raises(ClientError, match="Throttled"):
        cloud.client("sns").create_topic(Name="news")
    cloud.no_faults()
    cloud.client("sns").create_topic(Name="news")
    told = cloud.why().text
    assert "This is a fault on demand, not one of yours." in told
    assert "cloud.no_faults() ends them all" in told


def test_boto3_tries_again(cloud: Cloud) -> None:
    """One failure is one more request, which the caller never sees."""
    cloud.fail_next("sqs", "ListQueues")
    cloud.client("sqs").list_queues()
    asked = [call.error for call in cloud.audit() if call.action == "sqs:ListQueues"]
    assert asked == ["RequestThrottled", None]


def test_events_can_come_twice(cloud: Cloud, deploy: Callable[..., str]) -> None:
    """Until it is ended."""
    deploy(cloud, "talk", "print('hello')")
    for on in (True, False):
        cloud.duplicates(on)
        cloud.client("lambda").invoke(FunctionName="talk", InvocationType="Event")
        cloud.settle()
    assert len(cloud.reports("talk")) == 3


def test_an_operation_has_to_exist(cloud: Cloud) -> None:
    """The nearest one is named."""
    with pytest.raises(WrongUse, match="is it BatchWriteItem"):
        cloud.slow("dynamodb", "BatchWriteItems", 10)


@pytest.mark.parametrize("many", [-3, "two", 2.5, True, None, 10**9])
def test_how_many_or_how_long_is_a_whole_number(cloud: Cloud, many: Any) -> None:
    """It is told in the words of what was asked for, and nothing is cut short."""
    with pytest.raises(WrongUse, match="fail_next takes a whole number of requests"):
        cloud.fail_next("dynamodb", "PutItem", many)
    with pytest.raises(
        WrongUse, match="slow takes a whole number of milliseconds from 0 to 60000"
    ):
        cloud.slow("dynamodb", "PutItem", many)


def test_a_real_account_has_no_faults_on_demand() -> None:
    """One clear sentence for all of them."""
    real = Cloud(None, "us-east-1")
    for ask in (
        lambda: real.fail_next("sqs", "ListQueues"),
        lambda: real.slow("sqs", "ListQueues", 1),
        real.shuffle,
        real.duplicates,
        real.no_faults,
    ):
        with pytest.raises(LabError, match="only the lab does on demand"):
            ask()
