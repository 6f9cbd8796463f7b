"""What the cloud has to tell its user once, such as a runtime it can't match."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Notices:
    """Sentences that are waiting to be read; each subject is told of once."""

    def __init__(self) -> None:
        self.on_tell: Callable[[str], None] | None = None
        self._told: set[str] = set()
        self._waiting: list[str] = []
        self._lock = threading.Lock()

    def tell(self, subject: str, sentence: str) -> None:
        with self._lock:
            if subject not in self._told:
                self._told.add(subject)
                self._waiting.append(sentence)
                if self.on_tell is not None:
                    self.on_tell(sentence)

    def take(self) -> list[str]:
        """Take what is waiting; nobody else is told it again."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            return waiting
