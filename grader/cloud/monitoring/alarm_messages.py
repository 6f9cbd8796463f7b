"""What an alarm tells others of its new state: SNS, Lambda and EventBridge.

Follows "Alarm events and EventBridge" and "Invoke a Lambda function from an alarm" in
the CloudWatch user guide; the SNS message is the one that subscribers get from AWS.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from grader.cloud.eventbridge.events import envelope
from grader.cloud.monitoring.alarms import Alarm, State
from grader.cloud.monitoring.moments import stamp

# CloudWatch writes some Regions otherwise than botocore's data.
_RENAMED = {"Europe (": "EU ("}


def notification(alarm: Alarm, *, old: State) -> tuple[str, str]:
    """The subject and the JSON that an SNS topic gets."""
    members = alarm.members
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": members.get("AlarmDescription"),
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": stamp(alarm.state.since),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old.value,
        "OKActions": alarm.actions("OK"),
        "AlarmActions": alarm.actions("ALARM"),
        "InsufficientDataActions": alarm.actions("INSUFFICIENT_DATA"),
    }
    if alarm.kind == "CompositeAlarm":
        message["AlarmRule"] = members["AlarmRule"]
        data = json.loads(alarm.state.data or "{}")
        if "triggeringAlarms" in data:
            message["TriggeringChildren"] = [
                {
                    "Arn": one["arn"],
                    "State": {
                        "Value": one["state"]["value"],
                        "Timestamp": one["state"]["timestamp"],
                    },
                }
                for one in data["triggeringAlarms"]
            ]
    else:
        message["Trigger"] = _trigger(members)
    subject = f'{alarm.state.value}: "{alarm.name}" in {region_name(alarm.region)}'
    # SNS takes 100 characters.
    return subject[:100], json.dumps(message, separators=(",", ":"))


def function_event(alarm: Alarm, *, old: State) -> dict[str, Any]:
    """The event that a function gets which an alarm invokes."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": alarm.account,
        "time": stamp(alarm.state.since),
        "region": alarm.region,
        "alarmData": _alarm_data(alarm, old),
    }


def change_event(alarm: Alarm, *, old: State) -> dict[str, Any]:
    """The CloudWatch Alarm State Change that the default event bus gets."""
    return envelope(
        source="aws.cloudwatch",
        detail_type="CloudWatch Alarm State Change",
        detail=_alarm_data(alarm, old),
        account=alarm.account,
        region=alarm.region,
        at=alarm.state.since,
        resources=[alarm.alarm_arn],
    )


def _alarm_data(alarm: Alarm, old: State) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    if "AlarmDescription" in alarm.members:
        configuration["description"] = alarm.members["AlarmDescription"]
    if alarm.kind == "CompositeAlarm":
        configuration["alarmRule"] = alarm.members["AlarmRule"]
    else:
        configuration["metrics"] = _metrics(alarm)
    return {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(old),
        "configuration": configuration,
    }


def _state(state: State) -> dict[str, Any]:
    told = {
        "value": state.value,
        "reason": state.reason,
        "timestamp": stamp(state.since),
    }
    if state.data is not None:
        told["reasonData"] = state.data
    return told


def _metrics(alarm: Alarm) -> list[dict[str, Any]]:
    members = alarm.members
    if "Metrics" in members:
        return [_query(query) for query in members["Metrics"]]
    # An id that CloudWatch makes up for alarms on one metric.
    name = uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn)
    stat = {
        "Metric": members,
        "Period": members["Period"],
        "Stat": members.get("Statistic") or members.get("ExtendedStatistic"),
        "Unit": members.get("Unit"),
    }
    return [_query({"Id": str(name), "MetricStat": stat})]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"]}
    if "Expression" in query:
        told["expression"] = query["Expression"]
    if query.get("Label") is not None:
        told["label"] = query["Label"]
    if "MetricStat" in query:
        stat = query["MetricStat"]
        metric = stat["Metric"]
        told["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {
                    one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()
                },
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
        if stat.get("Unit") is not None:
            told["metricStat"]["unit"] = stat["Unit"]
    told["returnData"] = query.get("ReturnData", True)
    return told


def _trigger(members: Mapping[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {}
    if "Metrics" in members:
        trigger["Metrics"] = [_triggering(query) for query in members["Metrics"]]
    else:
        simple, extended = members.get("Statistic"), members.get("ExtendedStatistic")
        trigger |= {
            "MetricName": members["MetricName"],
            "Namespace": members["Namespace"],
            "StatisticType": "Statistic" if simple else "ExtendedStatistic",
            **(
                {"Statistic": _SPELLED[simple]}
                if simple
                else {"ExtendedStatistic": extended}
            ),
            "Unit": members.get("Unit"),
            "Dimensions": [
                {"value": one["Value"], "name": one["Name"]}
                for one in members.get("Dimensions") or ()
            ],
            "Period": members["Period"],
        }
    trigger["EvaluationPeriods"] = members["EvaluationPeriods"]
    if "DatapointsToAlarm" in members:
        trigger["DatapointsToAlarm"] = members["DatapointsToAlarm"]
    trigger["ComparisonOperator"] = members["ComparisonOperator"]
    trigger["Threshold"] = float(members["Threshold"])
    trigger["TreatMissingData"] = members.get("TreatMissingData", "missing")
    low_samples = members.get("EvaluateLowSampleCountPercentile", "")
    trigger["EvaluateLowSampleCountPercentile"] = low_samples
    return trigger


_SPELLED = {
    "Sum": "SUM",
    "Average": "AVERAGE",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
    "SampleCount": "SAMPLE_COUNT",
}


def _triggering(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"Id": query["Id"]}
    for name in ("Expression", "Label"):
        if query.get(name) is not None:
            told[name] = query[name]
    if "MetricStat" in query:
        stat = query["MetricStat"]
        told["MetricStat"] = {
            "Metric": {
                "Dimensions": [
                    {"value": one["Value"], "name": one["Name"]}
                    for one in stat["Metric"].get("Dimensions") or ()
                ],
                "MetricName": stat["Metric"]["MetricName"],
                "Namespace": stat["Metric"]["Namespace"],
            },
            "Period": stat["Period"],
            "Stat": stat["Stat"],
        }
    told["ReturnData"] = query.get("ReturnData", True)
    return told


def region_name(region: str) -> str:
    """A Region's name as alarms write it: EU (Ireland), US East (N. Virginia)."""
    name = _region_names().get(region, region)
    for theirs, ours in _RENAMED.items():
        name = name.replace(theirs, ours)
    return name


@cache
def _region_names() -> dict[str, str]:
    from botocore.loaders import Loader

    partitions = Loader().load_data("endpoints")["partitions"]
    return {
        region: described["description"]
        for partition in partitions
        for region, described in partition["regions"].items()
    }
