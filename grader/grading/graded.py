"""Graded submissions as reports and feedback read them: the results of `grade`, typed.

Results come from a journal that other machines and older versions wrote too, so what
isn't of its kind counts as absent.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

PASSED, FAILED, UNATTEMPTED = "passed", "failed", "unattempted"
BROKEN, MANUAL, NO_VERDICT = "broken", "manual", "no verdict"
OUTCOMES = (PASSED, FAILED, UNATTEMPTED, NO_VERDICT, BROKEN, MANUAL)
"""`broken` is a check of ours that broke; `manual` waits for a person."""

Kind = Literal[
    "missing file",
    "extra file",
    "file name",
    "several files",
    "file",
    "unreadable",
    "encoding",
    "format",
    "cut",
    "no cell",
    "lost metadata",
    "other release",
    "missing cell",
    "copied cell",
    "moved cell",
    "moved answer",
    "tried out",
    "edited cell",
    "changed type",
    "edited test",
    "hidden tests",
    "tagged test",
    "changed points",
    "changed kind",
    "time limit",
    "lost kernel",
    "memory limit",
    "output limit",
    "hidden part",
    "attempt",
    "forged verdict",
    "grading broke",
    "worker",
]
"""What a note is about; another version's results may have others."""
SETTLED: frozenset[str] = frozenset(
    [
        *("extra file", "file name", "several files", "encoding", "format"),
        *("lost metadata", "other release", "missing cell", "copied cell"),
        *("moved cell", "moved answer", "tried out", "edited cell", "changed type"),
        *("edited test", "hidden tests", "tagged test", "changed points"),
        "changed kind",
    ]
)
"""The kinds of what was mended, and asks nothing of a person."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What grading found in one cell that earns points."""

    exercise: str
    points: float | None
    maximum: float
    outcome: str
    message: str = ""
    """What was sent and what came back, in the examiner's words."""
    expected: str = ""
    observed: str = ""
    look: str = ""
    misconception: str = ""
    explanation: str = ""
    hint: str = ""
    """The next rung of the exercise's hints."""
    seconds: float = 0.0
    variation: bool = False
    """Whether the message is about a hidden variation."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the instructor should know of a submission."""

    kind: Kind
    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class Graded:
    """The result of one submission."""

    student: str
    assignment: str
    status: str = "graded"
    timestamp: str = ""
    """When it was handed in, ISO 8601; empty where nobody knows."""
    seconds: float = 0.0
    platform_id: str = ""
    """The learning platform's number of the student, from the names of the files."""
    tier: str = ""
    """How well it was isolated: strong, medium or none."""
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    """By notebook, in the order of its cells."""
    problems: tuple[Note, ...] = ()
    integrity: tuple[Note, ...] = ()
    executed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By notebook: its JSON with outputs, hidden tests still in it."""


def graded(
    result: Mapping[str, Any], *, executed: bool = False, words: bool = True
) -> Graded:
    """A result, typed.

    Args:
        executed: whether it has the executed notebooks, which are big.
        words: whether marks have what learners read, beyond their misconception's
            explanation. A class's results are small without.
    """
    notebooks = _mapping(result.get("notebooks"))
    return Graded(
        student=_text(result.get("student")),
        assignment=_shared(result.get("assignment")),
        status=_shared(result.get("status")),
        timestamp=_text(result.get("timestamp")),
        seconds=_number(result.get("seconds")) or 0.0,
        platform_id=_text(_mapping(result.get("about")).get("platform_id")),
        tier=_shared(_mapping(result.get("isolation")).get("tier")),
        marks={
            stem: tuple(_mark(mark, words) for mark in _mappings(notebook.get("marks")))
            for stem, notebook in _named(notebooks)
        },
        problems=tuple(_note(note) for note in _mappings(result.get("problems"))),
        integrity=tuple(_note(note) for note in _mappings(result.get("integrity"))),
        executed={
            stem: _mapping(notebook.get("executed"))
            for stem, notebook in _named(notebooks)
            if executed
        },
    )


def _mark(mark: Mapping[str, Any], words: bool) -> Mark:
    short = _short_mark(
        _shared(mark.get("grade_id")),
        _number(mark.get("points")),
        _number(mark.get("maximum")) or 0.0,
        _shared(mark.get("outcome")) or NO_VERDICT,
        _shared(mark.get("misconception")),
        _shared(mark.get("explanation")),
        round(_number(mark.get("seconds")) or 0.0, 2),
        mark.get("variation") is True,
    )
    if not words:
        return short
    return replace(
        short,
        message=_text(mark.get("message")),
        expected=_text(mark.get("expected")),
        observed=_text(mark.get("observed")),
        look=_text(mark.get("look")),
        hint=_text(mark.get("hint")),
    )


@functools.lru_cache(maxsize=65_536)
def _short_mark(
    exercise: str,
    points: float | None,
    maximum: float,
    outcome: str,
    misconception: str,
    explanation: str,
    seconds: float,
    variation: bool,
) -> Mark:
    """A mark without words: most of a class have few that differ, each kept once."""
    return Mark(
        exercise=exercise,
        points=points,
        maximum=maximum,
        outcome=outcome,
        misconception=misconception,
        explanation=explanation,
        seconds=seconds,
        variation=variation,
    )


def _note(note: Mapping[str, Any]) -> Note:
    return Note(
        cast("Kind", _text(note.get("kind"))),
        _text(note.get("cell")),
        _text(note.get("message")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _shared(value: object) -> str:
    """A text that many results have: one in memory for all of them."""
    return sys.intern(_text(value))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, (list, tuple)) else []
    return [each for each in found if isinstance(each, Mapping)]


def _named(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((name, value) for name, value in found.items() if _mapping(value))
