"""The first process of a namespace of processes: it adopts the orphans there.

It does nothing else, so it is a small program that waits. With it ends everything in
its namespace.

https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from grader.sandbox import system_calls, users

_WAITS = "/bin/cat"
"""Ends when its standard input does."""
_IGNORES = ("/usr/bin/env", "--ignore-signal=CHLD")
"""Executes a program that goes on to ignore its children's end; coreutils 8.31."""


def available() -> bool:
    """Whether forking beside one works here: for root, where there is `_IGNORES`.

    Others' would be of the program's own user, who may look into it.
    """
    import subprocess  # not for every sandbox

    if not users.is_root():
        return False
    try:
        tried = subprocess.run(
            [*_IGNORES, _WAITS], stdin=subprocess.DEVNULL, capture_output=True, env={}
        )
    except OSError:
        return False
    return tried.returncode == 0


def execute(
    leash: int, command: tuple[str, ...] = (_WAITS,), without: Iterable[int] = ()
) -> int:
    """Start one, as this process's next child, and return its pid as seen from here.

    The kernel buries its orphans if it was started ignoring `SIGCHLD`.

    Args:
        leash: the reading end of a pipe into which nobody writes; it ends with that.
        command: what is executed, if not the program alone.
        without: descriptors of this process that it mustn't hold.
    """
    return os.posix_spawn(
        command[0],
        command,
        {},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, leash, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            *((os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in without),
        ],
        setsid=True,
    )


def fork(leash: int) -> tuple[int, int]:
    """Fork a child beside the first process of the namespace that children come to.

    For who lets children come to another namespace than its own: `namespaces.own`.

    Returns: the pids of both, the child's first; 0 and 0 in the child.

    Raises:
        OSError: the kernel doesn't allow it; there is no child.
    """
    held = [number for number in map(int, os.listdir("/proc/self/fd")) if number > 2]
    first = execute(leash, (*_IGNORES, _WAITS), held)
    child = os.fork()
    return (child, first) if child else (0, 0)


def fork_below(leash: int) -> tuple[int, int]:
    """Fork a child into a new namespace of processes; this process stays in its own.

    For root alone: the kernel doesn't let others back.

    Returns: the pids of the child and of its namespace's first process, as seen from
        here; 0 and 0 in the child.

    Raises:
        OSError: the kernel doesn't allow it; there is no child.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    child = -1
    try:
        system_calls.unshare(system_calls.CLONE_NEWPID)
        child, first = fork(leash)
    finally:
        if child:
            system_calls.setns(own, system_calls.CLONE_NEWPID)
        os.close(own)
    return child, first
