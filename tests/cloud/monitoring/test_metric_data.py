"""Putting metric data, and getting statistics of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.cloud.monitoring.conftest import Watch

DAY = 86_400


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def statistics(watch: Watch, *names: str, **wanted: Any) -> list[dict[str, Any]]:
    extended = [name for name in names if name.startswith("p")]
    kind = "ExtendedStatistics" if extended else "Statistics"
    points: list[dict[str, Any]] = watch.cloudwatch.get_metric_statistics(
        **{
            "Namespace": "Studio",
            "MetricName": "Errors",
            "StartTime": time.time() - 3600,
            "EndTime": time.time() + 3600,
            "Period": 3600,
            kind: list(names),
            **wanted,
        }
    )["Datapoints"]
    return sorted(points, key=lambda point: point["Timestamp"])


def test_the_forms_of_data(watch: Watch) -> None:
    """A value, values with counts, and a statistic set add up."""
    watch.cloudwatch.put_metric_data(
        Namespace="Studio",
        MetricData=[
            {"MetricName": "Errors", "Value": 5},
            {"MetricName": "Errors", "Values": [1, 2], "Counts": [3, 1]},
            {
                "MetricName": "Errors",
                "StatisticValues": {
                    "SampleCount": 2,
                    "Sum": 14,
                    "Minimum": 4,
                    "Maximum": 10,
                },
            },
        ],
    )
    names = ("Sum", "SampleCount", "Minimum", "Maximum", "Average")
    (point,) = statistics(watch, *names)
    assert [point[name] for name in names] == [24, 7, 1, 10, 24 / 7]


def test_percentiles(watch: Watch) -> None:
    """moto answers with nothing, or with a 500."""
    watch.put(*range(1, 11))
    (point,) = statistics(watch, "p50", "p99.9")
    assert point["ExtendedStatistics"] == {"p50": 5, "p99.9": 10}


def test_periods_begin_at_the_start_time(watch: Watch) -> None:
    """Rounded down to a minute, the start is where the first period begins."""
    watch.to_minute()
    minute = int(time.time()) // 60 * 60
    watch.put(1)
    watch.clock.advance(120)
    watch.put(2)
    found = statistics(
        watch, "Sum", StartTime=minute - 70, EndTime=minute + 600, Period=120
    )
    assert [
        (point["Timestamp"].timestamp() - minute, point["Sum"]) for point in found
    ] == [
        (0, 1),
        (120, 2),
    ]


def test_each_unit_has_its_own_points(watch: Watch) -> None:
    """Without Unit all units come, apart; with it, one."""
    watch.put(1, Unit="Seconds")
    watch.put(1000, Unit="Milliseconds")
    both = statistics(watch, "Sum")
    assert {(point["Unit"], point["Sum"]) for point in both} == {
        ("Seconds", 1),
        ("Milliseconds", 1000),
    }
    (one,) = statistics(watch, "Sum", Unit="Seconds")
    assert one["Sum"] == 1


def test_dimensions_make_other_metrics(watch: Watch) -> None:
    """A metric with dimensions isn't found without, nor with some of them."""
    one, two = ({"Name": name, "Value": "x"} for name in ("A", "B"))
    watch.put(3, Dimensions=[two, one])
    assert statistics(watch, "Sum") == []
    assert statistics(watch, "Sum", Dimensions=[one]) == []
    assert statistics(watch, "Sum", Dimensions=[one, two])[0]["Sum"] == 3


def test_high_resolution(watch: Watch) -> None:
    """Data of a second's resolution can be had by seconds, for three hours."""
    watch.to_minute(1)
    start = int(time.time()) // 60 * 60
    watch.put(1, StorageResolution=1)
    watch.clock.advance(15)
    watch.put(2, StorageResolution=1)
    wanted = {"StartTime": start, "EndTime": start + 60, "Period": 10}
    assert [point["Sum"] for point in statistics(watch, "Sum", **wanted)] == [1, 2]
    watch.clock.advance(3 * 3600)
    assert statistics(watch, "Sum", **wanted) == []
    assert statistics(watch, "Sum", **{**wanted, "Period": 60})[0]["Sum"] == 3


