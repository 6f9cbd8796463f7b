"""Statistics by name, over known samples."""

from __future__ import annotations

import pytest

from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.statistics import statistic


def samples(*values: float) -> Distribution:
    made = Distribution()
    for value in values:
        made.add(value)
    return made


ONE_TO_TEN = samples(*range(1, 11))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("SampleCount", 10),
        ("p0", 1),
        ("p50", 5),
        ("p90", 9),
        ("p90.1", 10),
        ("p99.99", 10),
        ("p100", 10),
        ("tm90", 5),
        ("TM(10%:90%)", 5.5),
        ("TM(:3)", 2),
        ("TM(8:)", 9.5),
        ("IQM", 5.5),
        ("tc90", 9),
        ("TC(2:5)", 3),
        ("ts90", 45),
        ("TS(80%:)", 19),
        ("wm80", (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 8 + 8) / 10),
        ("WM(:5)", (1 + 2 + 3 + 4 + 5 * 6) / 10),
        ("PR(:3)", 30),
        ("PR(3:5)", 20),
    ],
)
def test_values(name: str, value: float) -> None:
    """Lower bounds are left out, upper ones count; p99 is the largest of the rest."""
    calculate = statistic(name)
    assert calculate is not None
    assert calculate(ONE_TO_TEN) == pytest.approx(value)


@pytest.mark.parametrize(
    "name", ["p101", "p", "P50", "p-1", "Median", "TM(90%:10%)", "PR(1%:2%)", "TM(:)"]
)
def test_names_that_are_none(name: str) -> None:
    """What isn't in the guide is no statistic."""
    assert statistic(name) is None


def test_statistic_sets_hide_their_samples() -> None:
    """A set has sums, but percentiles only where all its samples are equal."""
    hidden, equal = Distribution(), Distribution()
    hidden.add_set(count=2, total=5, minimum=1, maximum=4)
    equal.add_set(count=2, total=6, minimum=3, maximum=3)
    average, percentile = statistic("Average"), statistic("p50")
    assert average is not None and percentile is not None
    assert (average(hidden), percentile(hidden)) == (2.5, None)
    assert (average(equal), percentile(equal)) == (3, 3)


def test_no_percentile_of_negative_values() -> None:
    """CloudWatch has none where any value is below zero."""
    calculate = statistic("p50")
    assert calculate is not None
    assert calculate(samples(-1, 2, 3)) is None
