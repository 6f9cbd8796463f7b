"""How a forked runtime comes to be behind walls like those that bubblewrap has built.

They stand around a process that does nothing but wait there. What is forked gets a copy
of them, which takes a tenth of the time of building others; and of its own what no two
environments may share: processes, messages, the name of the machine, and `/tmp`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Mapping
from typing import Any

from grader.sandbox import reaper, system_calls, users
from grader.sandbox.first import execute
from grader.sandbox.traces import Traces

_JOINED = (
    system_calls.CLONE_NEWNS | system_calls.CLONE_NEWIPC | system_calls.CLONE_NEWUTS
)
_OWN = _JOINED | system_calls.CLONE_NEWPID
_PLAIN = system_calls.MS_NOSUID | system_calls.MS_NODEV
# The machine's settings, which root may write to without any capability.
_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus")


def fork(walls: Mapping[str, Any], leash: int, waiting: int) -> tuple[int, int]:
    """Fork a child of this process behind a copy of the walls of another process.

    A process can't be moved into others' namespace of processes, only be born there:
    by one in between, which is gone then. The kernel gives its children to whoever
    adopts orphans, so this process has to (`descendants.adopt`).

    Args:
        walls: how many bytes ``/tmp`` has, and whether there is a ``/proc``.
        leash: a pipe; when it ends, so does the first process behind the walls, and
            with it all that is there.
        waiting: a descriptor of the other process, as `pidfd_open` gives it.

    Returns: the pids of the child and of that first process; 0 and 0 in the child.

    Raises:
        OSError: the kernel doesn't allow it.
    """
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        os.close(reading)
        _bear(walls, leash, waiting, writing)
        os.close(writing)
        return 0, 0
    os.close(writing)
    with os.fdopen(reading) as file:
        told = file.read()
    os.waitpid(between, 0)
    first, _, child = told.partition(" ")
    if not child.isdecimal():
        fault = told.strip(" 0123456789")
        raise OSError(fault or "a process ended before its child was born")
    return int(child), int(first)


def _bear(walls: Mapping[str, Any], leash: int, waiting: int, telling: int) -> None:
    """Return in a child behind the walls, and nowhere else."""
    try:
        _keep_from_programs()
        user = 0 if os.getuid() == 0 else system_calls.CLONE_NEWUSER
        system_calls.setns(waiting, _JOINED | user)
        system_calls.unshare(_OWN)
        system_calls.detach("/tmp")
        system_calls.mount(
            "tmpfs", "/tmp", "tmpfs", _PLAIN, f"mode=755,size={walls['/tmp']}"
        )
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        first = execute(leash)
        child = os.fork()
        if child == 0:
            if walls["/proc"]:
                _show_processes()
            return
        # Until its end, the child may add that it couldn't do its part.
        os.write(telling, b"%d %d" % (first, child))
    except BaseException as fault:  # noqa: BLE001 - this process must not go on
        os.write(telling, f" {fault}".encode())
    os._exit(0)


def _keep_from_programs() -> None:
    """Nothing that is executed from here holds a descriptor but its streams."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        try:
            if descriptor > 2:
                os.set_inheritable(descriptor, False)
        except OSError:
            pass  # the list's own


def _show_processes() -> None:
    """Those of this process's namespace, in the place of others'."""
    quiet = _PLAIN | system_calls.MS_NOEXEC
    system_calls.mount("proc", "/proc", "proc", quiet)
    for path in _SETTINGS:
        if os.getuid() == 0 and os.path.exists(path):
            system_calls.mount(path, path, flags=system_calls.MS_BIND)
            fixed = system_calls.MS_BIND | system_calls.MS_REMOUNT
            system_calls.mount(path, path, flags=quiet | fixed | system_calls.MS_RDONLY)


def settle(traces: Traces, *, keep: Collection[int]) -> None:
    """Keep nothing of the warm process's, and no privilege."""
    traces.erase()
    reaper.hold_only({0, 1, 2, *keep})
    users.give_up_privileges(users.current())
    # A program that is executed there can be looked into by its like, too.
    system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
