"""GetMetricData: the results of up to 500 queries, in pages of data points.

moto leaves out periods' ends, percentiles and expressions. Follows "GetMetricData" in
the CloudWatch API reference.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from grader.cloud.monitoring import errors, pages
from grader.cloud.monitoring.expression_values import TimeSeries
from grader.cloud.monitoring.metric_queries import MetricQuery, parse_queries
from grader.cloud.monitoring.metric_store import MetricStore
from grader.cloud.monitoring.moments import epoch, moment
from grader.cloud.monitoring.query_results import QueryResults, check_expressions
from grader.facts import cloudwatch

_QUERIES = cloudwatch.QUERIES_PER_REQUEST.value
_DATAPOINTS = cloudwatch.QUERY_DATAPOINTS.value

Members = Mapping[str, Any]


def get(store: MetricStore, members: Members) -> dict[str, Any]:
    """Answer GetMetricData.

    Raises:
        Refusal: ValidationError, InvalidParameterValue, InvalidNextToken.
    """
    given = members["MetricDataQueries"]
    if len(given) > _QUERIES:
        raise errors.validation(
            "The collection MetricDataQueries must not have a size greater than"
            f" {_QUERIES}."
        )
    if "LabelOptions" in members:
        raise errors.unmodelled("time zones of labels (LabelOptions)")
    start, end = epoch(members["StartTime"]), epoch(members["EndTime"])
    if start == end:
        raise errors.validation(
            "The parameter StartTime must not equal parameter EndTime."
        )
    if start > end:
        raise errors.validation("The parameter EndTime must be greater than StartTime.")
    queries = parse_queries(given, "MetricDataQueries")
    for query in queries:
        if "${" in (query.label or ""):
            raise errors.unmodelled("dynamic labels (Label)")
    check_expressions(queries)
    results = QueryResults(queries, store, start=start, end=end, now=time.time())
    ascending = members.get("ScanBy") == "TimestampAscending"
    series = []
    for query in queries:
        if query.returned:
            found = results.of(query)
            series += [(query, _labelled(query, one, len(found))) for one in found]
    return _paged(series, members, ascending=ascending)


def _labelled(query: MetricQuery, one: TimeSeries, count: int) -> TimeSeries:
    """Name a series by its expression, with its metric too if there are several."""
    if query.expression is None:
        return one
    label = query.label if query.label is not None else query.id
    if count > 1:
        label = f"{label} {one.label}".strip()
    return TimeSeries(one.values, label, one.period)


def _paged(
    series: list[tuple[MetricQuery, TimeSeries]], members: Members, *, ascending: bool
) -> dict[str, Any]:
    """Answer with as many data points as are wanted, the rest by a token."""
    points = [
        (place, time)
        for place, (_, one) in enumerate(series)
        for time in sorted(one.values, reverse=not ascending)
    ]
    size = members.get("MaxDatapoints") or _DATAPOINTS
    page, token = pages.page(points, size, members.get("NextToken"))
    times: dict[int, list[int]] = {}
    for place, at in page:
        times.setdefault(place, []).append(at)
    told = [
        _result(query, one, times.get(place, []))
        for place, (query, one) in enumerate(series)
        if place in times or not one.values
    ]
    answer: dict[str, Any] = {"MetricDataResults": told, "Messages": []}
    if token:
        answer["NextToken"] = token
        if told:
            told[-1]["StatusCode"] = "PartialData"
    return answer


def _result(query: MetricQuery, one: TimeSeries, times: list[int]) -> dict[str, Any]:
    return {
        "Id": query.id,
        "Label": one.label,
        "Timestamps": [moment(at) for at in times],
        "Values": [one.values[at] for at in times],
        "StatusCode": "Complete",
    }
