"""In the kernel: stdout and stderr, which keep their order with everything else.

Both are pipes that the grader reads, so that what a subprocess or a C library writes
takes the same way. Whoever writes here first waits until the grader has emptied the
other pipe, or both before the protocol's socket: so a text comes after everything that
was written before it, whoever wrote that. A subprocess waits for nobody: what it
writes may come before what Python wrote to the other pipe.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sys
import termios
import time
from typing import Any

_PATIENCE = 1.0
"""Seconds to wait for the grader; the order is worth no more."""
_FDS = (1, 2)
_FIONREAD = termios.FIONREAD
_NOTHING = bytes(4)
"""How FIONREAD tells of an empty pipe."""


class Pipes:
    """The two streams, and which of them was written to last."""

    def __init__(self) -> None:
        self._last: Stream | None = None
        self._patience = dict.fromkeys(_FDS, _PATIENCE)
        self.mend()

    def mend(self) -> None:
        """Have streams where there are none any more; a redirected one stays so."""
        for name, fd in zip(("stdout", "stderr"), _FDS, strict=True):
            if getattr(getattr(sys, name), "closed", True) is True:
                stream = Stream(fd, self)
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)

    def settle(self) -> None:
        """Wait until nothing that was written is still on its way."""
        for stream in (sys.stdout, sys.stderr):
            # A learner may have put anything there.
            with contextlib.suppress(Exception):
                stream.flush()
        self._last = None
        for fd in _FDS:
            self._wait_for(fd)

    def turn_to(self, stream: Stream, other: int) -> None:
        """Wait until what was written to the `other` pipe than its own is read."""
        before, self._last = self._last, stream
        if before is not stream and before is not None:
            with contextlib.suppress(Exception):
                before.flush()
        self._wait_for(other)

    def _wait_for(self, fd: int) -> None:
        # Whoever waited in vain, say for a subprocess that doesn't stop, looks only.
        emptied = _emptied(fd, self._patience[fd])
        self._patience[fd] = _PATIENCE if emptied else 0.0


class Stream(io.TextIOWrapper):
    """A text stream over one of the pipes."""

    def __init__(self, fd: int, pipes: Pipes) -> None:
        # closefd: the descriptor outlives a learner's sys.stdout.close().
        raw = open(fd, "wb", buffering=8192, closefd=False)  # noqa: SIM115
        super().__init__(raw, "utf-8", "backslashreplace", line_buffering=True)
        self._pipes = pipes
        self._other = sum(_FDS) - fd

    def write(self, text: str, /) -> int:
        self._pipes.turn_to(self, self._other)
        return super().write(text)


def join(stdout: int, stderr: int) -> Pipes:
    """Make two pipes this process's stdout and stderr, at every level."""
    for fd, given in ((1, stdout), (2, stderr)):
        os.dup2(given, fd)
        os.close(given)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout = sys.stderr = None
    return Pipes()


def _emptied(
    fd: int,
    patience: float,
    ioctl: Any = fcntl.ioctl,
    clock: Any = time.monotonic,
    nap: Any = time.sleep,
) -> bool:
    """Whether a pipe is empty after at most so many seconds."""
    # Bound here: a learner may patch the modules, and would only stop himself.
    deadline = pause = 0.0
    while True:
        try:
            if ioctl(fd, _FIONREAD, _NOTHING) == _NOTHING:
                return True
        except (OSError, ValueError):
            return True
        deadline = deadline or clock() + patience
        if clock() >= deadline:
            return False
        nap(pause)
        pause = min(pause + 0.00005, 0.001)
