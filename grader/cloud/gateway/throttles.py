"""Rate, burst and quota limits, in lab time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock


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


class Quota:
    """Requests counted per day, week or month, as usage plans do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._days: dict[str, dict[str, int]] = {}

    def admits(self, key: str, *, limit: int | None, period: str | None) -> bool:
        """Count a request unless the key's period is used up; say which it was."""
        today = datetime.fromtimestamp(time.time(), UTC).date()
        first = {
            "WEEK": today - timedelta(days=today.weekday()),
            "MONTH": today.replace(day=1),
        }.get(period or "DAY", today)
        with self._lock:
            days = self._days.setdefault(key, {})
            used = sum(count for day, count in days.items() if day >= first.isoformat())
            if limit is not None and used >= limit:
                return False
            days[today.isoformat()] = days.get(today.isoformat(), 0) + 1
            return True

    def used(self, key: str) -> dict[str, int]:
        """Return the requests counted, by ISO date."""
        with self._lock:
            return dict(self._days.get(key, {}))
