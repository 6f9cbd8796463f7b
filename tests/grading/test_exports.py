"""Marks as learning platforms import them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from grader.grading import exports, sheets
from grader.grading.class_report import Report
from grader.grading.graded import Graded
from grader.grading.marks import HandedIn, Marks, Student
from grader.grading.scores import Score, packed

PHASE = "phase2"
SAID = "10.5 of 12 points. It came late, which costs 1 points."
EARNED = {"ada": (4.0, 4.0, None), "łukasz": (4.0, 4.0, 3.5)}


def class_of(**about: str) -> Report:
    """łukasz was late and has his marks, ada waits for a person, bo has sent nothing.

    Args:
        about: what the class list says of łukasz.
    """
    return Report(
        Marks(
            packed(
                Score(student, PHASE, "lambda", f"exercise-{at}", points, 4.0)
                for student, earned in EARNED.items()
                for at, points in enumerate(earned)
            ),
            {("łukasz", PHASE): HandedIn("łukasz", PHASE, penalties={"lambda": 1.0})},
            (Student("ada"), Student("bo", "Bo", "Ek"), Student("łukasz", **about)),
        ),
        (
            Graded("ada", PHASE, platform_id="4710"),
            Graded("łukasz", "phase1", platform_id="815"),
            Graded("łukasz", PHASE, platform_id="4711"),
        ),
    )


def sheet(rows: Iterable[list[sheets.Cell]]) -> list[list[str]]:
    """Rows as they are written."""
    return [[sheets.cell(each) for each in row] for row in rows]


@pytest.mark.parametrize(
    ("lms_id", "number"), [("4711", "4711"), ("47x", ""), ("", "")]
)
def test_canvas_gets_its_columns(lms_id: str, number: str) -> None:
    """Those of its own export, and what it can find a student by.

    Who waits for a person or handed nothing in has no row: an empty cell deletes.
    """
    assert sheet(exports.canvas(class_of(lms_id=lms_id), PHASE)) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", PHASE],
        ["    Points Possible", "", "", "", "", "12"],
        ["łukasz", number, lms_id, "łukasz", "", "10.5"],
    ]


def test_moodle_gets_grades_with_their_feedback() -> None:
    """Of who has a final total; an empty cell would delete a grade."""
    assert sheet(exports.moodle(class_of(), PHASE)) == [
        ["Username", "First name", "Last name", PHASE, "Feedback"],
        ["łukasz", "", "", "10.5", SAID],
    ]


def test_moodle_gets_addresses_if_everybody_has_one() -> None:
    """It would take a row without one for the student of the row before."""
    assert sheet(exports.moodle(class_of(email="l@x.org"), PHASE)) == [
        ["Username", "First name", "Last name", "Email address", PHASE, "Feedback"],
        ["łukasz", "", "", "l@x.org", "10.5", SAID],
    ]


def test_moodle_gets_its_worksheet_back() -> None:
    """By the numbers in the names of what was downloaded, whatever the class list has.

    In each assignment Moodle gives a student another one.
    """
    rows = sheet(exports.moodle_worksheet(class_of(lms_id="7"), PHASE))
    assert rows[0][0] == "Identifier" and rows[0][4] == "Grade"
    participant = ["Participant 4711", "łukasz", "", ""]
    assert rows[1:] == [[*participant, "10.5", "12", "Yes", "-", "-", SAID]]
