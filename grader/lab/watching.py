"""How trouble is noticed: log groups, metric filters, metrics, alarms and topics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deployed import Deployed
from grader.lab.listings import items

_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
_ALARMS = "lambda.alarms.cloudwatch.amazonaws.com"
_ACTIONS = {
    "AlarmActions": "on ALARM",
    "OKActions": "on OK",
    "InsufficientDataActions": "on INSUFFICIENT_DATA",
}


def arrows(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """From what is watched to who is told."""
    if deployed.has("logs"):
        yield from _metric_filters(account, deployed)
    if deployed.has("cloudwatch"):
        yield from _alarms(account, deployed)


def _metric_filters(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("logs")
    for found in items(client, "describe_metric_filters", "metricFilters"):
        name = found["logGroupName"]
        group = Box("log group", name)
        function = deployed.functions.get(name.removeprefix("/aws/lambda/"))
        if function is not None:
            yield Arrow(function.box, group, "what it prints")
        pattern = found.get("filterPattern") or "every event"
        for made in found["metricTransformations"]:
            metric = _metric(made["metricNamespace"], made["metricName"])
            yield Arrow(group, metric, f"counts {pattern}")


def _alarms(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("cloudwatch")
    for alarm in items(client, "describe_alarms", "MetricAlarms"):
        box = Box("alarm", alarm["AlarmName"], alarm["StateValue"])
        yield Arrow(_watched(alarm, deployed), box, _told_rule(alarm))
        for key, label in _ACTIONS.items():
            for arn in alarm.get(key, []):
                yield _told(account, deployed, box, arn, label, alarm["AlarmArn"])


def _told(
    account: Account, deployed: Deployed, box: Box, arn: str, label: str, alarm: str
) -> Arrow:
    if ":function:" in arn:
        return deployed.call(
            account, box, arn, label=label, service=_ALARMS, sources=[alarm]
        )
    target = deployed.box(arn)
    broken = f"no such {target.kind}" if target.detail == "missing" else None
    return Arrow(box, target, label, broken)


def _watched(alarm: dict[str, Any], deployed: Deployed) -> Box:
    """What an alarm looks at: a function, for a metric that Lambda makes of it."""
    if "MetricName" not in alarm:
        return Box("metric", f"of {alarm['AlarmName']}", "computed")
    dimensions = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", [])}
    function = deployed.functions.get(dimensions.get("FunctionName", ""))
    if alarm["Namespace"] == "AWS/Lambda" and function is not None:
        return function.box
    return _metric(alarm["Namespace"], alarm["MetricName"])


def _metric(namespace: str, name: str) -> Box:
    return Box("metric", f"{namespace}/{name}")


def _told_rule(alarm: dict[str, Any]) -> str:
    periods = alarm["EvaluationPeriods"]
    enough = alarm.get("DatapointsToAlarm", periods)
    sign = _SIGNS.get(alarm["ComparisonOperator"], alarm["ComparisonOperator"])
    rule = f"{sign} {alarm.get('Threshold', 0):g}, {enough} of {periods}"
    if "MetricName" not in alarm:
        return rule
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic", "")
    return f"{alarm['MetricName']} {statistic} {rule} × {alarm.get('Period', 0)} s"
