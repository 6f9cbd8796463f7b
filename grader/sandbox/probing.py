"""What walls this machine can put up, by trying them."""

from __future__ import annotations

import subprocess

from grader.sandbox import landlock
from grader.sandbox.command import command
from grader.sandbox.isolation import Isolation
from grader.sandbox.policy import Policy

_LIMIT = 10.0
_DETAILS = {
    "strong": "own files, processes and network; Landlock and seccomp",
    "medium": "files and TCP restricted by Landlock and seccomp; other processes and "
    "file metadata visible, total disk not capped, no servers of its own",
    "none": "resource limits only, NOT ISOLATED: a submission can read and change "
    "whatever its user can",
}


def probe() -> Isolation:
    """The strongest tier that holds here."""
    reason = ""
    for tier in ("strong", "medium"):
        found = Isolation(
            tier,  # type: ignore[arg-type]
            _DETAILS[tier],
            reason=reason,
            facts={"proc": True, "landlock": landlock.version()},
        )
        tried = subprocess.run(
            command(Policy(), found, ["/bin/true"]),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
            env={},
        )
        if tried.returncode == 0:
            return found
        reason = tried.stderr.strip().splitlines()[-1] if tried.stderr else "it failed"
    return Isolation("none", _DETAILS["none"], reason=reason)
