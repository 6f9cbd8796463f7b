"""Attacks from inside each tier, judged on the host's side where there is one."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import Isolation, Policy, command, memory, probing
from grader.sandbox.libraries import python
from tests.sandbox.conftest import LIMIT, Run

ATTACKS = Path(__file__).with_name("attacks.py")
PROCESSES = 24
OTHERS = 6
"""Processes of the same user that may end meanwhile. Without namespaces they count, as
many as there were at the start."""
DISK = 8
"""MB."""
REFUSED = {"EPERM", "EACCES", "ENOENT", "EROFS", "EAFNOSUPPORT", "ESRCH", "ENOSYS"}
LISTENERS = ("tcp", "udp", "unix", "abstract", "datagram")
SECRET = "hidden cases"


@dataclass(frozen=True)
class Battle:
    """What the attacks came to, as they say and as the host saw."""

    said: dict[str, Any]
    reached: list[str]
    """The host's listeners that heard anything."""
    secrets: dict[str, tuple[str, int]]
    """Content and mode of each, afterwards."""
    victim: int | None
    """The exit status of a process of the host's; None while it lives."""
    stderr: str


LACKING = {"": {}, "a program to be first": {"first": False}, "6.12": {"landlock": 5}}
"""What a machine may lack, as a probe of it would say."""


@pytest.fixture(
    scope="module",
    params=[
        *("strong", "strong without a program to be first"),
        *("medium", "medium without 6.12"),
    ],
)
def tier(request: pytest.FixtureRequest) -> Isolation:
    """Each that has walls, also where a machine lacks something."""
    name, _, lacks = request.param.partition(" without ")
    each = next(each for each in probing._candidates() if each.tier == name)
    return replace(each, facts={**each.facts, **LACKING[lacks]})


@pytest.fixture(scope="module")
def battle(tier: Isolation) -> Iterator[Battle]:
    """All attacks on one sandbox of a tier."""
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        folder = Path(name)
        folder.chmod(0o755)
        sockets = folder / "sockets"
        sockets.mkdir()
        secrets = {
            name: folder / name for name in ("gradebook.db", "solution.ipynb", "bob")
        }
        for path in secrets.values():
            path.write_text(SECRET)
            path.chmod(0o666)
        heard = {
            name: stack.enter_context(_listener(name, folder)) for name in LISTENERS
        }
        victim = stack.enter_context(
            subprocess.Popen(["/bin/sh", "-c", "read x"], stdin=subprocess.PIPE)
        )
        bait = {
            "secrets": {name: str(path) for name, path in secrets.items()},
            "tcp": heard["tcp"].getsockname()[1],
            "udp": heard["udp"].getsockname()[1],
            "unix": str(folder / "unix"),
            "datagram": str(folder / "datagram"),
            "abstract": f"\0{folder}",
            "grader": os.getpid(),
            "victim": victim.pid,
            "fill": [
                *(".", "/tmp", "/dev/shm"),
                "/sockets" if tier.tier == "strong" else str(sockets),
            ],
        }
        policy = Policy(
            read_only=python(),
            sockets={"/sockets": str(sockets)},
            processes=PROCESSES,
            disk=DISK,
            file_size=4,
            cpu=60,
        )
        source = ATTACKS.read_text(encoding="utf-8")
        argv = [sys.executable, "-I", "-S", "-c", source, json.dumps(bait)]
        ran = subprocess.run(
            command(policy, tier, argv),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            env={"SECRET": SECRET},
        )
        assert ran.returncode == 0, ran.stderr
        ready, _, _ = select.select(list(heard.values()), [], [], 0)
        yield Battle(
            json.loads(ran.stdout.splitlines()[-1]),
            [name for name, each in heard.items() if each in ready],
            {
                name: (path.read_text(), path.stat().st_mode & 0o777)
                for name, path in secrets.items()
            },
            victim.poll(),
            ran.stderr,
        )
        victim.communicate()


def _listener(kind: str, folder: Path) -> socket.socket:
    match kind:
        case "tcp":
            return socket.create_server(("127.0.0.1", 0))
        case "udp":
            made = socket.socket(type=socket.SOCK_DGRAM)
            made.bind(("127.0.0.1", 0))
        case "datagram":
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            made.bind(str(folder / kind))
            (folder / kind).chmod(0o777)
        case _:
            made = socket.socket(socket.AF_UNIX)
            made.bind(str(folder / kind) if kind == "unix" else f"\0{folder}")
            made.listen()
    return made


def test_no_file_of_the_host_is_read_or_written(battle: Battle) -> None:
    """A gradebook, a solution, another submission: content and outcome."""
    for name, (content, _) in battle.secrets.items():
        assert content == SECRET
        assert battle.said[f"read {name}"] in REFUSED
        assert battle.said[f"write {name}"] in REFUSED


def test_modes_of_hidden_files_stay(tier: Isolation, battle: Battle) -> None:
    """Landlock has no word on them: MEDIUM keeps them for root alone."""
    if tier.tier == "strong" or os.geteuid() == 0:
        assert {mode for _, mode in battle.secrets.values()} == {0o666}
    else:
        # Known and told: see the README on MEDIUM.
        assert {mode for _, mode in battle.secrets.values()} == {0o777}


def test_system_and_libraries_cant_be_written(battle: Battle) -> None:
    """Neither what programs are made of, nor the kernel's settings."""
    created = {
        name: outcome
        for name, outcome in battle.said.items()
        if name.startswith("create in")
    }
    assert set(created.values()) <= REFUSED
    assert len(created) == 7


