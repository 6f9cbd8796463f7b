"""All that a report on a class is made of: the gradebook's marks and grading's results.

Either may lack: marks of `nbgrader autograde` have no results, and a result that isn't
in the gradebook yet has no marks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.grading.class_figures import Marked
from grader.grading.graded import Graded, Mark
from grader.grading.marks import HandedIn, Marks, Student
from grader.grading.scores import Score, Scores
from grader.lab import tables
from grader.lab.lessons import Lesson

UNDECIDED = (
    "? waits for the instructor, in nbgrader's formgrader, and is no part of a total "
    "until then: a check itself broke, or a person marks it"
)
PRINTED_AT_MOST = 40
"""Students whose marks are printed; the report has all."""


@dataclass(frozen=True)
class Trouble:
    """A submission that couldn't be graded, and why, in one line."""

    student: str
    phase: str
    reason: str


@dataclass(frozen=True, slots=True)
class Total:
    """What one student earned in one phase."""

    points: float
    maximum: float
    """Of what was decided."""
    waiting: float
    """Points that a person has to decide on."""
    penalty: float

    def __str__(self) -> str:
        earned = f"{self.points:g} / {self.maximum:g}"
        return f"{earned} ({self.waiting:g} ?)" if self.waiting else earned


@dataclass(frozen=True)
class Report:
    """What a class earned, and what happened when it was graded."""

    marks: Marks
    results: tuple[Graded, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    lessons: Mapping[str, Mapping[str, Lesson]] = field(default_factory=dict)
    """By phase and notebook."""

    @property
    def scores(self) -> Iterator[Score]:
        """Every exercise of every student, in the order of the notebooks."""
        for phase in self.phases():
            order = {name: at for at, name in enumerate(self._exercises[phase])}
            for scores in self.of_students(phase).values():
                yield from sorted(scores.each(), key=lambda one: order[one.exercise])

    @property
    def undecided(self) -> bool:
        """Whether something waits for the instructor."""
        return any(score.points is None for score in self.marks.scores)

    @cached_property
    def _exercises(self) -> dict[str, list[str]]:
        # Results have the order of the cells, a database has none.
        found: dict[str, dict[str, None]] = {}
        for phase, taught in self.lessons.items():
            for lesson in taught.values():
                names = dict.fromkeys(step.name for step in lesson.exercises)
                found.setdefault(phase, {}).update(names)
        ordered: dict[str, dict[str, None]] = {}
        for result in self.results:
            for marks in result.marks.values():
                for mark in marks:
                    ordered.setdefault(result.assignment, {})[mark.exercise] = None
        there: dict[str, dict[str, None]] = {}
        for (_, phase), scores in self.marks.submissions.items():
            there.setdefault(phase, {}).update(dict.fromkeys(scores))
        return {
            phase: [
                name
                for name in {
                    **ordered.get(phase, {}),
                    **found.get(phase, {}),
                    **dict.fromkeys(sorted(names)),
                }
                if name in names
            ]
            for phase, names in there.items()
        }

    def exercises(self, phase: str) -> list[str]:
        """The exercises of a phase that earn points, in the order of its notebooks."""
        return self._exercises.get(phase, [])

    def phases(self) -> list[str]:
        """The phases that somebody handed in."""
        return sorted(self._by_student)

    @cached_property
    def _by_student(self) -> dict[str, dict[str, Scores]]:
        found: dict[str, dict[str, Scores]] = {}
        for student, phase in sorted(self.marks.submissions):
            scores = self.marks.submissions[student, phase]
            found.setdefault(phase, {})[student] = scores
        return found

    def of_students(self, phase: str) -> Mapping[str, Scores]:
        """The scores of a phase by student, in their order, and exercise."""
        return self._by_student.get(phase, {})

    def handed_in(self, student: str, phase: str) -> HandedIn:
        """When a submission came, and what that costs."""
        kept = self.marks.handed_in.get((student, phase))
        return kept or HandedIn(student, phase)

    def total(self, student: str, phase: str) -> Total:
        """What a student earned; what waits is no part of it and costs nobody."""
        return self._totals.get((student, phase)) or Total(0.0, 0.0, 0.0, 0.0)

    @cached_property
    def _totals(self) -> dict[tuple[str, str], Total]:
        """By student and phase."""
        return {
            (student, phase): self._total(list(scores.values()), student, phase)
            for (student, phase), scores in self.marks.submissions.items()
        }

    def _total(self, scores: Sequence[Score], student: str, phase: str) -> Total:
        decided = [score for score in scores if score.points is not None]
        penalty = self.handed_in(student, phase).penalty
        earned = sum(score.points or 0.0 for score in decided)
        return Total(
            points=max(0.0, earned - penalty),
            maximum=sum(score.maximum for score in decided),
            waiting=sum(score.maximum for score in scores if score.points is None),
            penalty=penalty,
        )

    @cached_property
    def _maxima(self) -> dict[str, dict[str, float]]:
        return {
            phase: {
                exercise: max(
                    scores[exercise].maximum
                    for scores in self.of_students(phase).values()
                    if exercise in scores
                )
                for exercise in self.exercises(phase)
            }
            for phase in self.phases()
        }

    def maxima(self, phase: str) -> dict[str, float]:
        """What each exercise of a phase is worth."""
        return self._maxima.get(phase, {})

    def missing(self, phase: str) -> list[Student]:
        """Who of the class handed nothing in."""
        there = self.of_students(phase)
        return [each for each in self.marks.students if each.id not in there]

    def marked(self, phase: str) -> Iterator[Marked]:
        """Every score of a phase with what grading found, by exercise."""
        for exercise in self.exercises(phase):
            for scores in self.of_students(phase).values():
                if exercise in scores:
                    score = scores[exercise]
                    yield Marked(score, self.mark(score))

    @cached_property
    def _results(self) -> dict[tuple[str, str], Graded]:
        """By student and phase."""
        return {(result.student, result.assignment): result for result in self.results}

    def mark(self, score: Score) -> Mark | None:
        """What grading found of a score."""
        result = self._results.get((score.student, score.phase))
        for marks in result.marks.values() if result else ():
            for mark in marks:
                if mark.exercise == score.exercise:
                    return mark
        return None

    def rows(self, phase: str) -> tuple[list[str], list[list[str]]]:
        """The table of a phase: its head, and a row per student."""
        exercises = self.exercises(phase)
        rows = [
            [
                student,
                *(shown(scores.get(exercise)) for exercise in exercises),
                str(self.total(student, phase)),
            ]
            for student, scores in self.of_students(phase).items()
        ]
        return ["student", *exercises, "total"], rows

    def __str__(self) -> str:
        parts = []
        for phase in self.phases():
            students = self.of_students(phase)
            if len(students) > PRINTED_AT_MOST:
                points = sum(self.total(each, phase).points for each in students)
                average = f"{points / len(students):.1f} points on average"
                parts.append(f"{phase}: {len(students)} students, {average}")
            else:
                parts.append(f"{phase}\n{tables.as_text(*self.rows(phase))}")
        if self.troubles:
            named = [f"{each.student} ({each.phase})" for each in self.troubles]
            more = len(named) - PRINTED_AT_MOST
            listed = ", ".join(named[:PRINTED_AT_MOST])
            parts.append(
                f"not graded, the report says why: {listed}"
                + (f" and {more} more" if more > 0 else "")
            )
        if self.undecided:
            parts.append(UNDECIDED)
        return "\n\n".join(parts)


def shown(score: Score | None) -> str:
    """Points in a table: "?" waits for a person, "" was never handed in."""
    if score is None:
        return ""
    return "?" if score.points is None else f"{round(score.points, 2):g}"


def troubles(results: Iterable[Graded], phases: Collection[str]) -> list[Trouble]:
    """The submissions that couldn't be graded."""
    return [
        Trouble(
            result.student,
            result.assignment,
            "; ".join(note.message for note in result.problems) or result.status,
        )
        for result in results
        if result.status != "graded" and result.assignment in phases
    ]
