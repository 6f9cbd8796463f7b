from datetime import datetime, timedelta

import pytest

from grader.errors import WrongUse
from grader.lab.durations import moment, seconds


@pytest.mark.parametrize(
    ("span", "length"),
    [
        ("14 days", 14 * 86400),
        ("1 day", 86400),
        ("2 hours 30 minutes", 9000),
        ("1 hour, 1 min and 1 s", 3661),
        ("1.5 weeks", 1.5 * 7 * 86400),
        ("500 ms", 0.5),
        (90, 90),
        (timedelta(minutes=3), 180),
    ],
)
def test_a_span_is_read_as_people_write_it(span: object, length: float) -> None:
    """Words, numbers of seconds and timedeltas are spans."""
    assert seconds(span) == length  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "span", ["", "soon", "5", "14 moons", "-3 days", -1, float("nan"), None, True]
)
def test_what_is_no_span_is_refused(span: object) -> None:
    """An unknown unit, a bare number in quotes and time backwards are refused."""
    with pytest.raises(WrongUse):
        seconds(span)  # type: ignore[arg-type]


def test_a_moment_is_read_in_its_time_zone() -> None:
    """08:00 in London in summer is 07:00 UTC."""
    london = moment("2026-07-01T08:00", "Europe/London")
    assert london == moment("2026-07-01T07:00")


def test_an_offset_in_the_text_wins() -> None:
    """A moment that names its offset isn't moved to the time zone given."""
    assert moment("2026-07-01T08:00+02:00", "Asia/Tokyo") == moment("2026-07-01T06:00")


@pytest.mark.parametrize(
    ("when", "zone"), [("tomorrow", "UTC"), ("2026-01-01", "Mars/Base")]
)
def test_what_is_no_moment_is_refused(when: str, zone: str) -> None:
    """Neither a text without a date nor an unknown zone is guessed at."""
    with pytest.raises(WrongUse):
        moment(when, zone)


def test_a_datetime_is_a_moment() -> None:
    """A datetime object is taken as it is."""
    assert moment(datetime(2026, 7, 1), "UTC") == moment("2026-07-01")
