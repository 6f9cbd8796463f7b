"""Honest submissions get the rows that nbgrader alone gives them."""

from __future__ import annotations

import io
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

from grader.grading import gradebook, pipeline
from grader.grading.class_grading import Means, grade
from grader.grading.course import Course
from grader.grading.progress import Progress
from tests.grading.gradebooks import change, released, rows

STUDENTS = ("partly", "right", "untouched")


def test_every_row_is_nbgraders(toy: Course, tmp_path: Path) -> None:
    """Grades, comments, times, penalties: as sequential `nbgrader autograde` has it.

    Right, partly right and untouched work, one of it late; a sentence for a person, a
    task, and partial credit.
    """
    course = Course(tmp_path / "course")
    shutil.copytree(toy.root, course.root)
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    for student, day in (("partly", 3), ("right", 1)):
        stamp = course.submitted / student / "toy" / "timestamp.txt"
        stamp.write_text(f"2024-05-0{day} 10:00:00.250000 UTC")
    theirs = pipeline.sqlite(tmp_path / "theirs.db")
    ours = pipeline.sqlite(tmp_path / "ours.db")
    for url in (theirs, ours):
        gradebook.prepare(url)
        released(course, tmp_path, url)
        change(url, "update assignment set duedate = '2024-05-02 00:00:00'")
    nbgrader = _nbgrader(course, theirs, tmp_path / "theirs")
    with warnings.catch_warnings():
        # nbgrader was written for an older SQLAlchemy; it works all the same.
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        for student in STUDENTS:
            result = nbgrader.autograde("toy", student)
            assert result["success"], result["log"]
    report = grade(
        course,
        submitted=course.submitted,
        work=tmp_path / "ours",
        means=Means(jobs=1, gradebook=ours),
        progress=Progress(io.StringIO()),
    )
    assert report.troubles == ()
    assert rows(ours) == rows(theirs)
    assert len(rows(ours)["grades"]) == 15
    for student in STUDENTS:
        at = Path("autograded") / student / "toy" / "toy.ipynb"
        graded = [_marked(tmp_path / whose / at) for whose in ("ours", "theirs")]
        assert graded[0] == graded[1]
    # Its feedback too is made of what was recorded.
    made = _nbgrader(course, ours, tmp_path / "ours").generate_feedback("toy", "partly")
    assert made["success"], made["log"]
    page = (tmp_path / "ours" / "theirs" / "partly" / "toy" / "toy.html").read_text()
    assert "Test cell</a> (Score: 3.0 / 3.0)" in page
    assert "Late submission penalty (Score: -5.0)" in page


def _nbgrader(course: Course, url: str, work: Path) -> Any:
    """nbgrader as it comes, with its own steps."""
    pipeline.prepare_imports()
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = "serverless-journey"
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.submitted_directory = str(course.submitted)
    config.CourseDirectory.autograded_directory = str(work / "autograded")
    config.CourseDirectory.feedback_directory = str(work / "theirs")
    config.CourseDirectory.db_url = url
    config.LateSubmissionPlugin.penalty_method = "zero"
    pipeline.kernel_settings(config)
    return NbGraderAPI(config=config)


def _marked(notebook: Path) -> list[tuple[Any, ...]]:
    """The cells that nbgrader knows, which formgrader shows."""
    cells = json.loads(notebook.read_text())["cells"]
    return [
        (cell["cell_type"], "".join(cell["source"]), sorted(about.items()))
        for cell in cells
        if (about := cell["metadata"].get("nbgrader"))
    ]
