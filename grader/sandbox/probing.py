"""What walls this machine can put up: a thief is set on bait inside each of them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from grader.errors import SandboxFailed
from grader.sandbox import first, landlock, libraries
from grader.sandbox.bait import Bait
from grader.sandbox.causes import explained
from grader.sandbox.command import command
from grader.sandbox.isolation import Isolation, Tier
from grader.sandbox.network import Network
from grader.sandbox.policy import Policy

_LIMIT = 20.0
"""Seconds, on a very busy machine."""
_DETAILS: dict[Tier, str] = {
    "strong": "own files, processes and network",
    "medium": "files and TCP restricted by Landlock and seccomp; other processes, "
    "names and sizes of files are visible, the disk isn't limited in all, and nothing "
    "can listen inside",
    "none": "resource limits only, NOT ISOLATED: a submission reads and sends what it "
    "likes",
}


def probe() -> Isolation:
    """The strongest tier of which every bait held, judged from outside.

    About a quarter of a second. Probe once and keep to what was found: a run must not
    become weaker in its middle.
    """
    began = time.perf_counter()
    reason = cure = ""
    for tried in _candidates():
        error = _fault(tried)
        if not error:
            break
        if tried.facts.get("proc", True):
            # What kept out the first choice explains more than what followed from it.
            why, what = explained(error)
            reason, cure = (reason, cure) if reason else (why, what)
    seconds = round(time.perf_counter() - began, 3)
    return Isolation(
        tried.tier,
        tried.detail,
        "" if tried.tier == "strong" else reason,
        "" if tried.tier == "strong" else cure,
        {**tried.facts, "seconds": seconds},
    )


def _candidates() -> Iterator[Isolation]:
    abi = landlock.version()
    facts = {
        "landlock": abi,
        "kernel": platform.release(),
        "root": os.geteuid() == 0,
        "first": first.available(),
    }
    also = (
        " (and Landlock and seccomp)" if abi else " (and seccomp; there's no Landlock)"
    )
    strong = _DETAILS["strong"] + also
    yield Isolation("strong", strong, facts={**facts, "proc": True})
    yield Isolation(
        "strong", f"{strong}; without /proc", facts={**facts, "proc": False}
    )
    alone = "" if abi >= landlock.KEEPS_SIGNALS else "; it can signal itself alone"
    yield Isolation("medium", _DETAILS["medium"] + alone, facts=facts)
    yield Isolation("none", _DETAILS["none"], facts=facts)


def _fault(isolation: Isolation) -> str:
    """Why a tier doesn't count; empty if it does."""
    if isolation.tier == "none":
        return ""  # there is nothing that could hold
    try:
        with Bait() as bait, Network(isolation) as network, network.listener() as door:
            ran = _run_thief(isolation, network, bait, door.getsockname()[1])
            if ran.returncode != 0:
                lines = ran.stderr.strip().splitlines()
                return lines[-1] if lines else f"it ended with {ran.returncode}"
            door.settimeout(0)
            connection, _ = door.accept()
            with connection:
                if connection.recv(16) != b"honest":
                    return "the door to the lab doesn't work"
            taken = bait.taken(ran.stdout)
    except (OSError, SandboxFailed, subprocess.TimeoutExpired) as fault:
        return str(fault)
    return f"it doesn't hold back {', '.join(taken)}" if taken else ""


def _run_thief(
    isolation: Isolation, network: Network, bait: Bait, door: int
) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).with_name("thief.py").read_text(encoding="utf-8")
    order = json.dumps({**bait.order(), "door": door})
    policy = Policy(read_only=libraries.python(), ports=network.ports)
    return subprocess.run(
        command(
            policy,
            isolation,
            [sys.executable, "-I", "-S", "-c", source, order],
            network=network.descriptors,
        ),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
        env={},
        pass_fds=network.descriptors,
    )
