"""Orphans: a process takes over what its descendants leave behind, and ends it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_C = ctypes.CDLL(None, use_errno=True)


def adopt() -> None:
    """Become the parent of every orphan below this process.

    https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
    """
    _C.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the parent ends; its forking thread has to be its only one.

    A change of the uid takes this back.
    """
    _C.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def reaped() -> Iterator[tuple[int, int]]:
    """The children that have ended, each with its exit status."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            yield pid, os.waitstatus_to_exitcode(status)


def end(*, but: Collection[int] = ()) -> None:
    """Kill every child, what they leave too, and see their end."""
    while unwanted := [pid for pid in _children() if pid not in but]:
        for pid in unwanted:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The first process of a namespace ends when nobody else is left in it.
        for pid in reversed(unwanted):
            os.waitpid(pid, 0)


def _children() -> list[int]:
    """The eldest first."""
    me = os.getpid()
    listed = Path(f"/proc/self/task/{me}/children")
    with contextlib.suppress(OSError):
        return [int(pid) for pid in listed.read_text().split()]
    return sorted(pid for pid in _processes() if _parent(pid) == me)


def _processes() -> Iterator[int]:
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            yield int(path.name)


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # The name in brackets may hold anything.
    return int(stat.rpartition(")")[2].split()[1])
