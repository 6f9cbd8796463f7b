"""How much memory the processes of a sandbox have, and the end of those with too much.

A limit of each process's data stops one greedy process. Shared memory and many
processes take a sum over all of them, which the kernel gives to few users: so it's
taken here, some thirty times a second where the limit can be reached by the next time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

_PERIOD = 0.03
"""Seconds between two looks: a greedy program gets some 50 MB further meanwhile."""
_LONGEST = 0.25
"""The same for who is far from a limit: a look takes half a millisecond."""
_FASTEST = 4 * 1024**3 * (os.cpu_count() or 1)
"""Bytes that all processors fill in a second: twice what was measured."""
_MB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_USUAL = 1024
"""Sockets of a sandbox that nobody counts."""
_BUFFER = 212_992
"""Bytes that a socket may hold: the kernel's default, which `seccomp` keeps to."""


class Watch(AbstractContextManager["Watch"]):
    """Ends sandboxes that have more memory than they may: one thread for all.

        with Watch() as watch:
            watch.add(keeper, limit)
            …
            watch.exceeded(keeper)

    What a process shares with others counts in proportion (PSS); of sockets, what
    they could hold. Files in a sandbox's own folders don't count: `Policy.disk` limits
    them.
    """

    def __init__(self) -> None:
        self._limits: dict[int, int] = {}
        self._readings: dict[int, Reading] = {}
        self._ended: set[int] = set()
        self._changing = threading.Lock()
        self._closed = False
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, keeper: int, limit: int) -> None:
        """Watch a sandbox's processes, by its keeper; `limit` is in MB."""
        with self._changing:
            self._limits[keeper] = limit * _MB
            self._ended.discard(keeper)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="memory watch", daemon=True
                )
                self._thread.start()
        self._woken.set()

    def remove(self, keeper: int) -> None:
        """Look no more: to be called before its process id may be another's."""
        with self._changing:
            self._limits.pop(keeper, None)
            self._readings.pop(keeper, None)

    def exceeded(self, keeper: int) -> bool:
        """Whether it was ended for its memory."""
        return keeper in self._ended

    def close(self) -> None:
        self._closed = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _watch(self) -> None:
        pause = _PERIOD
        while not self._closed:
            # Who was added meanwhile may have less left than the others.
            if self._woken.wait(pause):
                self._woken.clear()
                pause = _PERIOD
                continue
            with self._changing:
                left = [self._left(*each) for each in list(self._limits.items())]
            soonest = min((each / _FASTEST for each in left), default=_LONGEST)
            pause = min(_LONGEST, max(_PERIOD, soonest))

    def _left(self, keeper: int, limit: int) -> int:
        """Bytes that it has left at least; it is ended if there are none."""
        limit -= buffers(keeper)
        if (before := self._readings.get(keeper)) is None:
            # Pages that are shared count whole there, so there is never less.
            left = limit - resident(keeper)
        else:
            left = limit - before.at_most()
        if left < 0:
            reading = self._readings[keeper] = Reading(keeper)
            left = limit - reading.total
            if left < 0:
                self._end(keeper)
        return left

    def _end(self, keeper: int) -> None:
        del self._limits[keeper]
        self._ended.add(keeper)
        with contextlib.suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGKILL)


def resident(keeper: int) -> int:
    """Bytes that a sandbox's processes have, shared ones once for each; it's quick."""
    return sum(_resident(pid) for pid in descendants(keeper))


class Reading:
    """What a sandbox's processes have, shared pages in proportion.

    That takes the kernel some milliseconds for each process, and many may only wait:
    how much it can have become is told without another reading.
    """

    def __init__(self, keeper: int) -> None:
        self._keeper = keeper
        self._each = {pid: _state(pid) for pid in descendants(keeper)}
        self.total = sum(_proportional(pid) for pid in self._each)
        """Bytes."""

    def at_most(self) -> int:
        """Bytes that they can have now: no page is got, or copied, without a fault."""
        total = self.total
        for pid in descendants(self._keeper):
            there, faults = _state(pid)
            before, faults_before = self._each.get(pid, (0, 0))
            if faults < faults_before:  # another process, whose number it was
                before, faults_before = 0, 0
            total += max(0, there - before) + (faults - faults_before) * _PAGE
        return total


def buffers(keeper: int) -> int:
    """Bytes that a sandbox's sockets could hold, beyond some: no process has them."""
    return max(0, _sockets(keeper) - _USUAL) * _BUFFER


def _sockets(keeper: int) -> int:
    """All of its network's, closed ones whose bytes wait too; at least as many."""
    with contextlib.suppress(OSError):
        ours, own = (os.stat(f"/proc/{one}/ns/net") for one in ("self", keeper))
        if ours.st_ino != own.st_ino:
            line = _read(f"/proc/{keeper}/net/sockstat").splitlines()[0]
            return int(line.rpartition(b" ")[2])
    # In the machine's network nothing listens, so each is some process's open file.
    return sum(_open_files(pid) for pid in descendants(keeper))


def _open_files(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/{pid}/fd").st_size
    return 0


def descendants(pid: int) -> Iterator[int]:
    """The process ids below a process, on this machine.

    None escapes by leaving its parent: the first process takes it over, which is below,
    too.
    """
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        listed = [_read(f"/proc/{pid}/task/{thread}/children") for thread in threads]
    except OSError:
        return
    for child in b" ".join(listed).split():
        yield int(child)
        yield from descendants(int(child))


def program(keeper: int) -> int | None:
    """The process id, on this machine, of a sandbox's program; None if it isn't there.

    It is who signals are for: who is above or beside it ignores interrupts.
    """
    family = _children(keeper)
    if len(family) == 1:
        # Below the first process; orphans come to it later than the program.
        family += _children(family[0])
    return family[1] if len(family) > 1 else None


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(each) for each in _read(f"/proc/{pid}/task/{pid}/children").split()]
    return []


def _state(pid: int) -> tuple[int, int]:
    """Bytes that a process has, shared ones whole, and the faults of its threads."""
    with contextlib.suppress(OSError, IndexError):
        # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, from the third on
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        return int(fields[21]) * _PAGE, int(fields[7])
    return 0, 0


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        return int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE
    return 0


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    # A program may forbid that look; this one it can't.
    return _resident(pid)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
