"""Observations that wait to become data of metrics, so that taking one costs little."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.metric_store import MINUTE

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_MOST = 1000


class Backlog(Generic[T]):
    """Keeps observations until somebody reads metrics, or there are many of them.

    ``put`` makes data of them; ``watched`` says whether an alarm waits for such data,
    which then is put at once.
    """

    def __init__(
        self, put: Callable[[list[T]], None], watched: Callable[[], bool]
    ) -> None:
        self._put = put
        self._watched = watched
        self._waiting: deque[T] = deque()
        self._putting = threading.Lock()

    def note(self, observation: T) -> None:
        """Take an observation."""
        self._waiting.append(observation)
        if len(self._waiting) >= _MOST or self._watched():
            self.flush()

    def flush(self) -> None:
        """Make data of what waits."""
        if not self._waiting:
            return
        with self._putting:
            taken = []
            while self._waiting:
                taken.append(self._waiting.popleft())
            if taken:
                self._put(taken)


def by_minute(
    observations: Iterable[T], key: Callable[[T], K], at: Callable[[T], float]
) -> dict[tuple[K, float], list[T]]:
    """Put observations of one kind and one minute together: most are alike."""
    groups: dict[tuple[K, float], list[T]] = defaultdict(list)
    for one in observations:
        groups[key(one), at(one) // MINUTE * MINUTE].append(one)
    return groups


def samples(values: Iterable[float]) -> Distribution:
    """Make a distribution of values."""
    made = Distribution()
    for value in values:
        made.add(value)
    return made
