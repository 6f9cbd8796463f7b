"""The operations on log groups: create, delete, describe, retention, filters.

moto keeps events for any number of days, describes groups only by prefix, and lets any
function be subscribed. Follows the CloudWatch Logs API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.utilities.arns import parse_arn

from grader.cloud.access import acting
from grader.cloud.logs import errors, events, metric_filters, pages
from grader.cloud.logs.log_groups import LogGroup, LogsBackend
from grader.cloud.logs.patterns import parse
from grader.facts import cloudwatch

_UNMODELLED_OF_SUBSCRIPTIONS = (
    "fieldSelectionCriteria",
    "emitSystemFields",
    "applyOnTransformedLogs",
)

Members = Mapping[str, Any]


def create_log_group(backend: LogsBackend, members: Members) -> None:
    """Create a log group of the standard class."""
    if members.get("logGroupClass", "STANDARD") != "STANDARD":
        raise errors.unmodelled(f"log group class {members['logGroupClass']}")
    if members.get("deletionProtectionEnabled"):
        raise errors.unmodelled("the deletion protection of log groups")
    backend.create_log_group(
        members["logGroupName"], members.get("tags"), kmsKeyId=members.get("kmsKeyId")
    )


def delete_log_group(backend: LogsBackend, members: Members) -> None:
    """Delete a log group with its streams and filters."""
    group = backend.group(members["logGroupName"])
    del backend.groups[group.name]
    backend.tagger.delete_all_tags_for_resource(group.arn)


def create_log_stream(backend: LogsBackend, members: Members) -> None:
    """Create a log stream."""
    backend.group(members["logGroupName"]).create_log_stream(members["logStreamName"])


def delete_log_stream(backend: LogsBackend, members: Members) -> None:
    """Delete a log stream with its events."""
    group = backend.group(members["logGroupName"])
    stream = backend.stream(group, members["logStreamName"])
    group.delete_log_stream(stream.log_stream_name)


def put_log_events(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Store events; sequence tokens have no meaning any more."""
    if "entity" in members:
        raise errors.unmodelled("entities of log events (entity)")
    group = backend.group(members["logGroupName"])
    stream = backend.stream(group, members["logStreamName"])
    return events.put(stream, members["logEvents"])


def describe_log_groups(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer DescribeLogGroups, by name."""
    if members.get("includeLinkedAccounts") or members.get("accountIdentifiers"):
        raise errors.unmodelled("log groups of linked accounts")
    prefix = members.get("logGroupNamePrefix")
    part = members.get("logGroupNamePattern")
    if prefix is not None and part is not None:
        raise errors.invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive"
            " parameters."
        )
    if "logGroupIdentifiers" in members:
        found = [
            backend.group(None, identifier)
            for identifier in members["logGroupIdentifiers"]
        ]
    else:
        found = list(backend.groups.values())
    found = [
        group
        for group in sorted(found, key=lambda group: str(group.name))
        if group.name.startswith(prefix or "")
        and (part or "") in group.name
        and members.get("logGroupClass", "STANDARD") == "STANDARD"
    ]
    answer = pages.page(members, "logGroups", found)
    answer["logGroups"] = [group.to_describe_dict() for group in answer["logGroups"]]
    return answer


def describe_log_streams(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer DescribeLogStreams, by name or by the time of the latest event."""
    group = backend.group(
        members.get("logGroupName"), members.get("logGroupIdentifier")
    )
    by_time = members.get("orderBy") == "LastEventTime"
    prefix = members.get("logStreamNamePrefix")
    if by_time and prefix:
        raise errors.invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix."
        )
    found = [
        stream.to_describe_dict()
        for name, stream in list(group.streams.items())
        if name.startswith(prefix or "")
    ]
    found.sort(
        key=lambda one: (
            one.get("lastEventTimestamp", 0) if by_time else 0,
            one["logStreamName"],
        ),
        reverse=members.get("descending", False),
    )
    return pages.page(members, "logStreams", found)


def put_retention_policy(backend: LogsBackend, members: Members) -> None:
    """Say for how many days events are kept."""
    days = members["retentionInDays"]
    allowed = cloudwatch.RETENTION_DAYS.value
    if days not in allowed:
        raise errors.invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed"
            " to satisfy constraint: Member must satisfy enum value set:"
            f" [{', '.join(map(str, allowed))}]"
        )
    backend.group(members["logGroupName"]).set_retention_policy(days)


def delete_retention_policy(backend: LogsBackend, members: Members) -> None:
    """Keep events for ever."""
    backend.group(members["logGroupName"]).set_retention_policy(None)


def put_metric_filter(backend: LogsBackend, members: Members) -> None:
    """Create a metric filter, or replace the one of its name."""
    group = backend.group(members["logGroupName"])
    made = metric_filters.made(members)
    metric_filters.check_number_of(group.metric_filters, made.name)
    group.metric_filters[made.name] = made


def delete_metric_filter(backend: LogsBackend, members: Members) -> None:
    """Delete a metric filter; the metric's data stays."""
    group = backend.group(members["logGroupName"])
    if group.metric_filters.pop(members["filterName"], None) is None:
        raise errors.missing("metric filter")


def describe_metric_filters(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer DescribeMetricFilters, by name."""
    name, namespace = members.get("metricName"), members.get("metricNamespace")
    if (name is None) != (namespace is None):
        raise errors.invalid(
            "metricName and metricNamespace must be specified together."
        )
    groups = _groups(backend, members)
    prefix = members.get("filterNamePrefix", "") if "logGroupName" in members else ""
    found = [
        one.described()
        for group in groups
        for one in group.metric_filters.values()
        if one.name.startswith(prefix)
        and name in (None, one.transformation["metricName"])
        and namespace in (None, one.transformation["metricNamespace"])
    ]
    found.sort(key=lambda one: (one["filterName"], one["logGroupName"]))
    return pages.page(members, "metricFilters", found)


def _groups(backend: LogsBackend, members: Members) -> list[LogGroup]:
    if "logGroupName" in members:
        return [backend.group(members["logGroupName"])]
    return list(backend.groups.values())


def test_metric_filter(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer TestMetricFilter."""
    return metric_filters.tested(members)


def describe_subscription_filters(
    backend: LogsBackend, members: Members
) -> dict[str, Any]:
    """Answer DescribeSubscriptionFilters, by name."""
    group = backend.group(members["logGroupName"])
    found = [
        one.to_json()
        for name, one in sorted(group.subscription_filters.items())
        if name.startswith(members.get("filterNamePrefix", ""))
    ]
    return pages.page(members, "subscriptionFilters", found)


def check_subscription(backend: LogsBackend, members: Members) -> None:
    """Refuse a subscription that can't be read or may not invoke its function."""
    for name in _UNMODELLED_OF_SUBSCRIPTIONS:
        if members.get(name):
            raise errors.unmodelled(f"{name} of subscription filters")
    parse(members["filterPattern"])
    group = backend.group(members["logGroupName"])
    arn = members["destinationArn"]
    if parse_arn(arn).service != "lambda":
        return
    decision = acting.for_resource(
        "logs.amazonaws.com",
        "lambda:InvokeFunction",
        arn,
        source_arn=f"{group.arn}:*",
        source_account=backend.account_id,
    )
    if not decision.allowed:
        raise errors.invalid(
            "Could not execute the lambda function. Make sure you have given CloudWatch"
            " Logs permission to execute your function."
        )
