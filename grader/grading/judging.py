"""Marks, from what was found of each cell that is worth points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.grading.assignment import SourceCell
from grader.grading.examined_cells import CheckCall
from grader.grading.graded import (
    BROKEN,
    FAILED,
    MANUAL,
    NO_VERDICT,
    PASSED,
    UNATTEMPTED,
)
from grader.grading.kernels import Finding
from grader.grading.sitting import Sat
from grader.grading.verdicts import Verdict

Mark = dict[str, Any]
"""One mark as results have it."""
HIDDEN = "A hidden test isn't passed, or one that comes after it."
"""All that is said of it."""


def by_hand(cell: SourceCell, *, is_written: bool) -> Mark:
    """The mark of what a person marks: nothing for a stub, else it waits."""
    if cell.solution and not is_written:
        return _mark(cell, UNATTEMPTED, 0.0, message="Nothing was written here.")
    return _mark(cell, MANUAL, None)


def nothing(cell: SourceCell, message: str) -> Mark:
    """No points, as nothing could be looked at."""
    return _mark(cell, NO_VERDICT, 0.0, message=message)


def undecided(cell: SourceCell, message: str) -> Mark:
    """No mark yet: it went wrong on our side."""
    return _mark(cell, BROKEN, None, message=message)


def by_checks(cell: SourceCell, sat: Sat, hints: Mapping[str, str]) -> Mark:
    """The mark of a test cell by the examiner's verdicts alone."""
    finding, verdict = sat.finding, sat.finding.verdict
    is_hidden = sat.hidden is not None
    checks = [_check(call, sat.verdicts) for call in sat.calls]
    common: dict[str, Any] = {"seconds": sat.seconds, "checks": checks}
    if finding.passed:
        return _mark(cell, PASSED, cell.points, **common)
    common["message"] = _noted(finding.message, sat)
    if verdict is None:
        # Whether what is hidden failed or ended is for the instructor to know.
        outcome = FAILED if is_hidden else NO_VERDICT
        return _mark(cell, outcome, 0.0, variation=is_hidden, **common)
    if finding.broken:
        return _mark(cell, BROKEN, None, **common)
    return _mark(
        cell,
        UNATTEMPTED if verdict.unattempted and not is_hidden else FAILED,
        0.0,
        expected=verdict.expected,
        observed=verdict.observed,
        look=verdict.look,
        misconception=verdict.misconception,
        explanation=verdict.explanation,
        variation=verdict.variation or is_hidden,
        hint=hints.get(verdict.check, ""),
        **common,
    )


def by_tests(cell: SourceCell, sat: Sat) -> Mark:
    """The mark of a plain test cell; what is hidden in it isn't told."""
    assert sat.tested is not None
    tested, maximum = sat.tested, cell.points or 0.0
    common: dict[str, Any] = {"seconds": sat.seconds}
    if tested.passed and tested.share == 1.0:
        return _mark(cell, PASSED, maximum, **common)
    points = round(tested.share * maximum, 9)
    message = tested.message
    if tested.passed:
        message = f"{points:g} of {maximum:g} points: a part of it is right."
    elif sat.hidden is not None:
        # By which exception, on which line or at which limit it ended is for a
        # learner's code to choose, and so may tell what it was called with.
        return _mark(cell, FAILED, points, message=HIDDEN, **common)
    elif tested.exception:
        message = _told(cell, tested)
    outcome = FAILED
    if tested.exception == "NotImplementedError":
        outcome = UNATTEMPTED
    elif not tested.passed and not tested.exception and sat.ran.end:
        outcome = NO_VERDICT
    return _mark(cell, outcome, points, message=_noted(message, sat), **common)


def _told(cell: SourceCell, tested: Finding) -> str:
    """Where a test failed, and by what."""
    lines = cell.source.splitlines()
    if tested.line is None or tested.line > len(lines):
        return tested.message
    return f"{lines[tested.line - 1].strip()}: {tested.message}"


def _noted(message: str, sat: Sat) -> str:
    """With why its visible part was ended, if it was."""
    if not sat.ran.note:
        return message
    return f"{message.rstrip('.')}. {sat.ran.note[:1].upper()}{sat.ran.note[1:]}."


def _check(call: CheckCall, verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
    mine = [
        verdict
        for verdict in verdicts
        if (verdict.check, verdict.variation) == (call.check, call.variation)
    ]
    return {
        "check": call.check,
        "variation": call.variation,
        "outcome": mine[-1].outcome if mine else NO_VERDICT,
        "seconds": mine[-1].seconds if mine else 0.0,
    }


def _mark(cell: SourceCell, outcome: str, points: float | None, **more: Any) -> Mark:
    return {
        "grade_id": cell.grade_id,
        "points": points,
        "maximum": cell.points,
        "outcome": outcome,
        "message": "",
        "expected": "",
        "observed": "",
        "look": "",
        "misconception": "",
        "explanation": "",
        "hint": "",
        "seconds": 0.0,
        "variation": False,
        "checks": [],
        **more,
    }
