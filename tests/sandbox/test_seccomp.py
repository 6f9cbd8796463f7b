"""The numbers of system calls, which a wrong one would leave without a verdict."""

from __future__ import annotations

import ctypes

import pytest

from grader.sandbox import seccomp, system_calls

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = {
    "pivot_root": system_calls._PIVOT_ROOT,
    "mount_setattr": dict.fromkeys(AUDIT, system_calls._MOUNT_SETATTR),
    "landlock_create_ruleset": dict.fromkeys(
        AUDIT, system_calls.LANDLOCK_CREATE_RULESET
    ),
    "landlock_add_rule": dict.fromkeys(AUDIT, system_calls.LANDLOCK_ADD_RULE),
    "landlock_restrict_self": dict.fromkeys(AUDIT, system_calls.LANDLOCK_RESTRICT_SELF),
}
UNKNOWN = -1
"""To a library that is older than the call; other negative numbers are calls that an
architecture doesn't have."""


@pytest.mark.parametrize(("machine", "token"), AUDIT.items())
def test_numbers_are_those_of_the_kernel(machine: str, token: int) -> None:
    """As libseccomp has them, which systemd and apt bring, for either architecture."""
    resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    column = list(AUDIT).index(machine)
    ours = {name: numbers[column] for name, numbers in seccomp._CALLS.items()}
    ours |= {name: numbers[machine] for name, numbers in OWN.items()}
    theirs = {name: resolve(ctypes.c_uint32(token), name.encode()) for name in ours}
    wrong = {
        name: (number, theirs[name])
        for name, number in ours.items()
        if theirs[name] != UNKNOWN and max(theirs[name], UNKNOWN) != (number or UNKNOWN)
    }
    assert wrong == {}
    assert sum(number == UNKNOWN for number in theirs.values()) < 10
    assert seccomp._ARCHITECTURES[machine] == token
