"""Programs in sandboxes, as whoever runs the tests."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from grader.sandbox import Isolation, Policy, command, probe
from grader.sandbox.libraries import python

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOBODY = 65534
LIMIT = 60.0
"""Seconds; nothing here takes longer than one of them unless it hangs."""


@pytest.fixture(scope="session")
def isolation() -> Isolation:
    """What a probe finds here."""
    return probe()


@pytest.fixture(scope="session", params=["alone", "reaped"])
def strong(request: pytest.FixtureRequest, isolation: Isolation) -> Isolation:
    """Namespaces: without them half of this package can't be tested.

    Also as where a program has to have a reaper above it.
    """
    assert isolation.tier == "strong", isolation.line()
    if request.param == "alone":
        return isolation
    facts = {**isolation.facts, "first": False}
    return dataclasses.replace(isolation, facts=facts)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Python and nothing else."""
    return Policy(read_only=python(), processes=40, disk=8, file_size=4)


@pytest.fixture(scope="session")
def run(policy: Policy) -> Run:
    """Runs Python source in a sandbox of a tier; fields of the policy by keyword."""

    def run(
        source: str,
        isolation: Isolation,
        *,
        network: Sequence[int] = (),
        keep: Sequence[int] = (),
        **fields: Any,
    ) -> subprocess.CompletedProcess[str]:
        fields["read_only"] = {**policy.read_only, **fields.get("read_only", {})}
        argv = command(
            dataclasses.replace(policy, **fields),
            isolation,
            [sys.executable, "-I", "-S", "-c", textwrap.dedent(source)],
            network=network,
            keep=keep,
        )
        return subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            pass_fds=[*network, *keep],
        )

    return run


def python_for_all() -> str:
    """This Python, or the system's if this one is in root's home."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        as_nobody = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        tried = subprocess.run(
            ["/bin/sh", "-c", '"$0" -c "import sys"', candidate],
            **as_nobody,  # type: ignore[call-overload]
            extra_groups=[] if as_nobody else None,
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return candidate
    raise AssertionError("no Python that another user may start")


def said(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON that a program printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
