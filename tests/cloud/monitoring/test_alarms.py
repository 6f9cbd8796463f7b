"""Alarms on the lab's clock."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.cloud.monitoring.conftest import Watch


def test_a_new_alarm_has_insufficient_data(watch: Watch) -> None:
    """moto starts in OK; CloudWatch says that it hasn't looked yet."""
    watch.alarm()
    alarm = watch.described()
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"


def test_three_errors_in_five_minutes(watch: Watch) -> None:
    """Two errors are OK, a third within five minutes alarms, and it ends again."""
    watch.to_minute()
    watch.alarm(TreatMissingData="notBreaching")
    watch.put(1, 1)
    watch.clock.advance(60)
    assert watch.state() == "OK"
    watch.put(1)
    watch.clock.advance(60)
    assert watch.state() == "ALARM"
    watch.clock.advance(3600)
    assert watch.state() == "OK"


def test_a_burst_alarms_once(watch: Watch) -> None:
    """Data of a single minute is seen until it has left the evaluation range."""
    watch.to_minute()
    watch.alarm(TreatMissingData="notBreaching")
    watch.put(1, 1, 1)
    watch.clock.advance(15 * 60)
    assert watch.transitions() == ["ALARM"]
    watch.clock.advance(60)
    assert watch.transitions() == ["ALARM", "OK"]


def test_old_data_is_evaluated_again(watch: Watch) -> None:
    """Where nothing new came, older windows decide, and may alarm a second time.

    The user guide: "alarms might repeatedly re-evaluate the last set of data points".
    """
    watch.to_minute()
    watch.alarm(TreatMissingData="notBreaching")
    watch.put(1, 1)
    watch.clock.advance(60)
    watch.put(1)
    watch.clock.advance(6 * 60)
    assert watch.transitions() == ["OK", "ALARM", "OK", "ALARM"]


def test_errors_spread_over_six_minutes(watch: Watch) -> None:
    """Three errors of which no five minutes hold all don't alarm."""
    watch.to_minute()
    watch.alarm(TreatMissingData="notBreaching")
    watch.put(1)
    watch.clock.advance(180)
    watch.put(1)
    watch.clock.advance(150)
    watch.put(1)
    watch.clock.advance(3600)
    assert watch.transitions() == ["OK"]


def test_windows_slide(watch: Watch) -> None:
    """Five minutes are any five, not those between two marks of the clock."""
    watch.to_minute()
    while int(time.time()) // 60 % 5 != 4:
        watch.clock.advance(60)
    watch.alarm()
    watch.put(1, 1)
    watch.clock.advance(60)
    watch.put(1)
    watch.clock.advance(60)
    assert watch.state() == "ALARM"


def test_the_reason_and_its_data(watch: Watch) -> None:
    """The reason names values and times, and its data what was evaluated."""
    watch.to_minute()
    watch.alarm(Period=60, Threshold=2.5)
    watch.put(3)
    minute = int(time.time()) // 60 * 60
    watch.clock.advance(60)
    alarm = watch.described()
    shown = time.strftime("%d/%m/%y %H:%M:%S", time.gmtime(minute))
    assert alarm["StateReason"] == (
        f"Threshold Crossed: 1 datapoint [3.0 ({shown})] was greater than or equal to"
        " the threshold (2.5)."
    )
    data = json.loads(alarm["StateReasonData"])
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(minute))
    assert data["startDate"] == stamp
    assert (data["statistic"], data["period"], data["threshold"]) == ("Sum", 60, 2.5)
    assert data["recentDatapoints"] == [3.0]
    assert data["evaluatedDatapoints"] == [
        {"timestamp": stamp, "sampleCount": 1.0, "value": 3.0}
    ]


def test_m_out_of_n(watch: Watch) -> None:
    """With DatapointsToAlarm the reason counts, and says how many are needed."""
    watch.to_minute()
    watch.alarm(Period=60, EvaluationPeriods=3, DatapointsToAlarm=2)
    for value in (5, 1, 4):
        watch.put(value)
        watch.clock.advance(60)
    reason = watch.described()["StateReason"]
    assert reason.startswith("Threshold Crossed: 2 out of the last 3 datapoints [4.0 (")
    assert reason.endswith(
        ")] were greater than or equal to the threshold (3.0) (minimum 2 datapoints for"
        " OK -> ALARM transition)."
    )


@pytest.mark.parametrize(
    ("treatment", "state", "reason"),
    [
        ("missing", "INSUFFICIENT_DATA", "Insufficient Data: 1 datapoint was unknown."),
        (
            "breaching",
            "ALARM",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing"
            " datapoint was treated as [Breaching].",
        ),
        (
            "notBreaching",
            "OK",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing"
            " datapoint was treated as [NonBreaching].",
        ),
    ],
)
def test_data_that_stops(watch: Watch, treatment: str, state: str, reason: str) -> None:
    """Missing data is treated as asked, once data has left the evaluation range."""
    watch.to_minute()
    watch.alarm(Period=60, TreatMissingData=treatment)
    watch.put(0 if state == "ALARM" else 9)
    watch.clock.advance(60)
    before = watch.state()
    assert before != state
    watch.clock.advance(2 * 60)
    assert watch.state() == before
    watch.clock.advance(60)
    alarm = watch.described()
    assert (alarm["StateValue"], alarm["StateReason"]) == (state, reason)


