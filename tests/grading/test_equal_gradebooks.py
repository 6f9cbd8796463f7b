"""Grading and recording gives the rows that sequential `nbgrader autograde` gives."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading import gradebook, pipeline
from grader.grading.bundle import make_bundle
from grader.grading.course import Course
from grader.grading.grade import grade
from tests.grading.gradebooks import released, rows, settings

# nbgrader was written for an older SQLAlchemy; it works all the same.
pytestmark = [
    pytest.mark.filterwarnings(r"ignore:Object of type <\w+> not in session"),
    pytest.mark.usefixtures("temporary"),
]


def _by_nbgrader(course: Course, folder: Path, submitted: Path, url: str) -> None:
    api = pipeline.api(course, gradebook=url, submitted=submitted, work=folder)
    for path in sorted(submitted.glob("*/*/*.ipynb")):
        student, assignment = path.parts[-3:-1]
        result = api.autograde(assignment, student)
        assert result["success"], result["log"]


def _by_us(course: Course, submitted: Path, url: str) -> None:
    results = []
    for path in sorted(submitted.glob("*/*/*.ipynb")):
        student, assignment = path.parts[-3:-1]
        submission = {
            "student": student,
            "assignment": assignment,
            "timestamp": None,
            "notebooks": {path.stem: base64.b64encode(path.read_bytes()).decode()},
            "files": {},
        }
        results.append(grade(submission, make_bundle(course, assignment)))
    gradebook.record(results, url, settings(course))


def _both(course: Course, submitted: Path, folder: Path) -> list[dict[str, Any]]:
    first = pipeline.sqlite(folder / "nbgrader.db")
    second = pipeline.sqlite(folder / "ours.db")
    released(course, folder, first)
    shutil.copy(folder / "nbgrader.db", folder / "ours.db")
    _by_nbgrader(course, folder, submitted, first)
    _by_us(course, submitted, second)
    return [rows(first), rows(second)]


def test_plain_tests_sentences_and_tasks_have_the_same_rows(
    toy: Course, tmp_path: Path
) -> None:
    """Full and partial credit, "No response.", and what waits for a person."""
    theirs, ours = _both(toy, toy.submitted, tmp_path)
    assert len(theirs["grades"]) == 15
    assert ours == theirs


def test_checks_have_the_same_rows(
    solved_course: Course, submit: Callable[..., Path], answer: str, tmp_path: Path
) -> None:
    """By the examiner's verdicts, right and wrong."""
    submit("right", answer=answer)
    submit("untouched")
    folder = submit("wrong", answer=answer.replace("Hello, {name}!", "Hello"))
    theirs, ours = _both(solved_course, folder, tmp_path)
    assert [row[4] for row in theirs["grades"]] == [4, 0, 0]
    assert ours == theirs
