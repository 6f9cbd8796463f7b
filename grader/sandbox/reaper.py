"""The two processes above a sandboxed program: the keeper and the reaper.

The keeper is what the starter sees: it ends as the program ended, and ends everything
when its own parent ends. The reaper is the first process inside: it takes over
orphans, and nothing of the sandbox outlives it. Where another program can be that (see
`first`), the keeper is the only one.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import struct
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

from grader.sandbox import system_calls

NOT_STARTED = 125
"""The keeper's exit status when the sandbox couldn't be built."""
_STATUS = struct.Struct("i")


def keep(reaper: int, report: int, owner: int) -> NoReturn:
    """Be the keeper: wait for the program's end, or the owner's.

    Args:
        reaper: its process id.
        report: where the reaper writes the program's wait status.
        owner: a process descriptor of the starter.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    poll = select.poll()
    poll.register(report, select.POLLIN)
    poll.register(owner, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll()}
    told = os.read(report, _STATUS.size) if report in ready else b""
    if report not in ready:
        os._exit(1)  # the reaper notices
    os.waitpid(reaper, 0)
    if len(told) < _STATUS.size:
        os._exit(NOT_STARTED)
    _end_like(os.waitstatus_to_exitcode(_STATUS.unpack(told)[0]))


def keep_alone(program: int, first: int, owner: int) -> NoReturn:
    """Be the keeper of a program that has no reaper above it.

    Args:
        program: its process id.
        first: that of its namespace's first process, which ends as this one does.
        owner: a process descriptor of the starter.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running = os.pidfd_open(program)
    poll = select.poll()
    poll.register(running, select.POLLIN)
    poll.register(owner, select.POLLIN)
    if running not in {descriptor for descriptor, _ in poll.poll()}:
        os._exit(1)  # the first process notices
    _, status = os.waitpid(program, 0)
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    _end_like(os.waitstatus_to_exitcode(status))


def reap(program: int, report: int, *, keeper: int, folder: str | None) -> NoReturn:
    """Be the reaper, until the program ends.

    Args:
        program: its process id.
        report: where to write its wait status.
        keeper: a process descriptor of the keeper, whose end is noticed.
        folder: to remove at the end; None in a namespace of processes and files,
            where everything ends with its first process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    status: int | None = None
    if folder is None:
        while status is None:
            pid, ended = os.wait()
            status = ended if pid == program else None
    else:
        status = _wait_outside(program, keeper)
        end_children()
        remove(folder)
    if status is not None:
        with contextlib.suppress(OSError):
            os.write(report, _STATUS.pack(status))
    os._exit(0)


def _wait_outside(program: int, keeper: int) -> int | None:
    """The program's wait status; None when the keeper ended before it."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    poll.register(keeper, select.POLLIN)
    while True:
        pid, status = 1, 0
        while pid:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == program:
                return status
        ready = {descriptor for descriptor, _ in poll.poll()}
        if keeper in ready:
            return None
        os.read(reading, 4096)


def end_children() -> None:
    """Kill every child, and whom they leave behind, until there are none."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    while children := [int(pid) for pid in listed.read_text().split()]:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def remove(folder: str) -> None:
    """Remove a folder, whatever rights its owner left on what is in it."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            entry = os.path.join(path, name)
            if not os.path.islink(entry):
                os.chmod(entry, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def hold_only(descriptors: Collection[int]) -> None:
    """Close every other descriptor that this process has inherited."""
    lowest = 0
    for descriptor in sorted(descriptors):
        if lowest < descriptor:  # Python takes an empty range for everything
            os.closerange(lowest, descriptor)
        lowest = descriptor + 1
    os.closerange(lowest, os.sysconf("SC_OPEN_MAX"))


def be_silent() -> None:
    """Let go of the program's streams, whose readers wait for their end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)


def die_with_parent() -> None:
    """Be killed when the parent ends; a change of the user takes this back."""
    system_calls.prctl(system_calls.PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_like(status: int) -> NoReturn:
    if status < 0:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
        # Only a signal that doesn't end a process comes this far.
        os._exit(128 - status)
    os._exit(status)
