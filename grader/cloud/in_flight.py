"""What is under way in the cloud, so that ``settle()`` can wait for its end."""

from __future__ import annotations

import threading


class InFlight:
    """Counts work that was accepted and isn't finished yet."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = threading.Condition()

    @property
    def count(self) -> int:
        return self._count

    def begin(self) -> None:
        with self._idle:
            self._count += 1

    def end(self) -> None:
        with self._idle:
            self._count -= 1
            if self._count == 0:
                self._idle.notify_all()

    def __enter__(self) -> InFlight:
        self.begin()
        return self

    def __exit__(self, *ended: object) -> None:
        self.end()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is in flight; False when ``timeout`` seconds passed."""
        with self._idle:
            return self._idle.wait_for(lambda: self._count == 0, timeout)
