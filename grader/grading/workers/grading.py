"""`grade` as a worker calls it, with what travels between processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.grading.grade import grade as grade_it
from grader.grading.workshop import workshop
from grader.sandbox import Isolation


def grade(
    submission: Mapping[str, Any],
    bundle: Mapping[str, Any],
    *,
    isolation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Grade a submission; `isolation` is JSON, as the run pinned it."""
    # One comes after the other.
    workshop().seats.expect_more()
    pinned = None if isolation is None else Isolation.from_json(isolation)
    return grade_it(submission, bundle, isolation=pinned)
