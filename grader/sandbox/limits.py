"""Resource limits of each sandboxed process."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

from grader.sandbox.policy import Policy

_MB = 1024 * 1024
_GRACE = 5
"""Seconds between the signal that says that CPU time is up, and being killed."""


def set_limits(policy: Policy, *, others: int) -> None:
    """Set them for this process and all that it starts, for good.

    Data is limited, not address space: Node reserves more of that than it uses.

    Args:
        others: processes of the same user that aren't the sandbox's, but count.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, (policy.memory + policy.reserved) * _MB)
    _limit(resource.RLIMIT_FSIZE, policy.file_size * _MB)
    _limit(resource.RLIMIT_NOFILE, policy.files)
    _limit(resource.RLIMIT_NPROC, policy.processes + others)
    _limit(resource.RLIMIT_CPU, policy.cpu, policy.cpu + _GRACE)
    # Message queues are memory that no process has.
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)


def threads_of(user: int) -> int:
    """How many threads a user has on this machine, as RLIMIT_NPROC counts them."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                if folder.stat().st_uid == user:
                    count += len(os.listdir(folder / "task"))
    return count


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    hard = soft if hard is None else hard
    _, now = resource.getrlimit(kind)
    if now != resource.RLIM_INFINITY:
        soft, hard = min(soft, now), min(hard, now)
    resource.setrlimit(kind, (soft, hard))
