"""Spare processes: behind walls already, and nobody's environment yet.

To fork a process and copy walls for it takes longer than INIT of a small function.
Where it's foreseen that an environment will have to be replaced, that goes on beside
whatever the lab does. A spare has nothing of a function's but what is mounted:
variables and credentials are given to it when it becomes an environment, and INIT
begins then.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from grader.errors import ForkFailed
from grader.forkserver import Birth, Child, written

_MOST = 8
# Seconds in which a spare says that it got its order: it has nothing else to do.
_ANSWERS = 20.0


class Spare:
    """One of them, while it's born and while it waits."""

    def __init__(
        self, birth: Birth, gate: socket.socket, leash: int, *, patience: float
    ) -> None:
        """``gate`` is where it's told what to be, within ``patience`` seconds; all
        that is there ends with the ``leash``, an end of a pipe."""
        self._birth = birth
        self._gate = gate
        self._leash = leash
        self._gone_by = time.monotonic() + patience

    @property
    def gone(self) -> bool:
        """Whether it has waited for too long."""
        return time.monotonic() > self._gone_by

    def become(self, order: Mapping[str, Any], fds: Sequence[int]) -> tuple[Child, int]:
        """Be what is ordered; give the child and its leash, the spare is no more.

        Raises:
            ForkFailed: it was never born, or has ended; nothing of it is left.
        """
        with self._gate, contextlib.ExitStack() as undoing:
            undoing.callback(os.close, self._leash)
            child = undoing.enter_context(self._birth.child())
            file = written(order)
            try:
                self._gate.settimeout(_ANSWERS)
                socket.send_fds(self._gate, [b"+"], [file, *fds])
                # It may have lost its patience at this very moment.
                answered = self._gate.recv(1)
            except OSError as fault:
                raise ForkFailed(f"a spare process: {fault}") from fault
            finally:
                os.close(file)
            if not answered:
                raise ForkFailed("a spare process has ended")
            undoing.pop_all()
        return child, self._leash

    def close(self) -> None:
        """End it."""
        self._birth.close()
        self._gate.close()
        os.close(self._leash)


class Spares:
    """Those of a lab, by the walls that they are behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Oldest first.
        self._waiting: deque[tuple[object, Spare]] = deque()
        self._closed = False

    def has_room(self) -> bool:
        """Whether one more may wait; those that are gone don't count."""
        with self._lock:
            gone = []
            while self._waiting and self._waiting[0][1].gone:
                gone.append(self._waiting.popleft()[1])
            room = not self._closed and len(self._waiting) < _MOST
        for spare in gone:
            spare.close()
        return room

    def add(self, walls: object, spare: Spare) -> None:
        with self._lock:
            if not self._closed:
                self._waiting.append((walls, spare))
                return
        spare.close()

    def take(self, walls: object) -> Spare | None:
        """The one that has waited longest behind such walls, if any; perhaps too long.

        It says so when it's told what to be.
        """
        with self._lock:
            for each in self._waiting:
                if each[0] == walls:
                    self._waiting.remove(each)
                    return each[1]
        return None

    def forgo(self, walls: object) -> None:
        """End one that nobody is going to want."""
        spare = self.take(walls)
        if spare is not None:
            spare.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting = [spare for _, spare in self._waiting]
            self._waiting.clear()
        for spare in waiting:
            spare.close()
