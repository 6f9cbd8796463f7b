"""Why an alarm is in its state, in CloudWatch's words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.monitoring.alarm_judgement import Judgement
from grader.cloud.monitoring.alarms import ALARM, INSUFFICIENT_DATA
from grader.cloud.monitoring.moments import moment, stamp

_COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True)
class Datapoint:
    """One period of an evaluation range; ``value`` is None where data is missing."""

    start: int
    value: float | None
    samples: float | None = None


@dataclass(frozen=True)
class Terms:
    """What an alarm compares with; ``m_of_n`` where DatapointsToAlarm was given."""

    operator: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    m_of_n: bool
    missing: str


def reason(
    judgement: Judgement,
    points: Sequence[Datapoint],
    breaching: Sequence[bool | None],
    terms: Terms,
) -> str:
    """Word the reason for a new state; ``points`` and ``breaching`` oldest first."""
    state = judgement.state
    if state == INSUFFICIENT_DATA:
        count = judgement.filled
        return (
            f"Insufficient Data: {_counted(count, 'datapoint')} {_was(count)} unknown."
        )
    if not judgement.evaluated:
        filled = judgement.filled
        return (
            "Threshold Crossed: no datapoints were received for"
            f" {_counted(filled, 'period')} and"
            f" {_treated(filled, terms.missing)}."
        )
    alarming = state == ALARM
    told = [
        points[place]
        for place in reversed(judgement.evaluated)
        if not terms.m_of_n or bool(breaching[place]) == alarming
    ] or [points[place] for place in reversed(judgement.evaluated)]
    values = ", ".join(_shown(point) for point in told)
    count = len(told)
    if terms.m_of_n:
        last = terms.evaluation_periods
        text = f"{count} out of the last {last} datapoints [{values}]"
    else:
        text = f"{_counted(count, 'datapoint')} [{values}]"
    text += (
        f" {_was(count)} {'' if alarming else 'not '}{_COMPARED[terms.operator]}"
        f" the threshold ({terms.threshold})"
    )
    if judgement.filled and terms.missing in _TREATED:
        text += f" and {_treated(judgement.filled, terms.missing)}"
    if terms.m_of_n:
        least = terms.datapoints_to_alarm
        if not alarming:
            least = terms.evaluation_periods - least + 1
        change = "OK -> ALARM" if alarming else "ALARM -> OK"
        text += f" (minimum {_counted(least, 'datapoint')} for {change} transition)"
    return f"Threshold Crossed: {text}."


def reason_data(
    judgement: Judgement,
    points: Sequence[Datapoint],
    *,
    at: float,
    period: int,
    statistic: str | None,
    unit: str | None,
    threshold: float,
) -> str:
    """Give the data behind a reason, as the JSON of StateReasonData."""
    known = [points[place] for place in judgement.evaluated]
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(at)}
    if known:
        data["startDate"] = stamp(known[0].start)
    if unit is not None:
        data["unit"] = unit
    if statistic is not None:
        data["statistic"] = statistic
    data["period"] = period
    data["recentDatapoints"] = [point.value for point in known]
    data["threshold"] = threshold
    missing = [point for point in reversed(points) if point.value is None]
    evaluated = [*known, *missing[: judgement.filled]]
    evaluated.sort(key=lambda point: -point.start)
    data["evaluatedDatapoints"] = [_evaluated(point) for point in evaluated]
    return json.dumps(data, separators=(",", ":"))


def _evaluated(point: Datapoint) -> dict[str, Any]:
    told: dict[str, Any] = {"timestamp": stamp(point.start)}
    if point.samples is not None:
        told["sampleCount"] = point.samples
    if point.value is not None:
        told["value"] = point.value
    return told


def _shown(point: Datapoint) -> str:
    return f"{point.value} ({moment(point.start):%d/%m/%y %H:%M:%S})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _treated(count: int, missing: str) -> str:
    return (
        f"{_counted(count, 'missing datapoint')} {_was(count)} treated as"
        f" [{_TREATED[missing]}]"
    )
