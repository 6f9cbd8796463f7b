"""What a machine can do is found out by trying, and what it can't is explained."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import grader
from grader.sandbox import Isolation, probing
from grader.sandbox.causes import CAUSES, explained
from tests.sandbox.conftest import LIMIT, python_for_all

PROBE = """
import json
from grader.sandbox import probe
print(json.dumps(probe().to_json()))
"""
FORBIDDING = """
import errno
from grader.sandbox import seccomp, system_calls
system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
seccomp.hold_to(seccomp.program({{
    name: seccomp.refused(errno.{error}) for name in {calls}
}}))
"""
# As in Ubuntu's profile `unprivileged_userns`: a namespace of users is made, and gives
# no capability. So its maps can't be opened, nor other namespaces made or entered.
APPARMORS_USERNS = """
import os
from grader.sandbox import landlock, seccomp, system_calls
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
rules = [
    landlock.Rule(f"/{name}", landlock.OWNING)
    for name in os.listdir("/") if name != "proc"
]
rules.append(landlock.Rule("/proc", landlock.READING))
landlock.restrict(rules, ports=None)
refused = seccomp.refused()
with_users = seccomp._with_any_bit(
    0, system_calls.CLONE_NEWUSER, seccomp._allowed(), refused
)
forbidden = dict.fromkeys(("mount", "umount2", "pivot_root", "setns"), refused)
seccomp.hold_to(seccomp.program({"unshare": with_users, **forbidden}))
"""
MASKED_PROC = """
import os
from pathlib import Path
from grader.sandbox import system_calls
ids = os.geteuid(), os.getegid()
system_calls.unshare(system_calls.CLONE_NEWUSER | system_calls.CLONE_NEWNS)
Path("/proc/self/setgroups").write_text("deny")
for kind, number in zip(("uid", "gid"), ids):
    Path(f"/proc/self/{kind}_map").write_text(f"{number} {number} 1")
system_calls.mount("mask", "/proc/sys", "tmpfs")
"""


# What a container's root has and may by default. https://docs.docker.com/engine/security
DOCKERS_ROOT = """
from grader.sandbox import seccomp, system_calls, users
numbers = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
kept = sum(1 << number for number in numbers) & users.capabilities()
system_calls.forgo_capabilities(kept)
system_calls.set_capabilities(kept)
system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
forbidden = ("mount", "umount2", "pivot_root", "unshare", "setns")
seccomp.hold_to(seccomp.program({name: seccomp.refused() for name in forbidden}))
"""
# Root in a user namespace with 65,536 users, as podman has it for users; to map that
# many takes root outside.
ROOTLESS_ROOT = """
import os
from grader.sandbox import system_calls
reading, writing = os.pipe()
inside, parent = os.geteuid() == 0, os.getpid()
if inside and os.fork() == 0:
    os.read(reading, 1)
    for kind in ("uid", "gid"):
        with open(f"/proc/{parent}/{kind}_map", "w") as file:
            file.write("0 100000 65536")
    os._exit(0)
if inside:
    system_calls.unshare(system_calls.CLONE_NEWUSER)
    os.write(writing, b"+")
    os.wait()
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
"""


def _probed(preparation: str, interpreter: str = sys.executable) -> Isolation:
    """What a probe finds in a process that something was done to."""
    package = Path(grader.__file__).parent.parent
    path = f"import sys; sys.path.insert(0, {str(package)!r})\n"
    ran = subprocess.run(
        [interpreter, "-c", path + textwrap.dedent(preparation) + PROBE],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return Isolation.from_json(json.loads(ran.stdout))


def test_all_walls_stand_here(isolation: Isolation) -> None:
    """One line for the instructor, without a reason why it isn't stronger."""
    assert isolation.tier == "strong"
    assert isolation.line().startswith("isolation: STRONG own files, processes")
    assert isolation.reason == isolation.cure == ""
    assert isolation.facts["proc"] is True


def test_a_tier_counts_only_if_its_bait_holds() -> None:
    """Limits alone hold back nothing, which is seen from outside."""
    limits = next(each for each in probing._candidates() if each.tier == "none")
    bare = Isolation("none", "", facts=limits.facts)
    assert probing._fault(bare) == ""  # what nobody claims can't be broken
    with probing.Bait() as bait, probing.Network(bare) as network:
        with network.listener() as door:
            port = door.getsockname()[1]
            ran = probing._run_thief(bare, network, bait, port)
        taken = bait.taken(ran.stdout)
    listeners = {"TCP", "UDP", "Unix sockets", "abstract sockets"}
    assert listeners | {"new namespaces"} <= set(taken)


