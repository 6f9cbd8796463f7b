"""Queries for metric data: what GetMetricData asks for, and what an alarm watches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.monitoring import errors
from grader.cloud.monitoring.metric_statistics import check_period
from grader.cloud.monitoring.metric_store import MetricStore
from grader.cloud.monitoring.metrics import Metric, metric
from grader.cloud.monitoring.statistics import statistic

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")

Members = Mapping[str, Any]
Series = dict[int, float]
"""Values by the start of their period (epoch seconds)."""


@dataclass(frozen=True)
class MetricStat:
    """One statistic of one metric, by periods of so many seconds."""

    metric: Metric
    stat: str
    period: int
    unit: str | None

    def read(
        self,
        store: MetricStore,
        *,
        start: int,
        end: float,
        now: float,
        finest: bool = True,
    ) -> Series:
        """Read the values of the periods that have one; units are put together."""
        calculate = statistic(self.stat)
        assert calculate is not None, "checked when it was asked for"
        points = store.periods(
            self.metric,
            start=start,
            end=end,
            period=self.period,
            now=now,
            unit=self.unit,
            finest=finest,
        )
        series: Series = {}
        for point in points:
            value = calculate(point.samples)
            if value is not None:
                series.setdefault(point.start, value)
        return series


@dataclass(frozen=True)
class MetricQuery:
    """A metric's statistic or an expression over others, known by its id."""

    id: str
    stat: MetricStat | None
    expression: str | None
    label: str | None
    returned: bool
    period: int | None


def metric_stat(members: Members, where: str) -> MetricStat:
    """Read a MetricStat.

    Raises:
        Refusal: InvalidParameterValue.
    """
    check_period(members["Period"], f"{where}.Period")
    if statistic(members["Stat"]) is None:
        raise errors.invalid(
            f"The value {members['Stat']} for parameter {where}.Stat is not supported."
        )
    return MetricStat(
        metric(members["Metric"]),
        members["Stat"],
        members["Period"],
        members.get("Unit"),
    )


def parse_queries(given: Sequence[Members], parameter: str) -> tuple[MetricQuery, ...]:
    """Read the queries of a request's parameter.

    Raises:
        Refusal: ValidationError, InvalidParameterValue.
    """
    queries = []
    for number, members in enumerate(given, 1):
        where = f"{parameter}.member.{number}"
        if not _ID.fullmatch(members["Id"]):
            raise errors.validation(
                f"The value {members['Id']} for parameter {where}.Id is invalid: it"
                " must begin with a lowercase letter and have letters, numbers and"
                " underscores only."
            )
        if "AccountId" in members:
            raise errors.unmodelled("metrics of other accounts (AccountId)")
        stat, expression = members.get("MetricStat"), members.get("Expression")
        if stat is None and expression is None:
            raise errors.validation(f"The parameter {where}.MetricStat is required.\n")
        if stat is not None and expression is not None:
            raise errors.validation(
                f"The parameters {where}.MetricStat and {where}.Expression are mutually"
                " exclusive and you have specified both."
            )
        queries.append(
            MetricQuery(
                members["Id"],
                None if stat is None else metric_stat(stat, f"{where}.MetricStat"),
                expression,
                members.get("Label"),
                members.get("ReturnData", True),
                members.get("Period"),
            )
        )
    ids = [query.id for query in queries]
    if len(set(ids)) < len(ids):
        raise errors.validation(f"The values of Id in {parameter} must be unique.")
    return tuple(queries)
