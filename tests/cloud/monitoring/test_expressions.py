"""Metric math, by the examples of "Using metric math" in the CloudWatch user guide."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.monitoring.errors import Refusal
from grader.cloud.monitoring.metric_queries import parse_queries
from grader.cloud.monitoring.metric_store import MetricStore
from grader.cloud.monitoring.metrics import Metric
from grader.cloud.monitoring.query_results import QueryResults, check_expressions

START = 1_700_000_040
SERIES: dict[str, list[float | None]] = {
    "m1": [30, 20, 0, 0],
    "m2": [20, None, 20, None],
    "m3": [None, 4, None, 16],
    "errors": [1, 0, 3, 0],
    "requests": [10, 0, 4, None],
}


def evaluate(expression: str) -> list[list[float | None]]:
    """Evaluate over ``SERIES``, a value a minute."""
    store = MetricStore(lambda _: None, lambda: None)
    members: list[dict[str, Any]] = []
    for name, values in SERIES.items():
        for place, value in enumerate(values):
            if value is not None:
                store.record(
                    Metric("Studio", name), value, at=START + place * 60, unit="None"
                )
        members.append(
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {"Namespace": "Studio", "MetricName": name},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
        )
    members.append({"Id": "e1", "Expression": expression})
    queries = parse_queries(members, "MetricDataQueries")
    check_expressions(queries)
    results = QueryResults(
        queries, store, start=START, end=START + 240, now=START + 240
    )
    return [
        [one.values.get(START + place * 60) for place in range(4)]
        for one in results.of(queries[-1])
    ]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m1 + m2", [50, 20, 20, 0]),
        ("m1 - m2 * 2", [-10, 20, -40, 0]),
        ("(m1 - m2) * 2", [20, 40, -40, 0]),
        ("-m1 ^ 2", [-900, -400, 0, 0]),
        ("2 ^ 3 ^ 0 * m1", [60, 40, 0, 0]),
        ("100 * errors / requests", [10, None, 75, None]),
        ("m1 < m2", [0, 0, 1, 0]),
        ("m1 >= 30", [1, 0, 0, 0]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
        ("m1 > 25 || m2 > 15", [1, 0, 1, 0]),
        ("SUM([m1, m2])", [50, 20, 20, 0]),
        ("AVG([m1, m2])", [25, 10, 10, 0]),
        ("MAX([m1, m2])", [30, 20, 20, 0]),
        ('SUM(METRICS("re")) + 0 * m1', [10, 0, 4, 0]),
        ("m1 - AVG(m1)", [17.5, 7.5, -12.5, -12.5]),
        ("m1 / PERIOD(m1) * 60", [30, 20, 0, 0]),
        ("FILL(m2, 0)", [20, 0, 20, 0]),
        ("FILL(m2, REPEAT)", [20, 20, 20, 20]),
        ("FILL(m3, LINEAR)", [None, 4, 10, 16]),
        ("FILL(m2, m1)", [20, 20, 20, 0]),
        ("IF(m1 > 10, 1, 0)", [1, 1, 0, 0]),
        ("IF(m1 > 10, m2, m3)", [20, 0, None, 16]),
        ("IF(m1 < 10, m1)", [None, None, 0, 0]),
        ("RATE(m1) * 60", [None, -10, -20, 0]),
        ("DIFF(errors)", [None, -1, 3, -3]),
        ("DIFF_TIME(m3)", [None, None, None, 120]),
        ("RUNNING_SUM(errors)", [1, 1, 4, 4]),
        ("CEIL(m3 / 3)", [None, 2, None, 6]),
        ("FLOOR(m3 / 3)", [None, 1, None, 5]),
        ("ABS(m2 - m1)", [10, 20, 20, 0]),
        ("LOG10(m2 * 5)", [2, None, 2, None]),
        ("FIRST(SORT([m1, errors], SUM, ASC))", [1, 0, 3, 0]),
        ("TIME_SERIES(MAX(m1))", [30, 30, 30, 30]),
        ("MINUTE(m1) - MINUTE(m1)", [0, 0, 0, 0]),
        ("m1 / DATAPOINT_COUNT(m2)", [15, 10, 0, 0]),
        ("m1 / METRIC_COUNT(METRICS())", [6, 4, 0, 0]),
    ],
)
def test_values(expression: str, values: list[float | None]) -> None:
    """Missing values are 0, what divides by 0 is left out, * comes before +."""
    assert evaluate(expression) == [pytest.approx(values)]


def test_arrays() -> None:
    """An operator applies to each series of an array."""
    assert evaluate("SLICE(SORT(METRICS() / 10, SUM, DESC), 0, 2)") == [
        [3, 2, 0, 0],
        [2, None, 2, None],
    ]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "m1 +",
            "Error in expression 'e1': Syntax error: the expression ends too early",
        ),
        ("m1 m2", "Error in expression 'e1': Syntax error: unexpected 'm2'"),
        ("m9 + 1", "Error in expression 'e1': Unrecognized identifier 'm9'"),
        ("MEDIAN(m1)", "Error in expression 'e1': Function 'MEDIAN' not found"),
        ("e1 + 1", "Error in expression 'e1': Expression 'e1' refers to itself"),
        (
            "AVG(m1)",
            "Error in expression 'e1': The result is a scalar, not a time series",
        ),
        (
            "SEARCH('{Studio}', 'Sum')",
            "The local cloud doesn't model search expressions (SEARCH); real AWS does.",
        ),
        (
            "SELECT AVG(m1) FROM Studio",
            "The local cloud doesn't model Metrics Insights queries (SELECT); real AWS"
            " does.",
        ),
        (
            "ANOMALY_DETECTION_BAND(m1)",
            "The local cloud doesn't model anomaly detection (ANOMALY_DETECTION_BAND);"
            " real AWS does.",
        ),
    ],
)
def test_what_cannot_be_evaluated(expression: str, message: str) -> None:
    """Faults name the expression, and what isn't modelled says so."""
    with pytest.raises(Refusal) as refused:
        evaluate(expression)
    assert refused.value.message == message
