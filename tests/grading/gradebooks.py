"""Gradebooks of the toy, and what is in their rows."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from grader.grading import pipeline
from grader.grading.course import Course
from grader.grading.release import generate

Row = tuple[Any, ...]

GRADES = """
select s.student_id, a.name, n.name, c.name, g.auto_score, g.manual_score,
       g.extra_credit, g.needs_manual_grade
from grade g join submitted_notebook sn on g.notebook_id = sn.id
join notebook n on sn.notebook_id = n.id
join submitted_assignment s on sn.assignment_id = s.id
join assignment a on s.assignment_id = a.id join base_cell c on g.cell_id = c.id
"""
COMMENTS = """
select s.student_id, a.name, n.name, c.name, g.auto_comment, g.manual_comment
from comment g join submitted_notebook sn on g.notebook_id = sn.id
join notebook n on sn.notebook_id = n.id
join submitted_assignment s on sn.assignment_id = s.id
join assignment a on s.assignment_id = a.id join base_cell c on g.cell_id = c.id
"""
NOTEBOOKS = """
select s.student_id, a.name, n.name, s.timestamp, s.extension,
       sn.late_submission_penalty, sn.flagged
from submitted_notebook sn join notebook n on sn.notebook_id = n.id
join submitted_assignment s on sn.assignment_id = s.id
join assignment a on s.assignment_id = a.id
"""
STUDENTS = "select id, first_name, last_name, email, lms_user_id from student"


def rows(url: str) -> dict[str, list[Row]]:
    """Everything that grading writes, without the ids that are random."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                name: sorted(
                    (_plain(row) for row in connection.execute(text(query))), key=repr
                )
                for name, query in (
                    ("grades", GRADES),
                    ("comments", COMMENTS),
                    ("notebooks", NOTEBOOKS),
                    ("students", STUDENTS),
                )
            }
    finally:
        engine.dispose()


def _plain(row: Iterable[Any]) -> Row:
    """The same for every database: SQLite has neither booleans nor times."""
    return tuple(
        int(value)
        if isinstance(value, bool)
        else f"{value:%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(value, datetime)
        else value
        for value in row
    )


def change(url: str, statement: str, **values: Any) -> None:
    """What somebody else does to a gradebook."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement), values)
    finally:
        engine.dispose()


def released(course: Course, folder: Path, url: str) -> str:
    """A gradebook that knows the course's assignments."""
    generate(course, into=folder / "released", gradebook=url)
    return url


def settings(course: Course) -> Any:
    """The course's, to be changed by a test."""
    return copy.deepcopy(pipeline.settings(course))


def graded(bundle: dict[str, Any], student: str, **more: Any) -> dict[str, Any]:
    """A result of the toy: its tests passed, its sentence waits, its stubs are left."""
    cells, marks = [], []
    for cell in bundle["notebooks"]["toy"]["cells"]:
        about = {
            name: cell[name] for name in ("grade_id", "grade", "solution", "locked")
        }
        about |= {"task": cell["task"], "checksum": cell["checksum"]}
        if cell["points"] is not None:
            about["points"] = cell["points"]
        made: dict[str, Any] = {
            "cell_type": cell["cell_type"],
            "metadata": {"nbgrader": about} if cell["grade_id"] else {},
            "source": cell["source"],
        }
        cells.append(made)
        if cell["grade"]:
            waits = cell["solution"]
            marks.append(
                {
                    "grade_id": cell["grade_id"],
                    "points": None if waits else float(cell["points"]),
                    "maximum": float(cell["points"]),
                    "outcome": "manual" if waits else "passed",
                }
            )
            if waits:
                made["source"] = "A table has items."
    return {
        "version": 1,
        "student": student,
        "assignment": "toy",
        "digest": f"digest of {student}",
        "timestamp": None,
        "status": "graded",
        "isolation": {"tier": "strong", "detail": "namespaces"},
        "seconds": 0.1,
        "problems": [],
        "integrity": [],
        "notebooks": {
            "toy": {
                "marks": marks,
                "executed": {
                    "cells": cells,
                    "metadata": {},
                    "nbformat": 4,
                    "nbformat_minor": 5,
                },
            }
        },
        **more,
    }
