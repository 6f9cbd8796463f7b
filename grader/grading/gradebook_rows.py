"""Rows of nbgrader's gradebook: those of a submission, made where they are missing.

nbgrader commits with each row that it makes; here nothing is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import GradebookUnusable


@dataclass(frozen=True)
class Cells:
    """The cells of a notebook that have rows, as ids by name."""

    notebook: str
    graded: Mapping[str, str]
    tasks: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Rows:
    """A submitted notebook's grades and comments, by the names of their cells."""

    grades: Mapping[str, Any]
    """Without tasks', which only a person marks."""
    all_grades: tuple[Any, ...]
    comments: Mapping[str, Any]


def cells(session: Any, assignment: str) -> tuple[str, dict[str, Cells]]:
    from nbgrader.api import Assignment, BaseCell, Notebook
    from sqlalchemy import select

    found = session.execute(
        select(Assignment.id).where(Assignment.name == assignment)
    ).scalar_one_or_none()
    if found is None:
        raise GradebookUnusable(f"the gradebook has no assignment {assignment!r}")
    notebooks = {}
    for identity, name in session.execute(
        select(Notebook.id, Notebook.name).where(Notebook.assignment_id == found)
    ):
        kinds: dict[str, dict[str, str]] = {}
        for cell, cell_name, kind in session.execute(
            select(BaseCell.id, BaseCell.name, BaseCell.type).where(
                BaseCell.notebook_id == identity
            )
        ):
            kinds.setdefault(kind, {})[cell_name] = cell
        notebooks[name] = Cells(
            identity,
            kinds.get("GradeCell", {}),
            kinds.get("TaskCell", {}),
            kinds.get("SolutionCell", {}),
        )
    return found, notebooks


def enter_student(session: Any, result: Mapping[str, Any]) -> None:
    from nbgrader.api import Student

    student = session.get(Student, result["student"])
    if student is None:
        about = result.get("about", {})
        student = Student(
            id=result["student"],
            last_name=about.get("name") or None,
            lms_user_id=about.get("platform_id") or None,
        )
        session.add(student)


def submission(
    session: Any, assignment: str, student: str, notebooks: Mapping[str, Cells]
) -> Any:
    from nbgrader.api import SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    submission = session.execute(
        select(SubmittedAssignment).where(
            SubmittedAssignment.assignment_id == assignment,
            SubmittedAssignment.student_id == student,
        )
    ).scalar_one_or_none()
    if submission is None:
        submission = SubmittedAssignment(assignment_id=assignment, student_id=student)
        session.add(submission)
        session.flush()
        for cells in notebooks.values():
            session.add(
                SubmittedNotebook(
                    notebook_id=cells.notebook, assignment_id=submission.id
                )
            )
        session.flush()
    return submission


def submitted_notebooks(
    session: Any, submission: str, notebooks: Mapping[str, Cells]
) -> dict[str, Any]:
    from nbgrader.api import SubmittedNotebook
    from sqlalchemy import select

    by_id = {
        submitted.notebook_id: submitted
        for submitted in session.execute(
            select(SubmittedNotebook).where(
                SubmittedNotebook.assignment_id == submission
            )
        ).scalars()
    }
    for cells in notebooks.values():
        if cells.notebook not in by_id:  # released after the first submission
            by_id[cells.notebook] = SubmittedNotebook(
                notebook_id=cells.notebook, assignment_id=submission
            )
            session.add(by_id[cells.notebook])
            session.flush()
    return {name: by_id[cells.notebook] for name, cells in notebooks.items()}


def rows(session: Any, submitted: str, cells: Cells) -> Rows:
    from nbgrader.api import Comment, Grade

    grades = _entered(session, Grade, submitted, {**cells.graded, **cells.tasks})
    comments = _entered(session, Comment, submitted, {**cells.answers, **cells.tasks})
    return Rows(
        {name: grades[identity] for name, identity in cells.graded.items()},
        tuple(grades.values()),
        {
            name: comments[identity]
            for name, identity in {**cells.answers, **cells.tasks}.items()
        },
    )


def _entered(
    session: Any, kind: Any, submitted: str, cells: Mapping[str, str]
) -> dict[str, Any]:
    """The rows of a kind by their cells; those that aren't there yet are made."""
    from sqlalchemy import select

    rows = {
        row.cell_id: row
        for row in session.execute(
            select(kind).where(kind.notebook_id == submitted)
        ).scalars()
    }
    for cell in cells.values():
        if cell not in rows:
            rows[cell] = kind(cell_id=cell, notebook_id=submitted)
            if hasattr(kind, "needs_manual_grade"):
                rows[cell].needs_manual_grade = True
            session.add(rows[cell])
    return rows
