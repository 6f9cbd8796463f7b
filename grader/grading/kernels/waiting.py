"""In the kernel: a fork that waits, and is no child of the kernel's.

A learner's `os.wait()` has to find its own children alone, so a process in between
forks it and ends; whoever takes in orphans in the sandbox buries it one day.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from typing import NoReturn

_WAITS = b"."


def fork(be: Callable[[Callable[[], object]], NoReturn]) -> None:
    """Fork, and return when the fork waits or has ended.

    Args:
        be: what it is; is given what it calls when it begins to wait.
    """
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        _be_between(reading, writing, be)
    os.close(writing)
    with contextlib.suppress(ChildProcessError):  # a learner's handler has
        os.waitpid(between, 0)
    # Its number comes first: what it forked itself may hold the pipe, and live on.
    if number := os.read(reading, 16):
        with contextlib.suppress(ProcessLookupError):
            pidfd = os.pidfd_open(int(number))
            poll = select.poll()
            for descriptor in (reading, pidfd):
                poll.register(descriptor, select.POLLIN)
            poll.poll()
            os.close(pidfd)
    os.close(reading)


def _be_between(
    reading: int, writing: int, be: Callable[[Callable[[], object]], NoReturn]
) -> NoReturn:
    leave = os._exit
    try:
        os.close(reading)
        # It begins when this process has ended, so its number is told before anything.
        started, start = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(start)
            os.read(started, 1)
            os.close(started)

            def wait() -> None:
                os.write(writing, _WAITS)
                os.close(writing)

            be(wait)
        os.write(writing, f"{pid:16}".encode())
    finally:
        leave(0)
