"""What a class's results come to: how many passed what, which mistakes, how long."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.grading import graded
from grader.grading.graded import Mark
from grader.grading.scores import Score

BANDS = 10
"""Into how many bands of equal width totals are sorted."""


@dataclass(frozen=True)
class Band:
    """How many totals lie from `low` to below `high`; the last band has `high` too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Success:
    """What became of one exercise over a class."""

    exercise: str
    passed: int
    partly: int
    failed: int
    untried: int
    waiting: int
    mean: float
    """Of the points of those that were decided."""
    maximum: float

    @property
    def handed_in(self) -> int:
        """How many submissions have it."""
        return self.passed + self.partly + self.failed + self.untried + self.waiting


@dataclass(frozen=True)
class Misconception:
    """A named mistake, and who made it."""

    name: str
    exercises: tuple[str, ...]
    explanation: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Times:
    """Seconds that one exercise took to grade."""

    exercise: str
    median: float
    longest: float
    slowest: str
    """The student whose submission took longest."""


@dataclass(frozen=True)
class Marked:
    """One exercise of one student: the gradebook's points and what grading found."""

    score: Score
    mark: Mark | None = None
    """None where only a gradebook is left."""


def median(values: Sequence[float]) -> float:
    """The middle one; 0 of none."""
    return statistics.median(values) if values else 0.0


def distribution(totals: Sequence[float], maximum: float) -> list[Band]:
    """Totals in bands; what lies outside 0 … maximum is in the nearest one."""
    width = (maximum or 1.0) / BANDS
    counts = [0] * BANDS
    for total in totals:
        counts[max(0, min(BANDS - 1, int(total / width + 1e-9)))] += 1
    return [
        Band(round(at * width, 6), round((at + 1) * width, 6), count)
        for at, count in enumerate(counts)
    ]


def successes(marked: Iterable[Marked]) -> list[Success]:
    """By exercise, in the order given, which is theirs."""
    return [_success(exercise, each) for exercise, each in _by_exercise(marked)]


def misconceptions(marked: Iterable[Marked]) -> list[Misconception]:
    """Those that somebody had, the most frequent first."""
    found: dict[str, list[tuple[str, Mark]]] = {}
    for each in marked:
        if each.mark is not None and each.mark.misconception:
            seen = found.setdefault(each.mark.misconception, [])
            seen.append((each.score.student, each.mark))
    made = [
        Misconception(
            name=name,
            exercises=tuple(dict.fromkeys(mark.exercise for _, mark in seen)),
            explanation=next((mark.explanation for _, mark in seen), ""),
            students=tuple(sorted({student for student, _ in seen})),
        )
        for name, seen in found.items()
    ]
    return sorted(made, key=lambda each: (-len(each.students), each.name))


def times(marked: Iterable[Marked]) -> list[Times]:
    """Like `successes`; exercises that nobody ran are left out."""
    found = []
    for exercise, each in _by_exercise(marked):
        taken = [
            (one.mark.seconds, one.score.student)
            for one in each
            if one.mark is not None and one.mark.seconds > 0
        ]
        if taken:
            longest, student = max(taken)
            median = statistics.median(seconds for seconds, _ in taken)
            found.append(Times(exercise, median, longest, student))
    return found


def _by_exercise(marked: Iterable[Marked]) -> Iterator[tuple[str, list[Marked]]]:
    """Those of one exercise after another: a whole class's are many."""
    for exercise, each in itertools.groupby(marked, lambda one: one.score.exercise):
        yield exercise, list(each)


def _success(exercise: str, marked: Sequence[Marked]) -> Success:
    decided = [each for each in marked if each.score.points is not None]
    points = [each.score.points or 0.0 for each in decided]
    passed = [each for each in decided if _points(each) >= each.score.maximum]
    partly = [each for each in decided if 0 < _points(each) < each.score.maximum]
    nothing = [each for each in decided if _points(each) <= 0 < each.score.maximum]
    untried = [
        each
        for each in nothing
        if each.mark is not None and each.mark.outcome == graded.UNATTEMPTED
    ]
    return Success(
        exercise=exercise,
        passed=len(passed),
        partly=len(partly),
        failed=len(nothing) - len(untried),
        untried=len(untried),
        waiting=len(marked) - len(decided),
        mean=statistics.fmean(points) if points else 0.0,
        maximum=max(each.score.maximum for each in marked),
    )


def _points(each: Marked) -> float:
    return each.score.points or 0.0
