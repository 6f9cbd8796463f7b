"""The sample class: 24 submissions, and what its table states of each."""

from __future__ import annotations

import csv
import warnings
from datetime import datetime
from pathlib import Path

import pytest

from grader.grading import pipeline, similarity_page
from grader.grading.class_grading import grade
from grader.grading.class_report import Report
from grader.grading.course import Course
from grader.grading.graded import Graded

ROOT = Path(__file__).parent.parent.parent
DUE = datetime(2026, 11, 18)
MARKS = Path(__file__).with_name("sample_class_marks.csv")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """This course, where late work gets no points."""
    made = Course(tmp_path_factory.mktemp("class"))
    for name in ("solutions", "notebooks", "data"):
        (made.root / name).symlink_to(ROOT / name)
    settings = (ROOT / "nbgrader_config.py").read_text()
    settings += '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
    (made.root / "nbgrader_config.py").write_text(settings)
    return made


@pytest.fixture(scope="module")
def report(course: Course) -> Report:
    """What grading the class came to."""
    pipeline.prepare_imports()
    from nbgrader.api import Gradebook

    course.work.mkdir()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        with Gradebook(pipeline.default_gradebook(course.root)) as book:
            book.add_assignment("phase2", duedate=DUE)
    return grade(course, submitted=course.submitted, work=course.work)


@pytest.fixture(scope="module")
def table() -> list[dict[str, str]]:
    """The rows of sample_class_marks.csv."""
    with MARKS.open(newline="") as file:
        return list(csv.DictReader(file))


def _of(report: Report, student: str) -> Graded:
    (found,) = [one for one in report.results if one.student == student]
    return found


def test_everybody_gets_their_marks(
    report: Report, table: list[dict[str, str]]
) -> None:
    """Each student's points per exercise are those of the table."""
    expected = {(row["student"], row["check"]): float(row["points"]) for row in table}
    found = {(score.student, score.exercise): score.points for score in report.scores}
    assert found == expected


def test_mistakes_are_known_by_name(
    report: Report, table: list[dict[str, str]]
) -> None:
    """Each misconception of the table is found, and no other."""
    expected = {
        (row["student"], row["check"]): row["misconception"]
        for row in table
        if row["misconception"]
    }
    found = {
        (result.student, mark.exercise): mark.misconception
        for result in report.results
        for marks in result.marks.values()
        for mark in marks
        if mark.misconception
    }
    assert found == expected


@pytest.mark.parametrize(
    ("student", "kind"),
    [
        ("aiko", "several files"),
        ("hana", "lost metadata"),
        ("ines", "lost kernel"),
        ("liwei", "copied cell"),
        ("mateo", "unreadable"),
    ],
)
def test_what_happened_is_told(report: Report, student: str, kind: str) -> None:
    """A second file, Colab, exit(), a copied cell, a download that was cut off."""
    assert kind in {note.kind for note in _of(report, student).problems}


def test_who_tried_to_forge_is_told(report: Report) -> None:
    """And nobody else is accused of anything."""
    accused = {result.student for result in report.results if result.integrity}
    assert accused == {"kalani", "victor"}


def test_who_was_late_is_known(report: Report, course: Course) -> None:
    """Chidi's timestamp.txt names a time in Lagos; it costs what was configured."""
    assert _of(report, "chidi").timestamp.startswith("2026-11-18T08:12:40")
    late = {
        student: report.total(student, "phase2")
        for student in report.of_students("phase2")
        if report.handed_in(student, "phase2").seconds_late
    }
    assert list(late) == ["chidi"]
    assert (late["chidi"].points, late["chidi"].penalty) == (0, 4)
    html = (course.work / "report.html").read_text()
    assert "<h3>Late</h3>" in html and "8.2 h" in html
    (page,) = (course.work / "feedback" / "chidi" / "phase2").glob("*.html")
    assert "It came late, which costs 4 points" in page.read_text()


def test_who_worked_together_is_listed(report: Report, course: Course) -> None:
    """Tariq and Ulrika share code that is unusual, and nobody else does."""
    found = similarity_page.compare(course.work, ["phase2"], course)
    assert [(each.left, each.right) for each in found["phase2"]] == [
        ("tariq", "ulrika")
    ]
