"""Rate, burst and quota limits, in lab time."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Lock

PERIODS = ("DAY", "WEEK", "MONTH")


class Throttle:
    """A token bucket: ``rate`` requests per second, ``burst`` at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: dict[str, tuple[float, float]] = {}

    def admits(self, key: str, *, rate: float | None, burst: float | None) -> bool:
        """Take a token from the key's bucket; say whether there was one."""
        if rate is None and burst is None:
            return True
        size = burst if burst is not None else max(rate or 0.0, 1.0)
        now = time.time()
        with self._lock:
            tokens, since = self._tokens.get(key, (size, now))
            tokens = min(size, tokens + max(now - since, 0.0) * (rate or 0.0))
            admitted = tokens >= 1.0
            self._tokens[key] = (tokens - 1.0 if admitted else tokens, now)
        return admitted


def today() -> date:
    """Return the day that it is in UTC, by which quotas are counted."""
    return datetime.fromtimestamp(time.time(), UTC).date()


def first_day(period: str, day: date) -> date:
    """Return the first day of the period that a day is in; weeks begin on Mondays."""
    if period == "WEEK":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "MONTH" else day


class Quota:
    """Requests counted per day, week or month, as usage plans do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._days: dict[str, Counter[date]] = {}
        # What somebody gave above the limit, by the first day of the period.
        self._extensions: dict[str, Counter[tuple[str, date]]] = {}

    def admits(self, key: str, *, limit: int | None, period: str) -> bool:
        """Count a request unless the key's period is used up; say which it was."""
        with self._lock:
            day = today()
            if limit is not None and self._left(key, limit, period, day) <= 0:
                return False
            self._days.setdefault(key, Counter())[day] += 1
            return True

    def used(self, key: str, day: date) -> int:
        """Return the requests counted on a day."""
        with self._lock:
            return self._days.get(key, Counter())[day]

    def left(self, key: str, day: date, *, limit: int, period: str) -> int:
        """Return how many requests the period still had at the end of a day."""
        with self._lock:
            return max(0, self._left(key, limit, period, day))

    def extend(self, key: str, left: int, *, limit: int, period: str) -> None:
        """Leave so many requests for the rest of the present period."""
        with self._lock:
            now = today()
            more = left - self._left(key, limit, period, now)
            place = period, first_day(period, now)
            self._extensions.setdefault(key, Counter())[place] += more

    def _left(self, key: str, limit: int, period: str, day: date) -> int:
        first = first_day(period, day)
        counts = self._days.get(key, Counter())
        used = sum(count for one, count in counts.items() if first <= one <= day)
        return limit - used + self._extensions.get(key, Counter())[period, first]
