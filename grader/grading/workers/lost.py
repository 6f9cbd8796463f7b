"""Results of submissions that couldn't be graded: nobody is without a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

VERSION = 1
LOST = "worker"
"""The kind of problem that a result has whose grading failed on our side."""


def lost(
    submission: Mapping[str, Any], reason: str, isolation: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The result of a submission whose grading ended twice without one."""
    return unread(submission, [(LOST, reason)], isolation)


def unread(
    submission: Mapping[str, Any],
    problems: Iterable[tuple[str, str]],
    isolation: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """A result without marks: nothing could be read, or grading failed.

    `problems` are kinds and sentences.
    """
    return {
        "version": VERSION,
        "student": submission["student"],
        "assignment": submission["assignment"],
        "digest": "",
        "timestamp": submission.get("timestamp"),
        "status": "unreadable",
        "isolation": dict(isolation or {}),
        "seconds": 0.0,
        "problems": [
            {"kind": kind, "cell": None, "message": message}
            for kind, message in problems
        ],
        "integrity": [],
        "notebooks": {},
    }
