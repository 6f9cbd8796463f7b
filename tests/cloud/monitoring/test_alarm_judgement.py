"""Alarm states with missing data, by the tables of the CloudWatch user guide."""

from __future__ import annotations

import pytest

from grader.cloud.monitoring.alarm_judgement import judge

STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA", "=": None}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(
    ("points", "datapoints_to_alarm", "filled", "states"),
    [
        ("0-X-X", 3, 0, "OOOO"),
        ("0----", 3, 2, "OOOO"),
        ("-----", 3, 3, "I=AO"),
        ("0XX-X", 3, 0, "AAAA"),
        ("--X--", 3, 2, "A=AO"),
        ("----X", 3, 2, "I=AO"),
        ("---X-", 3, 2, "I=AO"),
        ("0-X-X", 2, 0, "AAAA"),
        ("00X0X", 2, 0, "AAAA"),
        ("0-X--", 2, 1, "OOAO"),
        ("----0", 2, 2, "OOAO"),
        ("---X-", 2, 2, "A=AO"),
        ("----X", 2, 2, "I=AO"),
    ],
)
def test_the_tables(
    points: str, datapoints_to_alarm: int, filled: int, states: str
) -> None:
    """Three periods of a range of five are evaluated, filled up as seldom as can be."""
    breaching = [{"0": False, "X": True, "-": None}[one] for one in points]
    for treatment, state in zip(TREATMENTS, states, strict=True):
        judgement = judge(
            breaching,
            evaluation_periods=3,
            datapoints_to_alarm=datapoints_to_alarm,
            missing=treatment,
        )
        assert (judgement.state, judgement.filled) == (STATES[state], filled), treatment
