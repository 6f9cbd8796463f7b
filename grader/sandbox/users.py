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
    """A user id, and the group id of the same number or not."""

    uid: int
    gid: int


def fresh() -> User:
    """A user that nobody else on this machine is: for root alone.

    The kernel's count of a user's processes ignores root, and no other sandbox must
    be the same user. It follows from this process's id, so it is free again when the
    process has ended.
    """
    inside = count = 0
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, _, count = (int(number) for number in line.split())
        if inside <= _FRESH and inside + count > _FRESH + _HIGHEST_PID:
            number = _FRESH + os.getpid()
            return User(number, number)
    # Root of a container has as many ids as it was given, 65,536 mostly.
    number = inside + count - 1 - os.getpid() % max(1, count // 2)
    return User(number, number)


def current() -> User:
    """Whom a user namespace shows this process's user as."""
    return User(LEARNER, LEARNER)


def give_up_privileges(user: User | None, *, kept: int = 0) -> None:
    """Be another user (None: stay who one is) with no capability and no way to one.

    Args:
        kept: capabilities that stay, as a mask.
    """
    system_calls.forgo_capabilities(kept)
    if user is not None:
        # Capabilities that outlive the change of the user are dropped below.
        system_calls.prctl(system_calls.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    system_calls.set_capabilities(kept)
    system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
