"""How far a mapping has read a shard: it outlives the mapping's poller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grader.cloud.polling.shards import Shard

# Records looked at in one go.
_MOST = 1_000


@dataclass(eq=False)
class Position:
    """Everything up to ``after`` is finished, and of what comes later, ``done``.

    Only where a shard's records go different ways is something done that isn't next.
    """

    after: int
    done: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: int = 0
    _free: Callable[[], None] | None = None

    def finish(self, numbers: Iterable[int], shard: Shard) -> None:
        """Never read these records again."""
        with self._lock:
            self.done.update(numbers)
            # What is trimmed nobody can read.
            self.after = max(self.after, shard.trimmed)
            while self.done:
                chunk = shard.read(self.after, min(len(self.done) + 1, _MOST))
                for record in chunk:
                    if record.number not in self.done:
                        return
                    self.done.discard(record.number)
                    self.after = record.number
                if not chunk:
                    self.done.clear()

    def begin(self) -> None:
        """Say that a function has records of this shard in hand."""
        with self._lock:
            self._running += 1

    def end(self) -> None:
        """Say that it has returned."""
        with self._lock:
            self._running -= 1
            told = self._free if self._running == 0 else None
            if told is not None:
                self._free = None
        if told is not None:
            told()

    def when_free(self, told: Callable[[], None]) -> bool:
        """Say whether no function has records in hand; if so later, it is told."""
        with self._lock:
            if self._running == 0:
                return True
            self._free = told
            return False
