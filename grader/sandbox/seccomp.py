"""Which system calls a sandboxed process may make: a seccomp filter.

Written as a Berkeley Packet Filter, without a library: the filter is short, and
importing one would cost more than a whole sandbox.
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import functools
import platform
import socket
import struct
from collections.abc import Mapping, Sequence

from grader.sandbox import system_calls

_LOAD, _AND = 0x20, 0x54
_JUMP, _JUMP_EQUAL, _JUMP_AT_LEAST = 0x05, 0x15, 0x35
_RETURN = 0x06
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in what a filter is given."""
_X32 = 0x40000000
"""Numbers from here on are of another interface to the same kernel."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_NAMESPACES = 0x7E020000
_SOCKET_TYPE = 0xF
_IPPROTO_TCP, _IPPROTO_UDP = 6, 17
_MSG_FASTOPEN = 0x20000000
_TCP_FASTOPEN_CONNECT = 30
_SOL_SOCKET, _BUFFER_SIZES = 1, (7, 8)
"""SO_SNDBUF and SO_RCVBUF: memory that no process has."""
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FIOSETOWN, _SIOCSPGRP = 0x8901, 0x8902
_OWNERS = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX."""
_PERSONALITIES = (0, 0xFFFFFFFF)
"""Linux, and the question which one it is."""

Instruction = tuple[int, int, int, int]
Body = Sequence[Instruction]
"""Instructions that end in a verdict."""
Case = tuple[Sequence[int], Body]
"""What to do with some values."""

# name: number on x86_64, number on aarch64
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "ioctl": (16, 29),
    "fcntl": (72, 25),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "tgkill": (234, 131),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "shmget": (29, 194),
    "semget": (64, 190),
    "socket": (41, 198),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "socketpair": (53, 199),
    "setsockopt": (54, 208),
    "clone": (56, 220),
    "msgget": (68, 186),
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "pivot_root": (155, 41),
    "adjtimex": (159, 171),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112),
    "mbind": (237, 235),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "migrate_pages": (256, 238),
    "unshare": (272, 97),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "clock_adjtime": (305, 266),
    "sendmmsg": (307, 269),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "clone3": (435, 435),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443),
    "memfd_secret": (447, 447),
    "landlock_create_ruleset": (444, 444),
    "open_tree_attr": (467, 467),
}
_CONDITIONAL = (
    *("clone", "ioctl", "personality", "sendmmsg", "sendmsg", "sendto"),
    *("setsockopt", "socket", "socketpair"),
)
_ABSENT = (
    # libc then falls back to `clone`, whose flags can be seen.
    "clone3",
    # Libraries then fall back to older ways.
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # Memory that no process has mapped: nobody could count it as anybody's.
    *("memfd_create", "memfd_secret", "shmget", "semget", "msgget"),
)


