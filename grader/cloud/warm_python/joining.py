"""How a forked runtime comes to be behind walls that bubblewrap has built.

What it joins are the namespaces of a process that does nothing but wait there, as their
first: so the walls are those of every other environment.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from grader.sandbox import reaper, system_calls, users
from grader.sandbox.traces import Traces

_KINDS = (
    system_calls.CLONE_NEWNS
    | system_calls.CLONE_NEWPID
    | system_calls.CLONE_NEWIPC
    | system_calls.CLONE_NEWUTS
)


def fork(waiting: int) -> int:
    """Fork a child of this process behind the walls of another process.

    A process can't be moved into others' namespace of processes, only be born there:
    by one in between, which is gone then. The kernel gives its child to whoever adopts
    orphans, so this process has to (`descendants.adopt`).

    Args:
        waiting: a descriptor of the process, as `pidfd_open` gives it.

    Returns: the child's pid, or 0 in it.

    Raises:
        OSError: the kernel doesn't allow it.
    """
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        _bear(waiting, writing)
        os.close(reading)
        os.close(writing)
        return 0
    os.close(writing)
    with os.fdopen(reading) as file:
        told = file.read()
    os.waitpid(between, 0)
    if not told.isdecimal():
        raise OSError(told or "a process ended before its child was born")
    return int(told)


def _bear(waiting: int, telling: int) -> None:
    """Return in a child behind the walls, and nowhere else."""
    try:
        kinds = _KINDS if os.getuid() == 0 else _KINDS | system_calls.CLONE_NEWUSER
        system_calls.setns(waiting, kinds)
        child = os.fork()
        if child == 0:
            return
        os.write(telling, b"%d" % child)
    except BaseException as fault:  # noqa: BLE001 - this process must not go on
        os.write(telling, str(fault).encode())
    os._exit(0)


def settle(traces: Traces, *, keep: Collection[int]) -> None:
    """Keep nothing of the warm process's, and no privilege."""
    traces.erase()
    reaper.hold_only({0, 1, 2, *keep})
    users.give_up_privileges(users.current())
    # A program that is executed there can be looked into by its like, too.
    system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
