"""Landlock: which files a process may touch, which TCP ports it may reach.

It holds for a process and all that it starts, needs no privilege, and can't be taken
back. https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from grader.sandbox import system_calls

_VERSION = 1
"""The flag that asks for the version of the interface (ABI)."""
_PATH, _PORT = 1, 2
"""The kinds of rules."""

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_SOCKET, _REMOVE_FILE = 1 << 9, 1 << 5
_TRUNCATE, _DEVICE_IOCTL = 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE_IOCTL
_KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files there are, by version."""

READING = _EXECUTE | _READ | _LIST
LISTING = _LIST
DEVICE = _READ | _WRITE
SOCKETS = _MAKE_SOCKET | _REMOVE_FILE | _LIST | _READ | _WRITE
OWNING = (1 << 16) - 1

_BIND, _CONNECT = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
KEEPS_SIGNALS = 6
"""From this version on."""


@dataclass(frozen=True)
class Rule:
    """Rights on a file, or on a folder and everything below it."""

    path: str
    rights: int


def version() -> int:
    """The version of Landlock's interface here; 0 where there is none."""
    try:
        return system_calls.system_call(
            "landlock", system_calls.LANDLOCK_CREATE_RULESET, None, 0, _VERSION
        )
    except OSError:
        return 0


def restrict(
    rules: Iterable[Rule],
    *,
    ports: Collection[int] | None,
    listens: Collection[int] = (),
    known: int | None = None,
) -> None:
    """Allow this process what the rules say, and no other file, for good.

    From version 6 on it also can't signal processes outside, nor reach their
    abstract sockets. `no_new_privs` has to be set.

    Args:
        rules: paths that don't exist are passed over.
        ports: TCP may connect to these, of any host; None: no word on TCP, because
            the network is its own.
        listens: TCP may listen on these.
        known: the version to keep to, if not this machine's.

    Raises:
        OSError: there is no Landlock here, or it has no word on TCP yet.
    """
    abi = version() if known is None else known
    handled = (1 << _KNOWN_RIGHTS.get(abi, 16 if abi else 0)) - 1
    network = 0 if ports is None else _BIND | _CONNECT
    if ports is not None and abi < 4:
        raise OSError(f"landlock: version {abi} has no word on TCP, 4 has")
    attributes = struct.pack("QQQ", handled, network, _ABSTRACT_SOCKETS | _SIGNALS)
    size = 8 if abi < 4 else 16 if abi < KEEPS_SIGNALS else 24
    ruleset = system_calls.system_call(
        "landlock", system_calls.LANDLOCK_CREATE_RULESET, attributes[:size], size, 0
    )
    try:
        for rule in rules:
            _allow(ruleset, rule, handled)
        for port in ports or ():
            _add(ruleset, _PORT, struct.pack("QQ", _CONNECT, port))
        for port in listens:
            _add(ruleset, _PORT, struct.pack("QQ", _BIND, port))
        system_calls.system_call(
            "landlock", system_calls.LANDLOCK_RESTRICT_SELF, ruleset, 0
        )
    finally:
        os.close(ruleset)


def around(folder: str, hidden: Iterable[str]) -> Iterator[Rule]:
    """Reading of a folder but for some paths below it; their names stay visible.

    Rules only ever add, so the folder's own entries are allowed one by one.
    """
    inside = [path for path in hidden if below(path, folder)]
    if folder in inside:
        return
    if not inside:
        yield Rule(folder, READING)
        return
    yield Rule(folder, LISTING)
    for entry in os.scandir(folder):
        # A rule for a link is one for what it leads to, which may be hidden.
        if not entry.is_symlink():
            yield from around(entry.path, inside)


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _allow(ruleset: int, rule: Rule, handled: int) -> None:
    try:
        opened = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rights = rule.rights & handled
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _FILE_RIGHTS
        if rights:
            _add(ruleset, _PATH, struct.pack("=Qi", rights, opened))
    finally:
        os.close(opened)


def _add(ruleset: int, kind: int, rule: bytes) -> None:
    system_calls.system_call(
        "landlock", system_calls.LANDLOCK_ADD_RULE, ruleset, kind, rule, 0
    )
