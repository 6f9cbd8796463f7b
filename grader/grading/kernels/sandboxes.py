"""What a learner's kernel sees of this machine."""

from __future__ import annotations

from pathlib import Path

import grader
from grader.sandbox import Policy, libraries

WAITING = 128
"""Forks of a kernel that may wait for their hidden parts, beside a learner's own
processes: test cells of one notebook."""
SEEN = ("__init__.py", "errors.py", "facts", "lab", "npm.py")
"""Of our own package: the learner's side, and no check, case or solution."""


def policy() -> Policy:
    """Python, its libraries and the learner's side of the course."""
    ours, masked = libraries.package(Path(grader.__file__).parent, SEEN)
    return Policy(
        read_only={**libraries.python(), **ours},
        masked=masked,
        processes=Policy.processes + WAITING,
        environment=libraries.search_path(),
    )