_HARMLESS = {"landlock_create_ruleset"}
"""Nobody gains anything by building further walls around oneself."""
_SIGNALLING = {
    *("fcntl", "kill", "tkill", "tgkill", "pidfd_send_signal"),
    *("rt_sigqueueinfo", "rt_tgsigqueueinfo"),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def load(*, own_network: bool, signals: int | None = None) -> None:
    """Hold this process and all that it starts to the filter, for good.

    Without a network namespace of its own it has TCP alone: Landlock has no word on
    UDP, and none on the host's Unix sockets.

    Args:
        own_network: whether it has one.
        signals: the only process, beside its group, that may be signalled where
            nothing else keeps signals in; None where something does.
    """
    hold_to(assembled(own_network=own_network, signals=signals))


def hold_to(written: bytes) -> None:
    """Load a filter that `program` wrote; `no_new_privs` has to be set, or be root."""
    system_calls.set_seccomp(_Program(len(written) // 8, written))


@functools.cache
def assembled(*, own_network: bool, signals: int | None = None) -> bytes:
    """The filter as the kernel takes it; see `load`."""
    names = _CALLS.keys() - _HARMLESS - _SIGNALLING
    bodies = {name: _body(name, own_network) for name in sorted(names)}
    if signals is not None:
        bodies |= {name: _signal(name, signals) for name in sorted(_SIGNALLING)}
    return program(bodies)


def program(bodies: Mapping[str, Body]) -> bytes:
    """A filter with a verdict for some calls, that allows all others.

    Raises:
        KeyError: no system call numbers are known for this machine's architecture.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise KeyError(f"no system call numbers are known for {machine}")
    column = list(_ARCHITECTURES).index(machine)
    instructions: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        absent = refused(errno.ENOSYS)
        instructions += [(_JUMP_AT_LEAST, 0, len(absent), _X32), *absent]
    for name, body in bodies.items():
        number = _CALLS[name][column]
        if number is not None:
            instructions += [(_JUMP_EQUAL, 0, len(body), number), *body]
    instructions += _allowed()
    return b"".join(struct.pack("HBBI", *each) for each in instructions)


def _body(name: str, own_network: bool) -> Body:
    match name:
        case "clone":
            return _with_any_bit(0, _NAMESPACES, refused(), _allowed())
        case "ioctl":
            # Typing into the terminal that the sandbox was started from; having
            # somebody signalled.
            doors = (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP)
            return _cases(1, [(doors, refused())], _allowed())
        case "personality":
            return _cases(0, [(_PERSONALITIES, _allowed())], refused())
        case "sendto" | "sendmmsg":
            return _with_any_bit(3, _MSG_FASTOPEN, refused(), _allowed())
        case "sendmsg":
            return _with_any_bit(2, _MSG_FASTOPEN, refused(), _allowed())
        case "setsockopt":
            fast = _cases(2, [((_TCP_FASTOPEN_CONNECT,), refused())], _allowed())
            # A wish, for which the kernel may give less: here nothing.
            sizes = _cases(2, [(_BUFFER_SIZES, refused(0))], _allowed())
            levels: list[Case] = [((_IPPROTO_TCP,), fast), ((_SOL_SOCKET,), sizes)]
            return _cases(1, levels, _allowed())
        case "socket":
            return _socket(own_network)
        case "socketpair":
            # A datagram one could still send to a path of the host's.
            stream = _cases(
                1, [((socket.SOCK_STREAM,), _allowed())], refused(), mask=_SOCKET_TYPE
            )
            pair = _allowed() if own_network else stream
            return _cases(0, [((socket.AF_UNIX,), pair)], refused())
        case _:
            return refused(errno.ENOSYS if name in _ABSENT else errno.EPERM)


def _signal(name: str, process: int) -> Body:
    match name:
        case "fcntl":
            # Whom a file's events are signalled to, and with which signal.
            return _cases(1, [(_OWNERS, refused())], _allowed())
        case "kill":
            return _cases(0, [((process, 0), _allowed())], refused())
        case "tgkill":
            return _cases(0, [((process,), _allowed())], refused())
        case _:
            return refused()


def _socket(own_network: bool) -> Body:
    """Plain TCP; UDP and Unix where they lead nowhere else."""
    tcp = _cases(2, [((0, _IPPROTO_TCP), _allowed())], refused())
    udp = _cases(2, [((0, _IPPROTO_UDP), _allowed())], refused())
    kinds: list[Case] = [((socket.SOCK_STREAM,), tcp)]
    if own_network:
        kinds.append(((socket.SOCK_DGRAM,), udp))
    internet = _cases(1, kinds, refused(), mask=_SOCKET_TYPE)
    families: list[Case] = [((socket.AF_INET, socket.AF_INET6), internet)]
    # ZeroMQ gives up without the list of interfaces.
    families.append(((socket.AF_NETLINK,), _cases(2, [((0,), _allowed())], refused())))
    if own_network:
        families.append(((socket.AF_UNIX,), _allowed()))
    return _cases(0, families, refused(errno.EAFNOSUPPORT))


def _allowed() -> Body:
    return [(_RETURN, 0, 0, _ALLOW)]


def refused(number: int = errno.EPERM) -> Body:
    """The verdict that a call fails with an error."""
    return [(_RETURN, 0, 0, _ERRNO | number)]


def _argument(index: int) -> Instruction:
    """The lower half of an argument: all that these calls look at."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _with_any_bit(index: int, bits: int, then: Body, otherwise: Body) -> Body:
    return [
        _argument(index),
        (_AND, 0, 0, bits),
        (_JUMP_EQUAL, 0, len(otherwise), 0),
        *otherwise,
        *then,
    ]


def _cases(
    index: int,
    cases: Sequence[Case],
    otherwise: Body,
    *,
    mask: int = 0xFFFFFFFF,
) -> Body:
    """By the value of an argument."""
    instructions = [_argument(index), (_AND, 0, 0, mask)]
    for values, body in cases:
        for position, value in enumerate(values):
            # Over the remaining comparisons and the jump past the body.
            instructions.append((_JUMP_EQUAL, len(values) - position, 0, value))
        instructions += [(_JUMP, 0, 0, len(body)), *body]
    return [*instructions, *otherwise]
