"""GetMetricData."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.cloud.monitoring.conftest import Watch


def query(name: str, *, metric: str = "Errors", **members: Any) -> dict[str, Any]:
    stat = {
        "Metric": {"Namespace": "Studio", "MetricName": metric},
        "Period": 60,
        "Stat": "Sum",
    }
    return {"Id": name, "MetricStat": stat, **members}


def data(watch: Watch, *queries: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    answer: dict[str, Any] = watch.cloudwatch.get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        **wanted,
    )
    return answer


def put_minutes(watch: Watch, *values: float) -> None:
    watch.to_minute()
    for value in values:
        watch.put(value)
        watch.clock.advance(60)


def test_the_newest_come_first(watch: Watch) -> None:
    """Unless ScanBy says otherwise, as many timestamps as values."""
    put_minutes(watch, 1, 2, 3)
    (result,) = data(watch, query("m1"))["MetricDataResults"]
    assert result["Values"] == [3, 2, 1]
    assert len(result["Timestamps"]) == 3
    assert (result["Label"], result["StatusCode"]) == ("Errors", "Complete")
    (result,) = data(watch, query("m1"), ScanBy="TimestampAscending")[
        "MetricDataResults"
    ]
    assert result["Values"] == [1, 2, 3]


def test_an_expression_over_hidden_metrics(watch: Watch) -> None:
    """Metrics that aren't returned can still be calculated with."""
    put_minutes(watch, 1, 2)
    results = data(
        watch,
        query("errors", ReturnData=False),
        {"Id": "e1", "Expression": "errors * 100", "Label": "Percent"},
    )["MetricDataResults"]
    assert [(one["Id"], one["Label"], one["Values"]) for one in results] == [
        ("e1", "Percent", [200, 100])
    ]


def test_an_expression_of_several_series(watch: Watch) -> None:
    """An array comes as one result for each series, labelled with its metric."""
    put_minutes(watch, 1)
    watch.put(5, name="Latency")
    results = data(
        watch,
        query("m1", ReturnData=False),
        query("m2", metric="Latency", ReturnData=False),
        {"Id": "e1", "Expression": "METRICS() * 2"},
    )["MetricDataResults"]
    assert [(one["Label"], one["Values"]) for one in results] == [
        ("e1 Errors", [2]),
        ("e1 Latency", [10]),
    ]


def test_pages_of_data_points(watch: Watch) -> None:
    """The last result of a page that isn't all of it says so."""
    put_minutes(watch, 1, 2, 3)
    first = data(watch, query("m1"), MaxDatapoints=2)
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData"
    second = data(watch, query("m1"), MaxDatapoints=2, NextToken=first["NextToken"])
    values = [page["MetricDataResults"][0]["Values"] for page in (first, second)]
    assert values == [[3, 2], [1]]
    assert "NextToken" not in second


def test_a_metric_without_data(watch: Watch) -> None:
    """It has a result, and nothing in it."""
    (result,) = data(watch, query("m1"))["MetricDataResults"]
    assert (result["Values"], result["StatusCode"]) == ([], "Complete")


@pytest.mark.parametrize(
    ("queries", "code", "message"),
    [
        ([{"Id": "m1"}], "ValidationError", "MetricDataQueries.member.1.MetricStat"),
        ([query("m1"), query("m1")], "ValidationError", "must be unique"),
        ([query("M1")], "ValidationError", "must begin with a lowercase letter"),
        (
            [{"Id": "e1", "Expression": "m1"}],
            "ValidationError",
            "Unrecognized identifier 'm1'",
        ),
        (
            [query("m1", Label="${LAST}")],
            "InvalidParameterValue",
            "doesn't model dynamic labels",
        ),
    ],
)
def test_refused_queries(
    watch: Watch, queries: list[dict[str, Any]], code: str, message: str
) -> None:
    """Queries that name nothing, or each other's names, are refused."""
    with pytest.raises(ClientError) as refused:
        data(watch, *queries)
    assert refused.value.response["Error"]["Code"] == code
    assert message in refused.value.response["Error"]["Message"]
