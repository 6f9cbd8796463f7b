"""What errors of walls mean, and what to do about them."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """Part of an error's text, what it means, and its cure."""

    text: str
    reason: str
    cure: str


_WITHOUT_WALLS = "or grade in a virtual machine"
_APPARMOR = (
    "AppArmor keeps users out of user namespaces, as Ubuntu's does",
    "let this Python into them: docs/grading.md has the profile; or all programs: "
    "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
)
CAUSES = (
    Cause(
        "unshare: No space left",
        "no more namespaces may be made here",
        "sudo sysctl user.max_user_namespaces=15000",
    ),
    Cause(
        "unshare: Operation not permitted",
        "new namespaces are forbidden here, as in a container",
        "start the container with --security-opt seccomp=unconfined "
        f"--cap-add SYS_ADMIN, {_WITHOUT_WALLS}",
    ),
    Cause(
        "unshare: Invalid argument",
        "this kernel has no user namespaces",
        f"take a kernel with CONFIG_USER_NS, {_WITHOUT_WALLS}",
    ),
    # Permission, in place of privilege, is what security modules deny.
    Cause("unshare: Permission denied", *_APPARMOR),
    Cause("/proc/self/setgroups", *_APPARMOR),
    Cause("/proc/self/uid_map", *_APPARMOR),
    Cause("loopback: Operation not permitted", *_APPARMOR),
    Cause(
        "mount proc on",
        "this container hides parts of /proc, so no new one can be mounted",
        "start the container with --security-opt systempaths=unconfined",
    ),
    Cause(
        "mount_setattr: Function not implemented",
        "this kernel is too old",
        "take Linux 5.12 or newer",
    ),
    Cause(
        "mount",
        "mounting is forbidden here, as in a container",
        f"start the container with --cap-add SYS_ADMIN, {_WITHOUT_WALLS}",
    ),
    Cause(
        "pivot_root",
        "this machine's root can't be replaced",
        f"start from a disk instead of an initial ramdisk, {_WITHOUT_WALLS}",
    ),
    Cause(
        "has no word on TCP",
        "this kernel's Landlock can't restrict connections",
        "take Linux 6.7 or newer",
    ),
    Cause(
        "landlock: Operation not supported",
        "Landlock is switched off",
        "start the kernel with landlock in its lsm= list",
    ),
    Cause(
        "landlock: Function not implemented",
        "this kernel has no Landlock",
        "take Linux 6.7 or newer",
    ),
    Cause(
        "landlock: Operation not permitted",
        "Landlock is forbidden here, as in an old container",
        "take Docker 23 or newer",
    ),
    Cause(
        "seccomp",
        "this kernel filters no system calls",
        "take a kernel with CONFIG_SECCOMP_FILTER",
    ),
    Cause(
        "no system call numbers",
        "only x86_64 and aarch64 are known",
        "grade on one of these",
    ),
)
"""The first whose text occurs in an error explains it."""


def explained(error: str) -> tuple[str, str]:
    """The reason and the cure; an unknown error is its own reason."""
    for cause in CAUSES:
        if cause.text in error:
            return cause.reason, cause.cure
    return error or "it gave no reason", ""
