"""What PutMetricAlarm takes, and what it makes an alarm watch.

moto takes any settings. Follows "PutMetricAlarm" in the CloudWatch API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.monitoring import errors
from grader.cloud.monitoring.alarm_judgement import OPERATORS, TREATMENTS
from grader.cloud.monitoring.alarm_reasons import Terms
from grader.cloud.monitoring.metric_data import UNITS
from grader.cloud.monitoring.metric_queries import (
    MetricQuery,
    MetricStat,
    metric_stat,
    parse_queries,
)
from grader.cloud.monitoring.metric_store import HOUR, MINUTE
from grader.cloud.monitoring.query_results import (
    check_expressions,
    check_single_series,
)
from grader.cloud.monitoring.statistics import SIMPLE, percentile, statistic
from grader.facts import cloudwatch

_SHORT_PERIODS = (10, 20, 30)
_DIRECT = (
    *("MetricName", "Namespace", "Dimensions", "Period"),
    *("Unit", "Statistic", "ExtendedStatistic"),
)
_METRICS = cloudwatch.METRICS_PER_ALARM.value
_UNMODELLED = {
    "EvaluationCriteria": "alarms on PromQL queries (EvaluationCriteria)",
    "EvaluationInterval": "alarms on PromQL queries (EvaluationInterval)",
    "ThresholdMetricId": "anomaly detection (ThresholdMetricId)",
    "WarmUpConfiguration": "warm-up periods of alarms (WarmUpConfiguration)",
    "ActionConfiguration": "tags in alarm notifications (ActionConfiguration)",
}
_OF_ANOMALIES = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)

Members = Mapping[str, Any]


@dataclass(frozen=True)
class Watched:
    """What an alarm watches: the result of one of its queries, and its terms."""

    queries: tuple[MetricQuery, ...]
    result: MetricQuery
    period: int
    terms: Terms
    low_samples: str

    @property
    def stats(self) -> tuple[MetricStat, ...]:
        """The statistics of metrics that the result is made of."""
        return tuple(query.stat for query in self.queries if query.stat is not None)

    @property
    def percentile(self) -> float | None:
        """The percentile that the alarm watches, if it does."""
        return None if self.result.stat is None else percentile(self.result.stat.stat)


def watched(members: Members) -> Watched:
    """Read what PutMetricAlarm's members make an alarm watch.

    Raises:
        Refusal: ValidationError and its like.
    """
    for name, what in _UNMODELLED.items():
        if name in members:
            raise errors.unmodelled(what)
    if "WallClockWindow" in (members.get("EvaluationWindow") or {}):
        raise errors.unmodelled("wall clock windows of alarms (EvaluationWindow)")
    queries = _queries(members)
    result = next(query for query in queries if query.returned)
    period = _period(queries)
    terms = _terms(members)
    _check_times(period, terms.evaluation_periods)
    if any(q.stat and q.stat.metric.namespace == "AWS/DynamoDB" for q in queries):
        # Whatever was asked for, the guide says.
        terms = Terms(**{**terms.__dict__, "missing": "ignore"})
    low_samples = members.get("EvaluateLowSampleCountPercentile", "evaluate")
    if low_samples not in ("evaluate", "ignore"):
        raise errors.validation(
            f"Option {low_samples} is not supported. Supported options for parameter"
            " EvaluateLowSampleCountPercentile are evaluate and ignore."
        )
    return Watched(queries, result, period, terms, low_samples)


def _queries(members: Members) -> tuple[MetricQuery, ...]:
    if "Metrics" in members:
        direct = [name for name in _DIRECT if name in members]
        if direct:
            raise errors.combination(
                f"The parameters {direct[0]} and Metrics are mutually exclusive and you"
                " have specified both."
            )
        queries = parse_queries(members["Metrics"], "Metrics")
        if len([query for query in queries if query.returned]) != 1:
            raise errors.validation(
                "Exactly one element of the metrics list should return data."
            )
        if len([query for query in queries if query.stat]) > _METRICS:
            raise errors.validation(
                f"An alarm can have at most {_METRICS} metrics in its Metrics."
            )
        check_expressions(queries)
        check_single_series(queries, next(query for query in queries if query.returned))
        return queries
    for name in ("MetricName", "Namespace"):
        if name not in members:
            raise errors.missing(f"The parameter {name} is required.")
    if "Period" not in members:
        raise errors.validation("Period must not be null")
    stat = _statistic(members)
    direct_stat = metric_stat(
        {
            "Metric": members,
            "Period": members["Period"],
            "Stat": stat,
            "Unit": members.get("Unit"),
        },
        "Metric",
    )
    return (MetricQuery("m1", direct_stat, None, None, True, None),)


def _statistic(members: Members) -> str:
    simple, extended = members.get("Statistic"), members.get("ExtendedStatistic")
    if (simple is None) == (extended is None):
        raise errors.combination(
            "Exactly one of the parameters Statistic and ExtendedStatistic must be"
            " specified."
        )
    if simple is not None and simple not in SIMPLE:
        raise errors.invalid(
            f"The parameter Statistic must be a value in the set [ {', '.join(SIMPLE)}"
            " ]."
        )
    if extended is not None and (extended in SIMPLE or statistic(extended) is None):
        raise errors.invalid(
            f"The value {extended} for parameter ExtendedStatistic is not supported."
        )
    if members.get("Unit") not in (None, *UNITS):
        raise errors.invalid(
            f"The parameter Unit must be a value in the set [ {', '.join(UNITS)} ]."
        )
    return str(simple or extended)


def _period(queries: tuple[MetricQuery, ...]) -> int:
    periods = {query.stat.period for query in queries if query.stat is not None}
    if len(periods) > 1:
        raise errors.validation("Metrics list contains metrics with different periods.")
    if not periods:
        raise errors.validation("An alarm needs at least one metric in its Metrics.")
    period = periods.pop()
    if period not in _SHORT_PERIODS and period % MINUTE:
        raise errors.validation("Period must be 10, 20, 30 or a multiple of 60")
    return period


def _terms(members: Members) -> Terms:
    if "EvaluationPeriods" not in members:
        raise errors.missing("The parameter EvaluationPeriods is required.")
    if "Threshold" not in members:
        raise errors.missing("The parameter Threshold is required.")
    operator = members.get("ComparisonOperator")
    if operator in _OF_ANOMALIES:
        raise errors.unmodelled(f"anomaly detection ({operator})")
    if operator not in OPERATORS:
        raise errors.invalid(
            "The parameter ComparisonOperator must be a value in the set"
            f" [ {', '.join(OPERATORS)} ]."
        )
    periods = members["EvaluationPeriods"]
    datapoints = members.get("DatapointsToAlarm")
    if datapoints is not None and not 1 <= datapoints <= periods:
        raise errors.validation(
            "DatapointsToAlarm must be between 1 and EvaluationPeriods."
        )
    missing = members.get("TreatMissingData", "missing")
    if missing not in TREATMENTS:
        raise errors.validation(
            f"Option {missing} is not supported. Supported options for parameter"
            f" TreatMissingData are {', '.join(TREATMENTS)}."
        )
    return Terms(
        operator,
        float(members["Threshold"]),
        periods,
        datapoints or periods,
        datapoints is not None,
        missing,
    )


def _check_times(period: int, evaluation_periods: int) -> None:
    total = period * evaluation_periods
    day = cloudwatch.SHORT_ALARM_TIME.value
    if period < HOUR and total > day:
        raise errors.validation(
            "Metrics cannot be checked across more than a day (EvaluationPeriods *"
            f" Period must be <= {day})."
        )
    week = cloudwatch.LONG_ALARM_TIME.value
    if total > week:
        raise errors.validation(
            "Metrics cannot be checked across more than seven days (EvaluationPeriods *"
            f" Period must be <= {week})."
        )
