"""In the kernel: stdout and stderr, which keep their order with everything else.

Both are pipes that the grader reads, so that what a subprocess or a C library writes
takes the same way. A writer that changes from one pipe to the other, or to the
protocol's socket, first waits until the grader has emptied the one before.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import struct
import sys
import termios
import time
from typing import Any

_PATIENCE = 1.0
"""Seconds to wait for the grader; the order is worth no more."""


class Pipes:
    """The two streams, and which of them was written to last."""

    def __init__(self) -> None:
        self.last: Stream | None = None
        self.mend()

    def mend(self) -> None:
        """Have streams where there are none any more; a redirected one stays so."""
        for name, fd in (("stdout", 1), ("stderr", 2)):
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
        if self.last is not None:
            _emptied(self.last.fileno())
            self.last = None


class Stream(io.TextIOWrapper):
    """A text stream over one of the pipes."""

    def __init__(self, fd: int, pipes: Pipes) -> None:
        # closefd: the descriptor outlives a learner's sys.stdout.close().
        raw = open(fd, "wb", buffering=8192, closefd=False)  # noqa: SIM115
        super().__init__(raw, "utf-8", "backslashreplace", line_buffering=True)
        self._pipes = pipes

    def write(self, text: str, /) -> int:
        before = self._pipes.last
        if before is not self:
            if before is not None:
                with contextlib.suppress(Exception):
                    before.flush()
                _emptied(before.fileno())
            self._pipes.last = self
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
    ioctl: Any = fcntl.ioctl,
    clock: Any = time.monotonic,
    nap: Any = time.sleep,
) -> None:
    # Bound here: a learner may patch the modules, and would only stop himself.
    deadline = clock() + _PATIENCE
    pause = 0.0
    while clock() < deadline:
        try:
            (unread,) = struct.unpack("i", ioctl(fd, termios.FIONREAD, b"\0\0\0\0"))
        except (OSError, ValueError):
            return
        if unread == 0:
            return
        nap(pause)
        pause = min(pause + 0.00005, 0.001)