def test_old_data_has_longer_periods(watch: Watch) -> None:
    """Minutes last for 15 days, five minutes for 63, hours for 455."""
    watch.put(1)
    start = int(time.time()) // 3600 * 3600
    wanted = {"StartTime": start, "EndTime": start + 7200}

    def found(period: int) -> int:
        return len(statistics(watch, "Sum", Period=period, **wanted))

    watch.clock.advance(16 * DAY)
    assert (found(60), found(300)) == (0, 1)
    watch.clock.advance(50 * DAY)
    assert (found(300), found(3600)) == (0, 1)
    watch.clock.advance(400 * DAY)
    assert found(3600) == 0


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        (
            {"Value": 1, "Timestamp": -15 * DAY},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time within the"
            " past two weeks.",
        ),
        (
            {"Value": 1, "Timestamp": 3 * 3600},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time no more"
            " than two hours in the future.",
        ),
        (
            {"Values": list(range(151))},
            "InvalidParameterValue",
            "The collection MetricData.member.1.Values must not have a size greater"
            " than 150.",
        ),
        (
            {"Values": [1, 2], "Counts": [1]},
            "InvalidParameterValue",
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts"
            " must be of the same size.",
        ),
        (
            {"Value": 1, "Values": [2]},
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values"
            " are mutually exclusive and you have specified both.",
        ),
        (
            {"Value": 2.0**361},
            "InvalidParameterValue",
            f"The value {2.0**361} for parameter MetricData.member.1.Value is invalid.",
        ),
        (
            {"Value": 1, "StorageResolution": 10},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.StorageResolution must be 1 or 60.",
        ),
        (
            {
                "Value": 1,
                "Dimensions": [{"Name": f"{n}", "Value": "x"} for n in range(31)],
            },
            "InvalidParameterValue",
            "The collection MetricData.member.1.Dimensions must not have a size greater"
            " than 30.",
        ),
    ],
)
def test_refused_data(
    watch: Watch, datum: dict[str, Any], code: str, message: str
) -> None:
    """Data that CloudWatch doesn't take is refused in its words."""
    if "Timestamp" in datum:
        at = datetime.fromtimestamp(time.time() + datum["Timestamp"], UTC)
        datum = {**datum, "Timestamp": at}
    with pytest.raises(ClientError) as refused:
        watch.cloudwatch.put_metric_data(
            Namespace="Studio", MetricData=[{"MetricName": "Errors", **datum}]
        )
    assert refusal(refused) == (code, message)
    assert statistics(watch, "Sum") == []


def test_all_faults_are_told_at_once(watch: Watch) -> None:
    """One line for each datum that isn't taken; nothing of the request is."""
    old = datetime.fromtimestamp(time.time() - 20 * DAY, UTC)
    with pytest.raises(ClientError) as refused:
        watch.put(1, 2, Timestamp=old)
    assert refusal(refused)[1].count("\n") == 1


def test_namespaces_of_aws(watch: Watch) -> None:
    """Nobody else publishes into AWS/."""
    with pytest.raises(ClientError) as refused:
        watch.cloudwatch.put_metric_data(
            Namespace="AWS/Studio", MetricData=[{"MetricName": "Errors", "Value": 1}]
        )
    assert refusal(refused) == (
        "InvalidParameterValue",
        "The value AWS/ for parameter Namespace is invalid.",
    )


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        (
            {"StartTime": 0, "EndTime": 0},
            "InvalidParameterValue",
            "The parameter StartTime must be less than the parameter EndTime.",
        ),
        (
            {"StartTime": 0, "EndTime": 86_400, "Period": 30},
            "InvalidParameterCombination",
            "You have requested up to 2880 datapoints, which exceeds the limit of 1440."
            " You may reduce the datapoints requested by increasing Period, or"
            " decreasing the time range.",
        ),
        (
            {"Period": 90},
            "InvalidParameterValue",
            "The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.",
        ),
        (
            {"ExtendedStatistics": ["p99"]},
            "InvalidParameterCombination",
            "The parameters Statistics and ExtendedStatistics are mutually exclusive"
            " and you have specified both.",
        ),
    ],
)
def test_refused_statistics(
    watch: Watch, wanted: dict[str, Any], code: str, message: str
) -> None:
    """Ranges and periods that can't be are refused in CloudWatch's words."""
    with pytest.raises(ClientError) as refused:
        statistics(watch, "Sum", **wanted)
    assert refusal(refused) == (code, message)


def test_listing_metrics(watch: Watch) -> None:
    """By namespace, name and some dimensions; for two weeks after the latest data."""
    a, b = ({"Name": name, "Value": "x"} for name in ("A", "B"))
    watch.put(1)
    watch.put(1, Dimensions=[a, b])
    watch.put(1, name="Latency", Dimensions=[a])

    def listed(**wanted: Any) -> list[tuple[str, str]]:
        found = watch.cloudwatch.list_metrics(**wanted)["Metrics"]
        return [
            (one["MetricName"], "".join(d["Name"] for d in one["Dimensions"]))
            for one in found
        ]

    assert listed() == [("Errors", ""), ("Errors", "AB"), ("Latency", "A")]
    assert listed(MetricName="Errors") == [("Errors", ""), ("Errors", "AB")]
    assert listed(Dimensions=[{"Name": "A"}]) == [("Errors", "AB"), ("Latency", "A")]
    assert listed(Dimensions=[b]) == [("Errors", "AB")]
    assert listed(Namespace="Other") == []
    watch.clock.advance(4 * 3600)
    assert listed(RecentlyActive="PT3H") == []
    assert len(listed()) == 3
    watch.clock.advance(14 * DAY)
    assert listed() == []


def test_pages_of_metrics(watch: Watch) -> None:
    """500 metrics come at once."""
    watch.cloudwatch.put_metric_data(
        Namespace="Studio",
        MetricData=[{"MetricName": f"m{n:03}", "Value": 1} for n in range(501)],
    )
    pages = watch.cloudwatch.get_paginator("list_metrics").paginate(Namespace="Studio")
    assert [len(page["Metrics"]) for page in pages] == [500, 1]
