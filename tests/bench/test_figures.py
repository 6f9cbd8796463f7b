"""What samples come down to."""

import pytest

from bench.figures import Figure, Missing, median_of, times_better, written


def figure(value: float) -> Figure:
    return Figure(value, value, value, 1)


def test_median_with_quartiles():
    """A figure is the median; its low and high are the quartiles."""
    reading = median_of([5.0, 1.0, 2.0, 4.0, 3.0])
    assert reading == Figure(3.0, 2.0, 4.0, 5)


def test_one_sample():
    """One sample is its own median and quartiles."""
    assert median_of([7.0]) == figure(7.0)


def test_no_sample_is_missing():
    """Nothing measured is said, not made up."""
    assert median_of([]) == Missing("no sample was taken")


@pytest.mark.parametrize(("higher", "times"), [(False, 4.0), (True, 0.25)])
def test_times_better_follows_the_direction(higher, times):
    """2 against 8 is four times better where less is, a quarter where more is."""
    assert times_better(figure(2), figure(8), higher=higher) == times


def test_no_ratio_to_a_missing_figure():
    """A ratio needs both figures."""
    assert times_better(figure(2), Missing("absent"), higher=False) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.81234, "0.812"), (1.234, "1.23"), (54.26, "54.3"), (1234.5, "1234")],
)
def test_three_digits(value, text):
    """Values have three significant digits, more only before the point."""
    assert written(value) == text
