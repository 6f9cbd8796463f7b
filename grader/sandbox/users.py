"""As whom a sandboxed process runs, and without which privileges."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import system_calls

LEARNER = 1000
"""The id inside a user namespace."""
_FRESH = 2_000_000_000
"""Where fresh ids begin: far from everybody's."""
_HIGHEST_PID = 4_194_304


@dataclass(frozen=True)
class User:
    """Whom a sandboxed process is."""

    uid: int
    gid: int
    other: bool
    """Than this process's own user: it has to be changed to."""


def is_root() -> bool:
    """Whether this process may become anybody, as root may.

    Root of a user namespace with one user in it may not: it is a user like others.
    """
    return os.geteuid() == 0 and _known_ids()[1] > 1


def fresh(pid: int) -> User:
    """A user that nobody else on this machine is: for root alone.

    The kernel's count of a user's processes ignores root, and no other sandbox must
    be the same user. It follows from the id that this process has on the machine, so it
    is free again when the process has ended.
    """
    first, count = _known_ids()
    if first <= _FRESH and first + count > _FRESH + _HIGHEST_PID:
        number = _FRESH + pid
    else:
        # Root of a container has as many ids as it was given, 65,536 mostly.
        number = first + count - 1 - pid % max(1, count // 2)
    return User(number, number, other=True)


def capabilities() -> int:
    """Those that this process has, as a mask; root of a container lacks many."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "CapPrm":
            return int(value, 16)
    return 0


def _known_ids() -> tuple[int, int]:
    """The last range of user ids that exist in this user namespace: first and count."""
    last = Path("/proc/self/uid_map").read_text().splitlines()[-1]
    first, _, count = (int(number) for number in last.split())
    return first, count


def current() -> User:
    """Whom a user namespace shows this process's user as."""
    return User(LEARNER, LEARNER, other=False)


def give_up_privileges(user: User, *, kept: int = 0) -> None:
    """Be that user, with no capability and no way to one.

    Args:
        kept: capabilities that stay, as a mask.
    """
    system_calls.forgo_capabilities(kept)
    if user.other:
        # Capabilities that outlive the change of the user are dropped below.
        system_calls.prctl(system_calls.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    system_calls.set_capabilities(kept)
    system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