def test_nothing_can_be_read_of_other_processes(battle: Battle) -> None:
    """Neither the first's, which may be as the grader's own, nor the grader's."""
    opened = {
        name: outcome
        for name, outcome in battle.said.items()
        if name.startswith("open ") and name != "open_tree"
    }
    assert set(opened.values()) <= REFUSED
    assert battle.victim is None
    assert battle.said["kill grader"] in REFUSED


def test_nothing_reaches_the_hosts_listeners(battle: Battle) -> None:
    """TCP, MPTCP, fast open, UDP, Unix and abstract sockets: nobody heard anything."""
    assert battle.reached == []
    for name in ("mptcp", "fast open", "fast open option", "raw", "packet", "vsock"):
        assert battle.said[name] in REFUSED | {"EPROTONOSUPPORT"}
    assert battle.said["outside"] in {"ENETUNREACH", "EACCES"}
    assert battle.said["outside 6"] in {"ENETUNREACH", "EACCES", "EADDRNOTAVAIL"}


def test_the_kernels_doors_are_shut(battle: Battle) -> None:
    """New namespaces, mounts, other processes' memory, the kernel itself."""
    doors = [
        *("ptrace", "mount", "umount2", "chroot", "pivot_root", "unshare", "setns"),
        *("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "clone"),
        *("process_vm_writev", "open_by_handle_at", "kexec_load", "init_module"),
        *("settimeofday", "swapon", "reboot", "open_tree", "fsopen", "pidfd_getfd"),
        *("device", "type into terminal"),
    ]
    assert {battle.said[door] for door in doors} <= {"EPERM", "EACCES"}
    absent = ["io_uring_setup", "clone3", "memfd_create", "shmget", "semget", "x32"]
    assert {battle.said.get(each, "ENOSYS") for each in absent} == {"ENOSYS"}


def test_no_program_gains_privileges(battle: Battle) -> None:
    """A set-uid program runs as the learner, and no limit can be raised."""
    assert battle.said["set-uid"] != 0
    # In a user namespace there is nobody of that number.
    assert battle.said["become root"] in {"EPERM", "EINVAL"}
    assert "uid=0" not in battle.stderr
    assert battle.said["nice"] in {"EPERM", "EACCES"}
    assert "not allowed to raise" in battle.said["processes"]
    assert "not allowed to raise" in battle.said["data"]


def test_disks_have_their_size(tier: Isolation, battle: Battle) -> None:
    """Each folder of its own takes what it may, and none of them a large file."""
    limits = {".", "/tmp", "/dev/shm"} if tier.tier == "strong" else set()
    for folder in limits:
        why, written = battle.said[f"fill {folder}"]
        assert why == "ENOSPC"
        assert written <= DISK << 20
    assert battle.said["large file"] == "EFBIG"
    (sockets,) = (
        outcome
        for name, outcome in battle.said.items()
        if name.startswith("fill ") and name.endswith("sockets")
    )
    assert sockets == ["EACCES", 0]
    if tier.tier == "medium":
        # The machine's own are out of reach; its own folder has no limit in all.
        assert (
            battle.said["fill /tmp"][0] == battle.said["fill /dev/shm"][0] == "EACCES"
        )


def test_processes_are_counted(battle: Battle) -> None:
    """A fork bomb ends at its limit, and what it leaves ends with the sandbox."""
    assert PROCESSES - OTHERS <= battle.said["fork"] <= PROCESSES + OTHERS


def test_honest_programs_work(tier: Isolation, battle: Battle) -> None:
    """asyncio needs pairs of sockets; a server needs a network of its own."""
    assert battle.said["pairs"] == [None, None]
    served = battle.said["server"]
    assert served == ("served" if tier.tier == "strong" else "EACCES")


@pytest.mark.parametrize("ended", ["kindly", "killed"])
def test_a_shells_fork_bomb_leaves_nothing(
    policy: Policy, tier: Isolation, ended: str
) -> None:
    """It's contained while it runs, and gone when its keeper is."""
    bomb = "f() { f | f & }; f; echo started; read x"
    with subprocess.Popen(
        command(policy, tier, ["/bin/sh", "-c", bomb]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as started:
        assert started.stdout is not None
        assert started.stdout.read(7) == b"started"
        first = memory._children(started.pid)[0]
        above = 3  # the first, and a moment's two that end while they're counted
        bound = policy.processes + OTHERS + above
        assert len(list(memory.descendants(started.pid))) <= bound
        if ended == "kindly":
            started.communicate()
        else:
            started.send_signal(signal.SIGKILL)
        started.wait(LIMIT)
        # Its end is every descendant's: the kernel's doing, or its own last act.
        descriptor = _waited_for(first)
        assert descriptor is None


def _waited_for(pid: int) -> int | None:
    """The id of a process that still runs after a while, or None."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        ended, _, _ = select.select([descriptor], [], [], LIMIT)
    finally:
        os.close(descriptor)
    return None if ended else pid


def test_a_link_that_is_copied_leads_nowhere(
    run: Run, tier: Isolation, tmp_path: Path
) -> None:
    """A submission's link to a file of the grader's isn't followed."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    submission = tmp_path / "submission"
    submission.mkdir()
    (submission / "data.csv").symlink_to(secret)
    copied = {"/home/learner/work": str(submission)}
    done = run("print(open('work/data.csv').read())", tier, copied=copied)
    assert done.returncode == 1
    assert SECRET not in done.stdout
    assert "FileNotFoundError" in done.stderr or "PermissionError" in done.stderr
