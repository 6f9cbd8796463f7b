"""Namespaces: a view of the machine of one's own.

https://man7.org/linux/man-pages/man7/namespaces.7.html
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from grader.sandbox import system_calls, users

_SIOCSIFFLAGS = 0x8914
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_BUFFER = 212_992
"""Bytes that wait in a connection at most: memory that no process has."""


def enter(network: Sequence[int], kinds: int = system_calls.CLONE_NEWPID) -> None:
    """Have children in processes of their own, and the network given or a new one.

    This process's next child is the first process of its namespace. Root stays root,
    whom the kernel trusts with all of this; others do it in a user namespace.

    Args:
        network: a network's descriptors, or none for one without anybody else.
        kinds: what else is new; 0 for a process in a namespace of its own already.

    Raises:
        OSError: the kernel or its settings don't allow it.
    """
    if network:
        join(network)
        own(kinds)
    else:
        own(kinds | system_calls.CLONE_NEWNET)
        raise_loopback()


def enter_first() -> None:
    """In the first process: own mounts, messages and name of the machine."""
    system_calls.unshare(
        system_calls.CLONE_NEWNS | system_calls.CLONE_NEWIPC | system_calls.CLONE_NEWUTS
    )


def own(kinds: int) -> None:
    """New namespaces of these kinds; and one of users, unless for root."""
    if users.is_root():
        system_calls.unshare(kinds)
        return
    uid, gid = os.geteuid(), os.getegid()
    system_calls.unshare(kinds | system_calls.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{users.LEARNER} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{users.LEARNER} {gid} 1")


def join(network: Sequence[int]) -> None:
    """Be in a network from now on: its users' namespace first, if it has one."""
    for descriptor in network[:-1]:
        system_calls.setns(descriptor, system_calls.CLONE_NEWUSER)
    system_calls.setns(network[-1], system_calls.CLONE_NEWNET)


def raise_loopback() -> None:
    """Have 127.0.0.1 and ::1, which are down at first, and small buffers in TCP."""
    for kind, usual in (("rmem", 131_072), ("wmem", 16_384)):
        # A container may not let its own networks be set.
        with contextlib.suppress(OSError):
            sizes = f"4096 {usual} {_BUFFER}"
            Path(f"/proc/sys/net/ipv4/tcp_{kind}").write_text(sizes)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING)
        try:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
        except OSError as fault:
            raise OSError(fault.errno, f"loopback: {fault.strerror}") from None
