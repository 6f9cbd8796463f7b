"""Answers that are held back on demand, so that callers surely overlap.

Nothing of AWS: a check of a race asks for it. What a request does, it does at once;
only its answer waits, and whoever asked believes what may be true no longer.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass

from grader.cloud.clock import real_time

LONGEST = 10.0
"""Real seconds after which a hold ends by itself: nobody may wait for ever."""


@dataclass
class Hold:
    """Answers to some operations of one account."""

    account: str
    operations: frozenset[str]
    until: float
    held: int = 0
    """How many answers it has held back so far."""
    ended: bool = False


class Holds:
    """All that is held back in one cloud."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holds: dict[str, Hold] = {}
        self._names = (f"hold-{number}" for number in itertools.count(1))

    def __bool__(self) -> bool:
        return bool(self._holds)

    def begin(self, account: str, operations: frozenset[str]) -> str:
        """Hold back answers from now on; answers with the hold's name."""
        with self._changed:
            name = next(self._names)
            self._holds[name] = Hold(account, operations, real_time() + LONGEST)
        return name

    def held(self, name: str, *, at_least: int, within: float) -> int | None:
        """How many answers one held back, once they are so many or time is over.

        None for a hold that has ended. `within` is in real seconds.
        """
        with self._changed:
            hold = self._holds.get(name)
            if hold is None:
                return None
            self._changed.wait_for(lambda: hold.held >= at_least, within)
            return hold.held

    def end(self, name: str) -> None:
        """Let the answers go; a second time does nothing."""
        with self._changed:
            if hold := self._holds.pop(name, None):
                hold.ended = True
                self._changed.notify_all()

    def wait(self, account: str, operation: str) -> None:
        """Keep the thread of an answer as long as a hold asks for it."""
        with self._changed:
            for name, hold in list(self._holds.items()):
                if hold.account == account and operation in hold.operations:
                    hold.held += 1
                    self._changed.notify_all()
                    self._wait_for_end(name, hold)

    def _wait_for_end(self, name: str, hold: Hold) -> None:
        def ended() -> bool:
            return hold.ended

        if not self._changed.wait_for(ended, hold.until - real_time()):
            self.end(name)
