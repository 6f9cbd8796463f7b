"""The walls of each tier, from the order in which they have to go up."""

from __future__ import annotations

import os
import select
import socket
import tempfile
from collections.abc import Iterator

from grader.errors import SandboxFailed
from grader.sandbox import (
    landlock,
    limits,
    namespaces,
    reaper,
    seccomp,
    system_calls,
    system_files,
    tree,
    users,
)
from grader.sandbox.isolation import Isolation
from grader.sandbox.landlock import Rule
from grader.sandbox.policy import Policy
from grader.sandbox.users import User

_DAC_READ_SEARCH = 1 << 2
"""The capability to read what belongs to others."""
_SETTINGS_OF_THE_HOST = (
    *("/etc/group", "/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf"),
    *("/etc/passwd", "/etc/protocols", "/etc/resolv.conf", "/etc/services"),
)


def strong(
    policy: Policy, user: User, isolation: Isolation, *, keeper: int | None = None
) -> None:
    """Put a process of new namespaces, and all that it starts, behind them.

    Args:
        keeper: a process descriptor of the parent, with which this process has to end;
            none for one whose namespace another ends.

    Raises:
        OSError: something isn't there, or isn't allowed.
    """
    namespaces.enter_first()
    socket.sethostname(policy.hostname)
    tree.build(policy, user, proc=bool(isolation.facts.get("proc", True)))
    users.give_up_privileges(user)
    # Nobody inside may look into this process, which held the machine's files.
    system_calls.prctl(system_calls.PR_SET_DUMPABLE, 0)
    if keeper is not None:
        reaper.die_with_parent()
        if select.select([keeper], [], [], 0)[0]:
            raise SandboxFailed("its owner ended meanwhile")
    # This process counts, and so does the keeper in a user namespace.
    limits.set_limits(policy, others=0 if keeper is None else 2)
    if abi := _landlock(isolation):
        landlock.restrict(_rules_inside(policy), ports=None, known=abi)
    seccomp.load(own_network=True)


def prepare() -> None:
    """Do in a warm process what each of its forks would do again."""
    seccomp.assembled(own_network=True)


def _landlock(isolation: Isolation) -> int:
    """The version that a probe relied on."""
    return int(isolation.facts.get("landlock", landlock.version()))


def make_folder(policy: Policy, user: User) -> str:
    """A working folder on the machine's own disk, with what is copied into it."""
    system_calls.prctl(system_calls.PR_SET_CHILD_SUBREAPER, 1)
    if policy.place:
        os.chmod(policy.place, 0o711)  # its user is another one, if this one is root
    folder = tempfile.mkdtemp(prefix="sandbox-", dir=policy.place or None)
    os.mkdir(os.path.join(folder, ".tmp"), 0o700)
    tree.copy_into(folder, policy, user)
    tree.give(folder, user)
    return folder


def medium(policy: Policy, user: User, isolation: Isolation, *, folder: str) -> None:
    """Put this process behind the walls that need no namespaces; or behind none.

    Raises:
        OSError: something isn't there, or isn't allowed.
    """
    reaper.die_with_parent()
    limits.set_limits(
        policy, others=0 if user.other else limits.threads_of(os.geteuid())
    )
    # Python may lie in root's own home. What may be read is for Landlock to say.
    kept = _DAC_READ_SEARCH & users.capabilities() if user.other else 0
    users.give_up_privileges(user, kept=kept)
    reaper.die_with_parent()
    if isolation.tier == "medium":
        abi = _landlock(isolation)
        landlock.restrict(
            _rules_outside(policy, folder),
            ports=policy.ports,
            listens=policy.listens,
            known=abi,
        )
        alone = os.getpid() if abi < landlock.KEEPS_SIGNALS else None
        seccomp.load(own_network=False, signals=alone)


def be_program(policy: Policy, folder: str) -> None:
    """The last steps, in the process that becomes the learner's."""
    system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.chdir(folder)
    os.environ.clear()
    temporary = "/tmp" if folder == policy.folder else os.path.join(folder, ".tmp")
    os.environ.update({"HOME": folder, "TMPDIR": temporary, **policy.environment})
    # Else ipykernel takes its parent, which it can't see, for dead.
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    tempfile.tempdir = None


def _rules_inside(policy: Policy) -> Iterator[Rule]:
    """The tree holds nothing else anyway: these hold if its mounts didn't."""
    yield Rule("/", landlock.READING)
    for path in (policy.folder, "/tmp", "/dev/shm"):
        yield Rule(path, landlock.OWNING)
    for path in system_files.DEVICES:
        yield Rule(path, landlock.DEVICE)
    for path in policy.sockets:
        if any(
            landlock.below(path, own) for own in (policy.folder, "/tmp", "/dev/shm")
        ):
            raise SandboxFailed(f"{path} would be writable: it lies in another folder")
        yield Rule(path, landlock.SOCKETS)


def _rules_outside(policy: Policy, folder: str) -> Iterator[Rule]:
    yield Rule(folder, landlock.OWNING)
    for path in (*system_files.FOLDERS, *system_files.SETTINGS, "/proc"):
        yield Rule(path, landlock.READING)
    for path in _SETTINGS_OF_THE_HOST:
        yield Rule(path, landlock.READING)
    for path in system_files.DEVICES:
        yield Rule(path, landlock.DEVICE)
    hidden = [os.path.realpath(_on_host(policy, path)) for path in policy.masked]
    for source in policy.read_only.values():
        yield from landlock.around(os.path.realpath(source), hidden)


def _on_host(policy: Policy, path: str) -> str:
    for inside, source in policy.read_only.items():
        if path == inside or path.startswith(inside.rstrip("/") + "/"):
            return source + path[len(inside) :]
    return path
