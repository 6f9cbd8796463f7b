"""The system calls that Python doesn't have, through libc.

Each raises OSError whose text begins with the call's name. Constants are the kernel's.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_MNT_DETACH = 2
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
_PR_SET_NAME = 15
PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE, _PR_CAP_AMBIENT_CLEAR_ALL = 2, 4

# The same on every architecture since they were added.
_MOUNT_SETATTR = 442
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, result: int) -> int:
    """A call's result, or its error as an exception."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def system_call(name: str, number: int, *arguments: object) -> int:
    """A call by its number: integers, bytes, pointers."""
    # Variadic arguments travel as C's long, or their upper half is undefined.
    wide = [
        ctypes.c_long(each) if isinstance(each, int) else each for each in arguments
    ]
    return call(name, _libc.syscall(ctypes.c_long(number), *wide))


def unshare(flags: int) -> None:
    """https://man7.org/linux/man-pages/man2/unshare.2.html"""
    call("unshare", _libc.unshare(flags))


def setns(descriptor: int, kind: int) -> None:
    """https://man7.org/linux/man-pages/man2/setns.2.html"""
    call("setns", _libc.setns(descriptor, kind))


def mount(
    source: str, target: str, kind: str = "", flags: int = 0, data: str = ""
) -> None:
    """https://man7.org/linux/man-pages/man2/mount.2.html"""
    done = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    call(f"mount {kind or source} on {target}", done)


def detach(target: str) -> None:
    """Take a mount away together with what is mounted below it."""
    call(f"umount {target}", _libc.umount2(os.fsencode(target), _MNT_DETACH))


def make_read_only(target: str, *, with_mounts_below: bool) -> None:
    """No writing, no set-uid programs, no devices below a mount; needs Linux 5.12."""
    flags = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV
    system_call(
        "mount_setattr",
        _MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(target),
        _AT_RECURSIVE if with_mounts_below else 0,
        struct.pack("QQQQ", flags, 0, 0, 0),
        32,
    )


def pivot_root(new: str, old: str) -> None:
    """https://man7.org/linux/man-pages/man2/pivot_root.2.html"""
    number = _PIVOT_ROOT[platform.machine()]
    system_call("pivot_root", number, os.fsencode(new), os.fsencode(old))


def prctl(option: int, value: int) -> None:
    """https://man7.org/linux/man-pages/man2/prctl.2.html"""
    call("prctl", _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def set_name(name: str) -> None:
    """Name this thread, in at most 15 bytes, until it executes a program.

    https://man7.org/linux/man-pages/man2/PR_SET_NAME.2const.html
    """
    call("prctl", _libc.prctl(_PR_SET_NAME, os.fsencode(name), 0, 0, 0))


def set_seccomp(program: ctypes.Structure) -> None:
    """Load a filter; it holds for this process and all that it starts."""
    filter_mode = ctypes.c_ulong(2)
    call(
        "seccomp", _libc.prctl(PR_SET_SECCOMP, filter_mode, ctypes.byref(program), 0, 0)
    )


def forgo_capabilities(kept: int = 0) -> None:
    """Make sure that no program started from here gains any, but those in a mask."""
    for number in range(64):
        # Ends at the first that this kernel doesn't know, or may not be dropped.
        if (
            not kept >> number & 1
            and _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) < 0
        ):
            break


def set_capabilities(kept: int = 0) -> None:
    """Have those in a mask and no others; programs started from here keep them."""
    low, high = kept & 0xFFFFFFFF, kept >> 32
    sets = struct.pack("6I", low, low, low, high, high, high)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    call("capset", _libc.capset(header, sets))
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for number in range(64):
        if kept >> number & 1:
            _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number, 0, 0)


def erase(start: int, end: int) -> None:
    """Overwrite a piece of this process's own memory with zeros."""
    ctypes.memset(start, 0, end - start)
