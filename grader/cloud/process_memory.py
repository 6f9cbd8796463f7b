"""How much memory the processes of an environment use."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import time
from collections.abc import Iterator

_FOREIGN = struct.Struct("<q")
_NOT_YET, _EXECUTES = -1, -2
_EXECUTING = b"executes"
# Seconds after which a process has executed what it was about to, whatever its name.
_SOON = 1.0
_MOST_FOREIGN = 160 * 1024 * 1024
"""Bytes that a warm parent may have, whatever a function says."""


class ProcessMemory:
    """The memory of a runtime's process, and of what it starts, in bytes.

    ``foreign`` are bytes of its process that aren't the function's: those that a
    forked runtime has from its warm parent.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.foreign = 0
        self._status: int | None = None

    def peak(self) -> int:
        """The most that the runtime itself has used so far."""
        if sys.platform != "linux":
            return _elsewhere(self._pid)
        return self._own(_kib(self._said(), b"VmHWM:"))

    def now(self) -> int:
        """What the runtime and its children use."""
        if sys.platform != "linux":
            return _elsewhere(self._pid)
        total = self._own(_kib(self._said(), b"VmRSS:"))
        for child in descendants(self._pid):
            total += _proportional_kib(child) * 1024
        return total

    def close(self) -> None:
        if self._status is not None:
            os.close(self._status)
            self._status = None

    def _said(self) -> bytes:
        """The kernel's account of the runtime; nothing when it has ended."""
        if self._status is None:
            with contextlib.suppress(OSError):
                self._status = os.open(f"/proc/{self._pid}/status", os.O_RDONLY)
        if self._status is None:
            return b""
        # Read at every invocation: a file that stays open is half the time.
        try:
            return os.pread(self._status, 4096, 0)
        except ProcessLookupError:
            return b""

    def _own(self, kib: int) -> int:
        return max(0, kib * 1024 - self.foreign) if kib else 0


class Foreign:
    """How much of a forked runtime's memory isn't its own: as it says, in a file."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("foreign")
        self._most = _MOST_FOREIGN
        self._executes_by: float | None = None
        os.pwrite(self.descriptor, _FOREIGN.pack(_NOT_YET), 0)

    def size(self, pid: int) -> int | None:
        """Bytes of a process; None as long as it isn't a runtime yet."""
        (said,) = _FOREIGN.unpack(os.pread(self.descriptor, _FOREIGN.size, 0))
        if said == _EXECUTES:
            return None if self._executing(pid) else 0
        if said < 0 and self._most == _MOST_FOREIGN:
            return None
        # It becomes less as a function imports what was there, and never more.
        self._most = max(0, min(said, self._most))
        return self._most

    def _executing(self, pid: int) -> bool:
        """Whether the memory is that of before: a program has its own name, too."""
        now = time.monotonic()
        if self._executes_by is None:
            self._executes_by = now + _SOON
        if now > self._executes_by:
            return False
        try:
            return _read(f"/proc/{pid}/comm").strip() == _EXECUTING
        except OSError:
            return True

    def close(self) -> None:
        os.close(self.descriptor)


def children(pid: int) -> Iterator[int]:
    """The processes that a process started, oldest first."""
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            yield from map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    except OSError:
        return


def descendants(pid: int) -> Iterator[int]:
    """The processes below a process."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def _read(path: str) -> bytes:
    # While a function runs, every hundredth of a second: a Path and a buffer were
    # two fifths of the time.
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _kib(status: bytes, field: bytes) -> int:
    _, found, rest = status.partition(field)
    return int(rest.split(None, 1)[0]) if found else 0


def _proportional_kib(pid: int) -> int:
    # A forked child shares most pages with its parent: only its part counts.
    try:
        rollup = _read(f"/proc/{pid}/smaps_rollup")
    except OSError:
        return 0
    _, found, rest = rollup.partition(b"\nPss:")
    return int(rest.split(None, 1)[0]) if found else 0


def _elsewhere(pid: int) -> int:
    """The same where there is no /proc: resident, so shared pages count twice."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    return 0
