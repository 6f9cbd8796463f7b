"""The operations on alarms: put, delete, set, describe.

moto takes any settings, describes without pages, and knows no composite alarms.
Follows the CloudWatch API reference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from grader.cloud.monitoring import composite_alarms, errors, pages
from grader.cloud.monitoring.alarm_actions import check_actions
from grader.cloud.monitoring.alarm_clock import AlarmClock
from grader.cloud.monitoring.alarm_rules import parse_rule
from grader.cloud.monitoring.alarm_settings import watched
from grader.cloud.monitoring.alarms import STATES, Alarm, State
from grader.cloud.monitoring.metrics import dimensions
from grader.cloud.monitoring.storage import MonitoringBackend

_PAGE = 50
_DELETED = 100
_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod")

Members = Mapping[str, Any]


def put_metric_alarm(
    backend: MonitoringBackend, clock: AlarmClock, members: Members
) -> None:
    """Create or update an alarm on a metric.

    Raises:
        Refusal: ValidationError and its like.
    """
    watched(members)
    _put(backend, clock, members)


def put_composite_alarm(
    backend: MonitoringBackend, clock: AlarmClock, members: Members
) -> None:
    """Create or update an alarm on other alarms.

    Raises:
        Refusal: ValidationError and its like.
    """
    for name in _SUPPRESSION:
        if name in members:
            raise errors.unmodelled(f"the suppression of alarm actions ({name})")
    if "ActionConfiguration" in members:
        raise errors.unmodelled("tags in alarm notifications (ActionConfiguration)")
    rule = parse_rule(members["AlarmRule"])
    name = members["AlarmName"]
    unknown = [one for one in rule.alarms if one not in backend.alarms]
    if unknown:
        raise errors.validation(
            f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in"
            " the alarm rule do not exist"
        )
    if name in rule.alarms or _reached(name, rule.alarms, backend):
        raise errors.unmodelled("cycles of composite alarms")
    _put(backend, clock, members)


def _reached(name: str, start: Iterable[str], backend: MonitoringBackend) -> bool:
    """Say whether the rules below some alarms ask about ``name`` in the end."""
    for one in start:
        rule = backend.alarms[one].rule if one in backend.alarms else None
        if rule is None:
            continue
        if name in rule.alarms or _reached(name, rule.alarms, backend):
            return True
    return False


def _put(backend: MonitoringBackend, clock: AlarmClock, members: Members) -> None:
    name = members["AlarmName"]
    for actions in _ACTIONS:
        check_actions(actions, members.get(actions) or [])
    now = time.time()
    with backend.lock:
        alarm = backend.alarms.get(name)
        if alarm is None:
            alarm = Alarm(backend.account_id, backend.region_name, members, at=now)
            backend.alarms[name] = alarm
            backend.history.configured(alarm, operation="Create", at=now)
            # Tags of an existing alarm stay as they are.
            if tags := members.get("Tags"):
                backend.tagger.tag_resource(alarm.alarm_arn, tags)
        else:
            if (alarm.kind == "CompositeAlarm") != ("AlarmRule" in members):
                raise errors.validation(
                    f"An alarm of another type with the name {name} already exists."
                )
            alarm.configure(members, at=now)
            backend.history.configured(alarm, operation="Update", at=now)
        clock.set(backend, alarm)


def delete_alarms(
    backend: MonitoringBackend, clock: AlarmClock, members: Members
) -> None:
    """Delete alarms; names that no alarm has are passed over.

    Raises:
        Refusal: ValidationError for an alarm that a composite alarm asks about.
    """
    names = members["AlarmNames"]
    if len(names) > _DELETED:
        raise errors.validation(f"At most {_DELETED} alarms can be deleted at once.")
    with backend.lock:
        for name in names:
            parents = composite_alarms.parents(name, backend.alarms)
            if any(parent.name not in names for parent in parents):
                raise errors.validation(
                    f"Cannot delete {name} as there are composite alarm(s) depending on"
                    " it."
                )
        for name in names:
            alarm = backend.alarms.pop(name, None)
            if alarm is not None:
                clock.drop(alarm)
                backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
                backend.history.configured(alarm, operation="Delete", at=time.time())


def set_alarm_state(
    backend: MonitoringBackend, clock: AlarmClock, members: Members
) -> None:
    """Put an alarm in a state, with its actions, until its next evaluation.

    Raises:
        Refusal: ResourceNotFound, InvalidFormat, ValidationError.
    """
    value = members["StateValue"]
    if value not in STATES:
        raise errors.validation(
            f"1 validation error detected: Value '{value}' at 'stateValue' failed to"
            " satisfy constraint: Member must satisfy enum value set:"
            " [INSUFFICIENT_DATA, ALARM, OK]"
        )
    alarm = backend.alarms.get(members["AlarmName"])
    if alarm is None:
        raise errors.not_found("")
    data = members.get("StateReasonData")
    if data is not None:
        try:
            json.loads(data)
        except ValueError:
            raise errors.Refusal(
                "InvalidFormat", "StateReasonData is not valid JSON"
            ) from None
    clock.state_set(
        backend, alarm, State(value, members["StateReason"], data, time.time())
    )


def enable_actions(
    backend: MonitoringBackend, members: Members, *, enabled: bool
) -> None:
    """Let alarms act on changes of state, or not."""
    for name in members["AlarmNames"]:
        if (alarm := backend.alarms.get(name)) is not None:
            alarm.configure(
                {**alarm.members, "ActionsEnabled": enabled}, at=time.time()
            )
            backend.history.configured(alarm, operation="Update", at=time.time())


def describe_alarms(backend: MonitoringBackend, members: Members) -> dict[str, Any]:
    """Answer DescribeAlarms, in the order of the names.

    Raises:
        Refusal: ValidationError, InvalidNextToken.
    """
    for kin in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if kin in members:
            found = _kin(backend, kin, members)
            break
    else:
        found = _selected(backend, members)
    found.sort(key=lambda alarm: alarm.name)
    size = members.get("MaxRecords") or _PAGE
    page, token = pages.page(found, size, members.get("NextToken"))
    answer: dict[str, Any] = {
        f"{kind}s": [one.described() for one in page if one.kind == kind]
        for kind in ("MetricAlarm", "CompositeAlarm")
    }
    if token:
        answer["NextToken"] = token
    return answer


def _selected(backend: MonitoringBackend, members: Members) -> list[Alarm]:
    names, prefix = members.get("AlarmNames"), members.get("AlarmNamePrefix")
    if names and prefix:
        raise errors.validation(
            "AlarmNamePrefix and AlarmNames cannot be specified together."
        )
    kinds = members.get("AlarmTypes") or ["MetricAlarm"]
    action = members.get("ActionPrefix") or ""
    return [
        alarm
        for alarm in list(backend.alarms.values())
        if alarm.kind in kinds
        and (not names or alarm.name in names)
        and alarm.name.startswith(prefix or "")
        and members.get("StateValue") in (None, alarm.state.value)
        and (
            not action
            or any(
                one.startswith(action)
                for state in STATES
                for one in alarm.actions(state)
            )
        )
    ]


def _kin(backend: MonitoringBackend, kin: str, members: Members) -> list[Alarm]:
    others = set(members) - {kin, "MaxRecords", "NextToken"}
    if others:
        raise errors.validation(
            f"{kin} cannot be specified together with {', '.join(sorted(others))}."
        )
    name = members[kin]
    if kin == "ParentsOfAlarmName":
        return composite_alarms.parents(name, backend.alarms)
    alarm = backend.alarms.get(name)
    rule = None if alarm is None else alarm.rule
    return [backend.alarms[one] for one in (rule.alarms if rule else ())]


def describe_alarms_for_metric(
    backend: MonitoringBackend, members: Members
) -> dict[str, Any]:
    """Answer DescribeAlarmsForMetric: the alarms on exactly one metric."""
    found = [
        alarm
        for alarm in list(backend.alarms.values())
        if alarm.members.get("MetricName") == members["MetricName"]
        and alarm.members.get("Namespace") == members["Namespace"]
        and dimensions(alarm.members.get("Dimensions"))
        == dimensions(members.get("Dimensions"))
        and all(
            members.get(name) in (None, alarm.members.get(name))
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    found.sort(key=lambda alarm: alarm.name)
    return {"MetricAlarms": [alarm.described() for alarm in found]}