def test_data_that_is_filled_up(watch: Watch) -> None:
    """A reason counts what was received, and what stands for the rest."""
    watch.to_minute()
    watch.alarm(Period=60, EvaluationPeriods=2, TreatMissingData="breaching")
    watch.put(9)
    watch.clock.advance(60)
    reason = watch.described()["StateReason"]
    assert reason.startswith("Threshold Crossed: 1 datapoint [9.0 (")
    assert reason.endswith(
        ")] was greater than or equal to the threshold (3.0) and 1 missing datapoint"
        " was treated as [Breaching]."
    )


def test_ignored_data_keeps_the_state(watch: Watch) -> None:
    """With ignore, an alarm stays as it is for as long as nothing comes."""
    watch.to_minute()
    watch.alarm(Period=60, TreatMissingData="ignore")
    watch.put(9)
    watch.clock.advance(86_400)
    assert watch.state() == "ALARM"


def test_dynamodb_alarms_always_ignore_missing_data(watch: Watch) -> None:
    """An alarm on AWS/DynamoDB stays as it is, whatever it was asked."""
    watch.alarm(
        Namespace="AWS/DynamoDB",
        MetricName="ThrottledRequests",
        TreatMissingData="breaching",
    )
    watch.clock.advance(3600)
    assert watch.state() == "INSUFFICIENT_DATA"


def test_a_quiet_alarm_waits_for_nothing(watch: Watch) -> None:
    """Over a metric without data an alarm has one evaluation, and no more."""
    watch.alarm(TreatMissingData="notBreaching")
    watch.clock.advance(120)
    assert watch.clock.next_due() is None
    watch.clock.advance(10 * 86_400)
    assert watch.transitions() == ["OK"]


def test_a_percentile_alarm(watch: Watch) -> None:
    """An alarm on p90 compares the percentile, not the largest value."""
    watch.to_minute()
    watch.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Studio",
        MetricName="Errors",
        ExtendedStatistic="p90",
        Period=60,
        EvaluationPeriods=1,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
    )
    watch.put(*[10] * 9, 100)
    watch.clock.advance(60)
    assert watch.state() == "OK"
    watch.put(*[10] * 8, 100, 100)
    watch.clock.advance(60)
    assert watch.state() == "ALARM"


def test_a_state_set_by_hand(watch: Watch) -> None:
    """It acts, and lasts until the next evaluation."""
    watch.to_minute()
    watch.alarm(Period=60, TreatMissingData="notBreaching")
    watch.clock.advance(60)
    watch.cloudwatch.set_alarm_state(
        AlarmName="errors", StateValue="ALARM", StateReason="a drill"
    )
    assert watch.described()["StateReason"] == "a drill"
    watch.clock.advance(60)
    assert watch.transitions() == ["OK", "ALARM", "OK"]


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        (
            {"Period": 45},
            "InvalidParameterValue",
            "The parameter Metric.Period must be 1, 5, 10, 20, 30, or a multiple of",
        ),
        (
            {"Period": 5},
            "ValidationError",
            "Period must be 10, 20, 30 or a multiple of",
        ),
        (
            {"EvaluationPeriods": 400},
            "ValidationError",
            "Metrics cannot be checked across more than a day (EvaluationPeriods *"
            " Period must be <= 86400).",
        ),
        ({"DatapointsToAlarm": 2}, "ValidationError", "DatapointsToAlarm must be"),
        (
            {"TreatMissingData": "good"},
            "ValidationError",
            "Option good is not supported",
        ),
        ({"AlarmActions": ["mail"]}, "ValidationError", "Invalid arn syntax: mail"),
        (
            {"ExtendedStatistic": "p99"},
            "InvalidParameterCombination",
            "Exactly one of the parameters Statistic and ExtendedStatistic must be",
        ),
        (
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            "InvalidParameterValue",
            "The local cloud doesn't model anomaly detection",
        ),
        (
            {"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}},
            "InvalidParameterValue",
            "The local cloud doesn't model wall clock windows",
        ),
    ],
)
def test_what_an_alarm_cannot_be(
    watch: Watch, settings: dict[str, object], code: str, message: str
) -> None:
    """Settings that make no sense, or aren't modelled, are refused."""
    with pytest.raises(ClientError) as refused:
        watch.alarm(**settings)
    assert refused.value.response["Error"]["Code"] == code
    assert message in refused.value.response["Error"]["Message"]
