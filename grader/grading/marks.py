"""What a gradebook of nbgrader's says of a class, read in a few queries."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from grader.grading import pipeline
from grader.grading.gradebook import refusals
from grader.grading.scores import Score, Scores, packed

_AT_ONCE = 1_000
"""Rows of a database that are in memory."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person wrote about one cell of a student's notebook."""

    notebook: str
    cell: str
    text: str


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One student's submission of one phase."""

    student: str
    phase: str
    timestamp: datetime | None = None
    """In UTC; None where nobody knows."""
    seconds_late: float = 0.0
    penalties: Mapping[str, float] = field(default_factory=dict)
    """Points that lateness costs, by notebook."""
    comments: tuple[Comment, ...] = ()

    @property
    def penalty(self) -> float:
        """Points that lateness costs altogether."""
        return sum(self.penalties.values())


@dataclass(frozen=True, slots=True)
class Student:
    """Who is in the class; names may be empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def name(self) -> str:
        """As in lists: family name first; the id of who has no name."""
        return ", ".join(filter(None, [self.last_name, self.first_name])) or self.id


@dataclass(frozen=True)
class Marks:
    """The marks of a class."""

    submissions: Mapping[tuple[str, str], Scores] = field(default_factory=dict)
    """Scores by student and phase."""
    handed_in: Mapping[tuple[str, str], HandedIn] = field(default_factory=dict)
    """By student and phase."""
    students: tuple[Student, ...] = ()
    """All of the class, also who handed nothing in."""

    @property
    def scores(self) -> Iterator[Score]:
        """Every exercise of every student, one in memory at a time."""
        for each in self.submissions.values():
            yield from each.each()


def read(
    database: str, phases: Collection[str], *, student: str | None = None
) -> Marks:
    """Read a gradebook.

    Args:
        database: an SQLAlchemy URL, as nbgrader's `CourseDirectory.db_url`.
        student: whose marks are read, if not everybody's.
    """
    pipeline.prepare_imports()
    import sqlalchemy

    engine = sqlalchemy.create_engine(database, poolclass=sqlalchemy.pool.NullPool)
    try:
        with refusals(database), engine.connect() as line:
            return Marks(
                submissions=packed(_scores(line, phases, student)),
                handed_in={
                    (each.student, each.phase): each
                    for each in _handed_in(line, phases, student)
                },
                students=tuple(_students(line)),
            )
    finally:
        engine.dispose()


def _scores(
    line: Any, phases: Collection[str], student_id: str | None
) -> Iterable[Score]:
    import sqlalchemy
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        GradeCell,
        SubmittedAssignment,
        TaskCell,
    )

    checked, task = GradeCell.__table__, TaskCell.__table__
    query = (
        _of_notebooks(
            *(phases, student_id),
            *(BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit),
            sqlalchemy.func.coalesce(checked.c.max_score, task.c.max_score, 0.0),
        )
        .join(Grade, Grade.notebook_id == _part().id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .outerjoin(checked, checked.c.id == Grade.cell_id)
        .outerjoin(task, task.c.id == Grade.cell_id)
        .order_by(Assignment.name, SubmittedAssignment.student_id)
    )
    for row in line.execution_options(yield_per=_AT_ONCE).execute(query):
        *names, automatic, manual, extra, maximum = row
        # Each is in many rows, and in memory once.
        student, phase, notebook, exercise = map(sys.intern, names)
        base = automatic if manual is None else manual
        yield Score(
            student=student,
            phase=phase,
            notebook=notebook,
            exercise=exercise,
            points=None if base is None else float(base) + float(extra or 0),
            maximum=float(maximum),
            by_hand=manual is not None or bool(extra),
        )


def _comments(
    line: Any, phases: Collection[str], student_id: str | None
) -> dict[tuple[str, str], list[Comment]]:
    from nbgrader.api import BaseCell
    from nbgrader.api import Comment as Kept

    query = (
        _of_notebooks(phases, student_id, BaseCell.name, Kept.manual_comment)
        .join(Kept, Kept.notebook_id == _part().id)
        .join(BaseCell, BaseCell.id == Kept.cell_id)
        .where(Kept.manual_comment != "")
    )
    found: dict[tuple[str, str], list[Comment]] = {}
    for student, phase, notebook, cell, text in line.execute(query):
        found.setdefault((student, phase), []).append(Comment(notebook, cell, text))
    return found


def _handed_in(
    line: Any, phases: Collection[str], student_id: str | None
) -> Iterable[HandedIn]:
    import sqlalchemy
    from nbgrader.api import Assignment, SubmittedAssignment

    comments = _comments(line, phases, student_id)
    penalties: dict[tuple[str, str], dict[str, float]] = {}
    for student, phase, notebook, penalty in line.execute(
        _of_notebooks(phases, student_id, _part().late_submission_penalty)
    ):
        if penalty:
            penalties.setdefault((student, phase), {})[notebook] = float(penalty)
    query = (
        sqlalchemy.select(
            *(SubmittedAssignment.student_id, Assignment.name, Assignment.duedate),
            *(SubmittedAssignment.timestamp, SubmittedAssignment.extension),
        )
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(*_of(phases, student_id))
    )
    nothing: dict[str, float] = {}
    for *names, due, when, extension in line.execute(query):
        student, phase = map(sys.intern, names)
        if due is not None and extension is not None:
            due += extension
        late = (when - due).total_seconds() if when and due else 0.0
        yield HandedIn(
            student=student,
            phase=phase,
            timestamp=when,
            seconds_late=max(0.0, late),
            penalties=penalties.get((student, phase), nothing),
            comments=tuple(comments.get((student, phase), ())),
        )


def _students(line: Any) -> Iterable[Student]:
    import sqlalchemy
    from nbgrader.api import Student as Kept

    columns = (Kept.id, Kept.first_name, Kept.last_name, Kept.email, Kept.lms_user_id)
    for row in line.execute(sqlalchemy.select(*columns).order_by(Kept.id)):
        yield Student(*(value or "" for value in row))


def _of_notebooks(
    phases: Collection[str], student_id: str | None, *columns: Any
) -> Any:
    """Of submitted notebooks: student, phase and notebook, then what is asked for."""
    import sqlalchemy
    from nbgrader.api import Assignment, Notebook, SubmittedAssignment

    return (
        sqlalchemy.select(
            SubmittedAssignment.student_id, Assignment.name, Notebook.name, *columns
        )
        .select_from(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(_part(), _part().assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == _part().notebook_id)
        .where(*_of(phases, student_id))
    )


def _of(phases: Collection[str], student_id: str | None) -> list[Any]:
    from nbgrader.api import Assignment, SubmittedAssignment

    asked = [Assignment.name.in_(phases)]
    if student_id is not None:
        asked.append(SubmittedAssignment.student_id == student_id)
    return asked


def _part() -> Any:
    from nbgrader.api import SubmittedNotebook

    return SubmittedNotebook
