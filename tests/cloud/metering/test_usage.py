from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grader.cloud.metering.usage import Usage, hours_in, month_of, months_of_hours

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("month", "hours"),
    [("2026-11", 720), ("2026-12", 744), ("2027-02", 672), ("2028-02", 696)],
)
def test_months_have_their_own_lengths(month: str, hours: int) -> None:
    """What is priced by the month is priced by that month's hours."""
    assert hours_in(month) == hours


def test_a_month_begins_at_midnight_utc() -> None:
    """The last moment of a year isn't billed in the next."""
    assert (month_of(NEW_YEAR - 0.001), month_of(NEW_YEAR)) == ("2026-12", "2027-01")


def test_hours_are_shared_out_among_months() -> None:
    """Hours that pass at once lie in the months in which each began."""
    months = months_of_hours(NEW_YEAR - 2 * 3600, NEW_YEAR + (744 + 3) * 3600)
    assert list(months) == [("2026-12", 2), ("2027-01", 744), ("2027-02", 3)]


def test_no_hours_are_in_no_month() -> None:
    """Nothing passed: nothing is said."""
    assert list(months_of_hours(NEW_YEAR, NEW_YEAR)) == []


def test_accounts_and_months_are_counted_apart() -> None:
    """An amount adds up where account, month and meter are the same."""
    usage = Usage()
    for account in ("one", "one", "other"):
        usage.add_in("2026-11", account, "sqs.requests", 2)
    usage.add_in("2026-12", "one", "sqs.requests", 1)
    assert usage.of("one", "2026-11") == {"sqs.requests": 4}
    assert usage.of("other", "2026-11") == {"sqs.requests": 2}
    assert (usage.months("one"), usage.months("other")) == (
        ["2026-11", "2026-12"],
        ["2026-11"],
    )
    assert usage.of("nobody", "2026-11") == {}
