"""The sample class: 24 submissions, and what its table states of each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.grading.class_grading import grade
from grader.grading.class_report import Report
from grader.grading.course import Course
from grader.grading.graded import Graded

COURSE = Course(Path(__file__).parent.parent.parent)
MARKS = Path(__file__).with_name("sample_class_marks.csv")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What grading the class came to."""
    return grade(
        COURSE, submitted=COURSE.submitted, work=tmp_path_factory.mktemp("class")
    )


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


def test_who_was_late_is_known(report: Report) -> None:
    """Chidi's timestamp.txt names a time in Lagos."""
    late = _of(report, "chidi").timestamp
    assert late.startswith("2026-11-18T08:12:40")
