"""A cloud whose clock a test may move, and CloudWatch's clients on it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account


class Watch:
    """The test's side of CloudWatch in one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.clock = account.cloud.clock
        self.cloudwatch = account.client("cloudwatch")
        self.logs = account.client("logs")

    def to_minute(self, seconds: float = 1.0) -> None:
        """Go to so many seconds after the next full minute."""
        self.clock.advance(math.ceil(time.time() / 60) * 60 + seconds - time.time())

    def put(self, *values: float, name: str = "Errors", **datum: Any) -> None:
        """Put values of a metric in the namespace Studio, as of now."""
        self.cloudwatch.put_metric_data(
            Namespace="Studio",
            MetricData=[
                {"MetricName": name, "Value": value, **datum} for value in values
            ],
        )

    def alarm(self, name: str = "errors", **settings: Any) -> str:
        """Create an alarm on the sum of Errors being 3 or more in 5 minutes."""
        self.cloudwatch.put_metric_alarm(
            **{
                "AlarmName": name,
                "Namespace": "Studio",
                "MetricName": "Errors",
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 3,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                **settings,
            }
        )
        return (
            f"arn:aws:cloudwatch:{self.account.region}:{self.account.id}:alarm:{name}"
        )

    def described(self, name: str = "errors") -> dict[str, Any]:
        found = self.cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms: list[dict[str, Any]] = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarms[0]

    def state(self, name: str = "errors") -> str:
        return str(self.described(name)["StateValue"])

    def transitions(self, name: str = "errors") -> list[str]:
        """What an alarm went through, oldest first."""
        items = self.cloudwatch.describe_alarm_history(
            AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
        )["AlarmHistoryItems"]
        return [
            json.loads(item["HistoryData"])["newState"]["stateValue"] for item in items
        ]

    def sums(self, metric: str, *, namespace: str = "Studio", **wanted: Any) -> Any:
        """The sums of each minute of the last hour, in order."""
        now = datetime.fromtimestamp(time.time(), UTC)
        found = self.cloudwatch.get_metric_statistics(
            **{
                "Namespace": namespace,
                "MetricName": metric,
                "StartTime": now.timestamp() - 3600,
                "EndTime": now.timestamp() + 3600,
                "Period": 60,
                "Statistics": ["Sum"],
                **wanted,
            }
        )["Datapoints"]
        found.sort(key=lambda point: point["Timestamp"])
        return [point["Sum"] for point in found]


@pytest.fixture(scope="module")
def moving_cloud() -> Iterator[Cloud]:
    """One cloud for a module: each test has an account of its own in it."""
    cloud = Cloud()
    cloud.start()
    yield cloud
    cloud.close()


@pytest.fixture
def watch(moving_cloud: Cloud) -> Watch:
    account, access_key_id, secret = moving_cloud.fresh_account()
    return Watch(Account(moving_cloud, keys=(access_key_id, secret), account=account))
