"""Composite alarms: in ALARM while their rule over other alarms holds.

moto has none. Follows "Create a composite alarm" in the CloudWatch user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from grader.cloud.monitoring.alarms import ALARM, INSUFFICIENT_DATA, OK, Alarm, State
from grader.cloud.monitoring.moments import moment, stamp


def evaluate(alarm: Alarm, alarms: Mapping[str, Alarm], *, at: float) -> State | None:
    """Evaluate a composite alarm's rule; None where its state stays the same."""
    rule = alarm.rule
    assert rule is not None, "only asked of composite alarms"

    def state_of(name: str) -> str | None:
        return alarms[name].state.value if name in alarms else None

    value = ALARM if rule.holds(state_of) else OK
    if value == alarm.state.value:
        return None
    children = [alarms[name] for name in rule.alarms if name in alarms]
    if alarm.state.value == INSUFFICIENT_DATA or not children:
        reason = (
            f"{alarm.alarm_arn} was created and its alarm rule evaluates to {value}"
        )
    else:
        latest = max(children, key=lambda child: child.state.since)
        children = [latest]
        when = moment(latest.state.since)
        reason = (
            f"{latest.alarm_arn} transitioned to {latest.state.value} at"
            f" {when:%A %d %B, %Y %H:%M:%S} UTC"
        )
    data = {
        "triggeringAlarms": [
            {
                "arn": child.alarm_arn,
                "state": {
                    "value": child.state.value,
                    "timestamp": stamp(child.state.since),
                },
            }
            for child in children
        ]
    }
    return State(value, reason, json.dumps(data, separators=(",", ":")), at)


def parents(name: str, alarms: Mapping[str, Alarm]) -> list[Alarm]:
    """Find the composite alarms whose rules ask about an alarm."""
    return [
        alarm
        for alarm in list(alarms.values())
        if alarm.rule is not None and name in alarm.rule.alarms
    ]