def test_medium_holds_its_bait_here() -> None:
    """Landlock and seccomp keep a thief from everything that bait is laid for."""
    medium = next(each for each in probing._candidates() if each.tier == "medium")
    assert probing._fault(medium) == ""


@pytest.mark.parametrize("version", [4, 5])
def test_medium_holds_its_bait_on_older_kernels(version: int) -> None:
    """Before Linux 6.12 Landlock lets signals out, so the filter of calls doesn't."""
    medium = next(each for each in probing._candidates() if each.tier == "medium")
    older = dataclasses.replace(medium, facts={**medium.facts, "landlock": version})
    assert probing._fault(older) == ""


def test_without_namespaces_it_is_medium_with_a_cure() -> None:
    """A container's filter of system calls: the reason, and what to start it with."""
    found = _probed(FORBIDDING.format(error="EPERM", calls=["unshare"]))
    assert found.tier == "medium"
    assert "container" in found.reason
    assert "--security-opt seccomp=unconfined" in found.line()


def test_namespaces_that_are_used_up_are_told() -> None:
    """The limit on user namespaces has another cure than a forbidden call."""
    found = _probed(FORBIDDING.format(error="ENOSPC", calls=["unshare"]))
    assert found.tier == "medium"
    assert "user.max_user_namespaces" in found.cure


def test_where_apparmor_keeps_users_out_its_profile_is_told() -> None:
    """As on Ubuntu 24.04; what the kernel says then is no container's fault."""
    found = _probed(APPARMORS_USERNS, python_for_all())
    assert found.tier == "medium"
    assert "AppArmor" in found.reason
    profile, setting = found.cure.split("; or ")
    assert "docs/grading.md" in profile
    assert "sysctl kernel.apparmor_restrict_unprivileged_userns=0" in setting


def test_with_neither_there_is_no_isolation() -> None:
    """It says loudly what that means."""
    calls = ["unshare", "landlock_create_ruleset"]
    found = _probed(FORBIDDING.format(error="EPERM", calls=calls))
    assert found.tier == "none"
    assert "isolation: NONE resource limits only, NOT ISOLATED" in found.line()


def test_without_landlock_namespaces_are_enough() -> None:
    """An older kernel: said, and still strong."""
    calls = ["landlock_create_ruleset"]
    found = _probed(FORBIDDING.format(error="ENOSYS", calls=calls))
    assert found.tier == "strong"
    assert "no Landlock" in found.detail


def test_a_masked_proc_is_done_without() -> None:
    """A container that hides parts of /proc allows no new one to be mounted."""
    found = _probed(MASKED_PROC)
    assert found.tier == "strong"
    assert found.facts["proc"] is False
    assert "without /proc" in found.detail


def test_root_of_a_docker_container_has_landlock() -> None:
    """Some capabilities, none of them for mounting or for reading others' files."""
    found = _probed(DOCKERS_ROOT, python_for_all())
    assert found.tier == "medium"
    assert "container" in found.reason


def test_root_of_a_rootless_container_has_all_walls() -> None:
    """It is root among 65,536 users: one of them is fresh for each sandbox."""
    assert _probed(ROOTLESS_ROOT, python_for_all()).tier == "strong"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.text)
def test_every_known_error_has_its_own_explanation(cause: object) -> None:
    """No cause hides behind one that is looked for before it."""
    assert explained(f"OSError: {cause[0]}") == cause[1:]  # type: ignore[index]


def test_an_unknown_error_is_its_own_reason() -> None:
    """Nothing is hidden from whoever has to mend it."""
    assert explained("the moon is full") == ("the moon is full", "")


def test_tiers_are_ordered() -> None:
    """What reaches a tier reaches those below it."""
    medium = Isolation("medium", "")
    assert medium.reaches("none") and medium.reaches("medium")
    assert not medium.reaches("strong")


def test_a_probe_travels_as_json(isolation: Isolation) -> None:
    """It is stored with each mark and read again."""
    assert Isolation.from_json(json.loads(json.dumps(isolation.to_json()))) == isolation
