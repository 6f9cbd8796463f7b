"""Lab time: the cloud's own clock, which can be moved forward.

``time-machine`` shifts the clock of the whole lab process, so moto's timestamps,
visibility timeouts and tokens agree with it. ``time.monotonic`` and
``time.perf_counter`` stay real: thread waits and durations are never shifted.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
import logging
import math
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from grader.cloud.in_flight import InFlight

if TYPE_CHECKING:
    import time_machine

_log = logging.getLogger(__name__)
# The clock's thread looks by itself after so many seconds, even if nothing is due. So
# what is planned for later, and is mostly what `advance` runs, needn't wake it.
_LOOKS = 60.0
# What is due within so many seconds of lab time happens at one moment of a clock that
# is moved: it would overlap, too, if nobody moved it.
_MOMENT = 0.02


def real_time() -> float:
    """Epoch seconds outside the lab, wherever its clock was moved to."""
    machine = sys.modules.get("time_machine")
    if machine is not None and machine.escape_hatch.is_travelling():
        real: float = machine.escape_hatch.time.time()
        return real
    return time.time()


def _import_time_machine() -> ModuleType:
    """Import it with the first jump of a clock: it takes a tenth of a lab's start.

    Its plugin for pytest would take as long again, wherever pytest is installed.
    """
    absent = "pytest" not in sys.modules
    if absent:
        # What stands so in the list of modules can't be imported.
        sys.modules["pytest"] = None  # type: ignore[assignment]
    try:
        import time_machine
    finally:
        if absent:
            del sys.modules["pytest"]
    return time_machine


class Due:
    """Something that will happen at a moment of lab time."""

    def __init__(self, when: float, order: int, action: Callable[[], None]) -> None:
        self.when = when
        self._order = order
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def __lt__(self, other: Due) -> bool:
        return (self.when, self._order) < (other.when, other._order)


class Clock:
    """Lab time in epoch seconds, and the things due at a moment of it.

    ``offset_file`` receives lab time minus real time in seconds (a little-endian
    double), which execution environments read, so that handlers see lab time.
    """

    def __init__(self, in_flight: InFlight, offset_file: Path) -> None:
        self._in_flight = in_flight
        self._due: list[Due] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        # The lab time at which the clock's thread looks by itself; before all others
        # where it doesn't sleep, and so looks anyway.
        self._wakes = -math.inf
        self._advancing = threading.Lock()
        self._closed = False
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None
        self._history: list[tuple[float, float]] = [(0.0, 0.0)]
        # Told of the moment that the clock is about to jump to.
        self.before_jump: list[Callable[[float], None]] = []
        self._offset_fd = os.open(offset_file, os.O_RDWR | os.O_CREAT, 0o644)
        self._publish_offset()
        self._thread = threading.Thread(target=self._run, name="lab-clock", daemon=True)
        self._thread.start()

    def now(self) -> float:
        return time.time()

    @property
    def offset(self) -> float:
        """Lab time minus real time, in seconds."""
        return self._history[-1][1]

    def lab_time_of(self, real: float) -> float:
        """The lab time that it was at a real moment (epoch seconds)."""
        index = bisect.bisect_right(self._history, (real, float("inf"))) - 1
        return real + self._history[max(index, 0)][1]

    def call_at(self, when: float, action: Callable[[], None]) -> Due:
        """Run ``action`` in the clock's thread when lab time reaches ``when``."""
        with self._changed:
            due = Due(when, next(self._order), action)
            heapq.heappush(self._due, due)
            self._wake_for(when)
            return due

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of lab time pass, each due thing happening at its time."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        with self._advancing:
            self._in_flight.wait()
            target = self.now() + seconds
            while True:
                self._in_flight.wait()
                idle, when = self._standing()
                if not idle:
                    continue
                if when is None or when > target:
                    break
                self._jump(min(self._moment(when), target) - self.now())
                self._run_due()
                self._wake_for(self.next_due())
            self._jump(target - self.now())
            self._wake_for(self.next_due())

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is in flight and nothing is due now.

        Returns False when ``timeout`` (real seconds) passed before that.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._run_due()
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._in_flight.wait(left):
                return False
            idle, when = self._standing()
            if idle and (when is None or when > self.now()):
                return True

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        if self._travel is not None:
            self._travel.stop()
            self._travel = None
        os.close(self._offset_fd)

    def next_due(self) -> float | None:
        """When something is due next, in seconds since 1970; None if nothing is."""
        with self._changed:
            while self._due and self._due[0].cancelled:
                heapq.heappop(self._due)
            return self._due[0].when if self._due else None

    def _standing(self) -> tuple[bool, float | None]:
        """Whether nothing is in flight, and when something is due next.

        Both at the same moment: what the clock's own thread has just begun isn't due
        any more, and what it leads to isn't known before it's over.
        """
        with self._changed:
            return self._in_flight.count == 0, self.next_due()

    def _moment(self, first: float) -> float:
        """When the last is due of what is due together with the first."""
        last = first
        with self._changed:
            # A heap: what follows a later one is later still.
            positions = [0]
            while positions:
                position = positions.pop()
                if position < len(self._due):
                    due = self._due[position]
                    if due.when <= first + _MOMENT:
                        if not due.cancelled:
                            last = max(last, due.when)
                        positions += [2 * position + 1, 2 * position + 2]
        return last

    def _jump(self, seconds: float) -> None:
        if seconds <= 0:
            return
        for prepare in self.before_jump:
            prepare(self.now() + seconds)
        with self._changed:
            if self._traveller is None:
                time_machine = _import_time_machine()
                self._travel = time_machine.travel(real_time() + seconds, tick=True)
                self._traveller = self._travel.start()
                # What starting took is missing.
                self._traveller.shift(real_time() + seconds - time.time())
            else:
                self._traveller.shift(seconds)
            # The clock's thread sleeps on for as long as it would have.
            self._wakes += seconds
        self._history.append((real_time(), self.offset + seconds))
        self._publish_offset()

    def _wake_for(self, when: float | None) -> None:
        """Wake the clock's thread for what is due before it would look by itself.

        Not for all that is planned: what is due each hour of a month would wake it a
        thousand times, and ``advance`` does that in its own thread.
        """
        with self._changed:
            if when is not None and when < self._wakes:
                self._changed.notify_all()

    def _publish_offset(self) -> None:
        os.pwrite(self._offset_fd, struct.pack("<d", self.offset), 0)

    def _run_due(self) -> None:
        while True:
            with self._changed:
                if not self._due or self._due[0].when > self.now():
                    return
                due = heapq.heappop(self._due)
                if due.cancelled:
                    continue
                # Counted before it leaves the lock, so settle() can't miss it.
                self._in_flight.begin()
            try:
                due.action()
            except Exception:  # noqa: BLE001 - the clock must go on; it is logged
                _log.exception("something due at lab time %s failed", due.when)
            finally:
                self._in_flight.end()

    def _run(self) -> None:
        while True:
            self._run_due()
            with self._changed:
                if self._closed:
                    return
                now = self.now()
                wait = self._due[0].when - now if self._due else _LOOKS
                if wait > 0:
                    wait = min(wait, _LOOKS)
                    self._wakes = now + wait
                    self._changed.wait(wait)
                    self._wakes = -math.inf
