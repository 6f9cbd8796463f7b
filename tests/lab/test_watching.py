from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.lab import Cloud
from grader.lab.survey import survey


@pytest.fixture
def watched(cloud: Cloud) -> Cloud:
    """A log group, a filter, an alarm on its metric, and a topic that is told."""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/studio/door")
    logs.put_metric_filter(
        logGroupName="/studio/door",
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[
            {"metricName": "Errors", "metricNamespace": "Studio", "metricValue": "1"}
        ],
    )
    topic = cloud.client("sns").create_topic(Name="alerts")["TopicArn"]
    alarm(cloud, "trouble", topic, Namespace="Studio")
    return cloud


def alarm(cloud: Cloud, name: str, topic: str, **more: Any) -> None:
    """An alarm on more than two errors in five minutes."""
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        MetricName="Errors",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=2,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
        **more,
    )


def told(cloud: Cloud) -> list[tuple[str, str, str]]:
    return [
        (str(one.source), one.label, str(one.target)) for one in survey(cloud).arrows
    ]


def test_trouble_has_its_way(watched: Cloud) -> None:
    """From the log group over the filter's metric and the alarm to the topic."""
    assert told(watched) == [
        (
            "log group /studio/door",
            'counts { $.level = "ERROR" }',
            "metric Studio/Errors",
        ),
        ("metric Studio/Errors", "Errors Sum > 2, 1 of 1 × 300 s", "alarm trouble"),
        ("alarm trouble", "on ALARM", "topic alerts"),
    ]


def test_a_functions_own_metric_leads_from_it(
    cloud: Cloud, deploy: Callable[..., str]
) -> None:
    """An alarm on what Lambda counts of a function is joined to that function."""
    deploy(cloud, "contact", "return 1")
    alarm(
        cloud,
        "failing",
        f"arn:aws:sns:us-east-1:{cloud.account}:gone",
        Namespace="AWS/Lambda",
        Dimensions=[{"Name": "FunctionName", "Value": "contact"}],
    )
    watches, tells = survey(cloud).arrows
    assert (str(watches.source), watches.broken) == ("function contact", None)
    assert (tells.target.detail, tells.broken) == ("missing", "no such topic")


def test_a_functions_log_group_leads_from_it(
    watched: Cloud, deploy: Callable[..., str]
) -> None:
    """What a function prints goes into a group that somebody filters."""
    deploy(watched, "contact", "return 1")
    logs = watched.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/contact")
    assert "log group /aws/lambda/contact" not in str(told(watched))
    logs.put_metric_filter(
        logGroupName="/aws/lambda/contact",
        filterName="errors",
        filterPattern="",
        metricTransformations=[
            {"metricName": "Lines", "metricNamespace": "Studio", "metricValue": "1"}
        ],
    )
    found = told(watched)
    group = "log group /aws/lambda/contact"
    assert ("function contact", "what it prints", group) in found
    assert (group, "counts every event", "metric Studio/Lines") in found
