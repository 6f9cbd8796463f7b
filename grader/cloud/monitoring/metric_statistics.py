"""GetMetricStatistics, and the rules of periods that GetMetricData shares.

moto begins periods at the first datum, ignores Unit and has no percentiles. Follows
"GetMetricStatistics" in the CloudWatch API reference.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from grader.cloud.monitoring import errors
from grader.cloud.monitoring.metric_store import DAY, HOUR, MINUTE, MetricStore
from grader.cloud.monitoring.metrics import metric
from grader.cloud.monitoring.moments import epoch, moment
from grader.cloud.monitoring.statistics import SIMPLE, statistic
from grader.facts import cloudwatch

_DATAPOINTS = cloudwatch.STATISTICS_DATAPOINTS.value
_SHORT_PERIODS = (1, 5, 10, 20, 30)

Members = Mapping[str, Any]


def get(store: MetricStore, members: Members) -> dict[str, Any]:
    """Answer GetMetricStatistics.

    Raises:
        Refusal: InvalidParameterValue, InvalidParameterCombination.
    """
    simple = members.get("Statistics") or []
    extended = members.get("ExtendedStatistics") or []
    if not simple and not extended:
        raise errors.combination(
            "At least one of the parameters Statistics and ExtendedStatistics must be"
            " specified."
        )
    if simple and extended:
        raise errors.combination(
            "The parameters Statistics and ExtendedStatistics are mutually exclusive"
            " and you have specified both."
        )
    for number, name in enumerate(simple, 1):
        if name not in SIMPLE:
            raise errors.invalid(
                f"The parameter Statistics.member.{number} must be a value in the set"
                f" [ {', '.join(SIMPLE)} ]."
            )
    for name in extended:
        if statistic(name) is None or name in SIMPLE:
            raise errors.invalid(
                f"The value {name} for parameter ExtendedStatistics is not supported."
            )
    period = members["Period"]
    check_period(period, "Period")
    start, end, now = _range(members, period)
    datapoints = []
    for point in store.periods(
        metric(members),
        start=start,
        end=end,
        period=period,
        now=now,
        unit=members.get("Unit"),
    ):
        datapoint: dict[str, Any] = {
            "Timestamp": moment(point.start),
            "Unit": point.unit,
        }
        for name in simple:
            datapoint[name] = _value(name, point.samples)
        values = {name: _value(name, point.samples) for name in extended}
        values = {name: value for name, value in values.items() if value is not None}
        if extended and not values:
            continue
        if values:
            datapoint["ExtendedStatistics"] = values
        datapoints.append(datapoint)
    return {"Label": members["MetricName"], "Datapoints": datapoints}


def _range(members: Members, period: int) -> tuple[int, float, float]:
    now = time.time()
    begin, end = epoch(members["StartTime"]), epoch(members["EndTime"])
    if begin >= end:
        raise errors.invalid(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    start = first_period(begin, period, now)
    wanted = int(-((start - end) // period))
    if wanted > _DATAPOINTS:
        raise errors.combination(
            f"You have requested up to {wanted} datapoints, which exceeds the limit of"
            f" {_DATAPOINTS}. You may reduce the datapoints requested by increasing"
            " Period, or decreasing the time range."
        )
    return start, end, now


def check_period(period: int, name: str) -> None:
    """Refuse a period that no metric has.

    Raises:
        Refusal: InvalidParameterValue.
    """
    if period in _SHORT_PERIODS or (period > 0 and period % MINUTE == 0):
        return
    raise errors.invalid(
        f"The parameter {name} must be 1, 5, 10, 20, 30, or a multiple of 60."
    )


def first_period(start: float, period: int, now: float) -> int:
    """Round a start time down, as coarsely as data of that age is kept."""
    if period < MINUTE:
        step = period
    elif now - start <= 15 * DAY:
        step = MINUTE
    else:
        step = 5 * MINUTE if now - start <= 63 * DAY else HOUR
    return int(start // step * step)


def _value(name: str, samples: Any) -> float | None:
    calculate = statistic(name)
    assert calculate is not None, "checked before"
    return calculate(samples)
