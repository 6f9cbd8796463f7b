"""In the kernel: a fork that waits while the kernel goes on.

As the kernel's child it's in the way of a learner's `os.wait()`, which has to find the
learner's own alone. Where there may be one, a process in between forks it and ends;
whoever takes in orphans in the sandbox buries it one day. That takes twice as long.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from typing import NoReturn

_WAITS = b"."
_NUMBER = 16
"""Bytes in which a process tells its number."""


def fork(
    be: Callable[[Callable[[], object]], NoReturn], *, is_orphan: bool = False
) -> None:
    """Fork, and return when the fork waits or has ended.

    Args:
        be: what it is; is given what it calls when it begins to wait.
        is_orphan: whether it must be no child of this process.
    """
    reading, writing = os.pipe()

    def wait() -> None:
        os.write(writing, _WAITS)
        os.close(writing)

    pid = os.fork()
    if pid == 0:
        os.close(reading)
        if is_orphan:
            _leave_behind(writing, lambda: be(wait))
        be(wait)
    os.close(writing)
    if is_orphan:
        _bury(pid)
        pid = int(os.read(reading, _NUMBER) or 0)
    if pid:
        _until_it_waits(pid, reading)
    os.close(reading)


def _leave_behind(writing: int, be: Callable[[], NoReturn]) -> NoReturn:
    """Fork, tell the number of the fork, and end."""
    leave = os._exit
    try:
        # It begins when this process has ended, so its number is told before anything.
        started, start = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(start)
            os.read(started, 1)
            os.close(started)
            be()
        os.write(writing, f"{pid:{_NUMBER}}".encode())
    finally:
        leave(0)


def _until_it_waits(pid: int, reading: int) -> None:
    # What it forked itself may hold the pipe, and live on.
    with contextlib.suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        poll = select.poll()
        for descriptor in (reading, pidfd):
            poll.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll()]
        os.close(pidfd)
        if reading not in ready or not os.read(reading, 1):
            _bury(pid)


def _bury(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):  # a learner's handler has; or no child
        os.waitpid(pid, 0)
