"""How much was used: counters by account, month and meter."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fractions import Fraction

HOUR = 3600


def month_of(moment: float) -> str:
    """Return the month of a moment (epoch seconds), in UTC: ``2026-11``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")


def hours_in(month: str) -> int:
    """Return how many hours a month has."""
    year, number = map(int, month.split("-"))
    first = datetime(year, number, 1, tzinfo=UTC)
    next_first = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int((next_first - first).total_seconds()) // HOUR


def months_of_hours(begin: float, end: float) -> Iterable[tuple[str, int]]:
    """Say how many of the full hours between two of them lie in which month.

    An hour belongs to the month in which it begins.
    """
    while begin < end:
        month = month_of(begin)
        year, number = map(int, month.split("-"))
        following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
        upto = min(end, following.timestamp())
        yield month, int(upto - begin) // HOUR
        begin = upto


class Usage:
    """Adds up amounts; a meter's name says of what."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        # The month is worked out anew only when it may have changed.
        self._month, self._hour = "", -1

    def add(self, account: str, meter: str, amount: int | Fraction) -> None:
        """Add to what an account used this month."""
        hour = int(time.time()) // HOUR
        with self._lock:
            if hour != self._hour:
                self._month, self._hour = month_of(hour * HOUR), hour
            self._add(account, self._month, meter, amount)

    def add_in(self, month: str, account: str, meter: str, amount: int) -> None:
        """Add to what an account used in a given month."""
        with self._lock:
            self._add(account, month, meter, amount)

    def _add(
        self, account: str, month: str, meter: str, amount: int | Fraction
    ) -> None:
        counts = self._counts.get((account, month))
        if counts is None:
            counts = self._counts[account, month] = Counter()
        # Fractions are whole most of the time; a counter's values may be either.
        counts[meter] += amount  # type: ignore[assignment]

    def of(self, account: str, month: str) -> Mapping[str, int | Fraction]:
        """Return what was used, by meter."""
        with self._lock:
            return dict(self._counts.get((account, month), {}))

    def months(self, account: str) -> list[str]:
        """Return the months in which an account used anything."""
        with self._lock:
            return sorted(month for one, month in self._counts if one == account)
