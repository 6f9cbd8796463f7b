"""How often API destinations are called: so many times in a second of lab time."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from grader.facts import eventbridge


class Postponed(Exception):
    """An invocation has to wait for its turn, until a moment of lab time."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until}")
        self.until = until


class Rates:
    """Counts the invocations of each destination, second by second."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    def take(self, destination: str, rate: int | None) -> None:
        """Take one of the invocations that this second has.

        Raises:
            Postponed: to the next second.
        """
        second = math.floor(self._now())
        with self._lock:
            counted, taken = self._counts.get(destination, (second, 0))
            if counted != second:
                taken = 0
            if taken >= (rate or eventbridge.API_DESTINATION_RATE.value):
                raise Postponed(second + 1)
            self._counts[destination] = (second, taken + 1)
