"""How a process becomes a sandboxed one."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from typing import NoReturn

from grader.errors import SandboxFailed
from grader.sandbox import (
    first,
    namespaces,
    reaper,
    traces,
    users,
    walls,
)
from grader.sandbox.isolation import Isolation
from grader.sandbox.policy import Policy
from grader.sandbox.traces import Traces
from grader.sandbox.users import User


def enter(
    policy: Policy,
    isolation: Isolation,
    network: Sequence[int] = (),
    *,
    keep: Collection[int] = (),
    owner: int | None = None,
) -> None:
    """Return in a sandboxed descendant of this process, and nowhere else.

    The calling process, which must have one thread, stays as the keeper: it ends as
    the sandboxed program ends (`reaper.NOT_STARTED` if it never began; stderr says
    why), and when it's killed or its parent ends, so does everything inside. The
    program is in its policy's folder, in a session of its own, with the policy's
    environment and no other descriptors than 0, 1, 2 and those to keep.

    Args:
        policy: what it sees and may use.
        isolation: what a probe of this machine found.
        network: a network's descriptors; none for a network without anybody else.
        keep: descriptors that stay open in the program.
        owner: the process to end with, if it isn't the parent.

    Raises:
        SandboxFailed: the walls can't be built; nothing of the program has run.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    strong = isolation.tier == "strong"
    try:
        threads = len(os.listdir("/proc/self/task"))
        if threads > 1:
            raise SandboxFailed(f"a process with {threads} threads can't be sandboxed")
        own = traces.own()
        parent = os.pidfd_open(os.getppid() if owner is None else owner)
        this = os.pidfd_open(os.getpid())
        user = users.fresh(os.getpid()) if users.is_root() else users.current()
        if strong:
            namespaces.enter(network)
        reading, writing = os.pipe()
        if strong and isolation.facts.get("first"):
            # It adopts orphans, and nothing else has to be between.
            program, adopts = first.fork(reading)
            if program:
                reaper.hold_only({0, 1, 2, writing, parent})
                reaper.be_silent()
                reaper.keep_alone(program, adopts, parent)
            _wall_in(policy, isolation, user, own, keep)
            return
        below = os.fork()
    except OSError as fault:
        raise SandboxFailed(f"the sandbox can't be built: {fault}") from fault
    if below:
        reaper.hold_only({0, 1, 2, reading, parent})
        reaper.be_silent()
        reaper.keep(below, reading, parent)
    # From here on the caller's code must not go on in this process, or twice.
    try:
        own.erase()
        if strong:
            walls.strong(policy, user, isolation, keeper=this)
            folder = policy.folder
            program = os.fork()
        else:
            folder = walls.make_folder(policy, user)
            program = os.fork()
            if program == 0:
                walls.medium(policy, user, isolation, folder=folder)
    except BaseException as fault:  # noqa: BLE001
        _give_up(fault)
    if program:
        reaper.hold_only({0, 1, 2, writing, this})
        reaper.be_silent()
        reaper.reap(program, writing, keeper=this, folder=None if strong else folder)
    try:
        reaper.hold_only({0, 1, 2, *keep})
        walls.be_program(policy, folder)
    except BaseException as fault:  # noqa: BLE001
        _give_up(fault)


def enter_below(
    policy: Policy,
    isolation: Isolation,
    network: Sequence[int] = (),
    *,
    keep: Collection[int] = (),
) -> None:
    """Be sandboxed, in a process that was born for it: see `first.fork_below`.

    As `enter` does it for root where all walls stand, without two processes that only
    wait: the namespace ends with its first process, whom its owner looks after.

    Ends this process if the walls can't be built; stderr says why.
    """
    try:
        own = traces.own()
        # Its number on this machine; the one that it knows is of its namespace.
        user = users.fresh(int(os.readlink("/proc/self")))
        namespaces.enter(network, kinds=0)
    except BaseException as fault:  # noqa: BLE001 - nothing of the program may run
        _give_up(fault)
    _wall_in(policy, isolation, user, own, keep)


def _wall_in(
    policy: Policy,
    isolation: Isolation,
    user: User,
    own: Traces,
    keep: Collection[int],
) -> None:
    """In a process that was born beside its namespace's first: put up the walls."""
    try:
        own.erase()
        walls.strong(policy, user, isolation)
        reaper.hold_only({0, 1, 2, *keep})
        walls.be_program(policy, policy.folder)
    except BaseException as fault:  # noqa: BLE001 - nothing of the program may run
        _give_up(fault)


def _give_up(fault: BaseException) -> NoReturn:
    message = f"the sandbox can't be built: {type(fault).__name__}: {fault}\n"
    os.write(2, message.encode())
    os._exit(reaper.NOT_STARTED)
