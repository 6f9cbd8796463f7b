"""Reading a gradebook of nbgrader's."""

from __future__ import annotations

import datetime
import warnings

import pytest

from grader.grading import pipeline
from grader.grading.marks import Comment, HandedIn, Marks, Student, read
from grader.grading.scores import Score

DUE = datetime.datetime(2026, 3, 1, 12)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a class of three: one waits for a person, one has nothing handed in."""
    database = f"sqlite:///{tmp_path_factory.mktemp('book')}/gradebook.db"
    pipeline.prepare_imports()
    from nbgrader.api import Gradebook

    with (
        warnings.catch_warnings(),
        Gradebook(database) as book,
    ):
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        book.add_assignment("phase2", duedate=DUE)
        book.add_notebook("lambda", "phase2")
        for name in ("hello", "essay"):
            book.add_grade_cell(name, "lambda", "phase2", max_score=4, cell_type="code")
        book.add_solution_cell("hello-answer", "lambda", "phase2")
        book.add_task_cell(
            "draw", "lambda", "phase2", max_score=2, cell_type="markdown"
        )
        book.add_student("ada", first_name="Ada", last_name="Łovelace", email="a@b.c")
        book.add_student("bo", lms_user_id="77")
        book.add_student("cy")
        for student, days in (("ada", 2), ("bo", -1)):
            submission = book.add_submission("phase2", student)
            submission.timestamp = DUE + datetime.timedelta(days=days)
        given = {"hello": (4, None, None), "essay": (1, 3, 0.5), "draw": (None,) * 3}
        for name, (automatic, manual, extra) in given.items():
            grade = book.find_grade(name, "lambda", "phase2", "ada")
            grade.auto_score, grade.manual_score = automatic, manual
            grade.extra_credit = extra
        comment = book.find_comment("hello-answer", "lambda", "phase2", "ada")
        comment.manual_comment = "Well named."
        notebook = book.find_submission_notebook("lambda", "phase2", "ada")
        notebook.late_submission_penalty = 1.5
        book.db.commit()
    return database


@pytest.fixture(scope="module")
def marks(database: str) -> Marks:
    """What it says of phase 2."""
    return read(database, ["phase2"])


def test_a_persons_points_count_before_the_checks(marks: Marks) -> None:
    """Points by hand and extra ones are in; what nobody decided has none."""
    assert {each for each in marks.scores if each.student == "ada"} == {
        Score("ada", "phase2", "lambda", "hello", 4, 4),
        Score("ada", "phase2", "lambda", "essay", 3.5, 4, by_hand=True),
        Score("ada", "phase2", "lambda", "draw", None, 2),
    }


def test_lateness_and_comments_are_told(marks: Marks) -> None:
    """Seconds after the due date, the points that it cost, what a person wrote."""
    assert marks.handed_in["ada", "phase2"] == HandedIn(
        "ada",
        "phase2",
        DUE + datetime.timedelta(days=2),
        seconds_late=2 * 86400,
        penalties={"lambda": 1.5},
        comments=(Comment("lambda", "hello-answer", "Well named."),),
    )
    assert marks.handed_in["bo", "phase2"].seconds_late == 0


def test_who_handed_nothing_in_is_in_the_class(marks: Marks) -> None:
    """Students are those of the gradebook, with what the LMS knows them by."""
    assert marks.students == (
        Student("ada", "Ada", "Łovelace", "a@b.c"),
        Student("bo", lms_id="77"),
        Student("cy"),
    )
    assert [each.name for each in marks.students] == ["Łovelace, Ada", "bo", "cy"]
    assert ("cy", "phase2") not in marks.handed_in


def test_other_phases_are_left_out(database: str) -> None:
    """Of a phase that nobody handed in there are no marks; the class is there."""
    marks = read(database, ["phase1"])
    assert (marks.submissions, marks.handed_in, len(marks.students)) == ({}, {}, 3)


def test_one_students_marks_are_read_alone(database: str) -> None:
    """For who shows a single page."""
    marks = read(database, ["phase2"], student="bo")
    assert {score.student for score in marks.scores} == {"bo"}
    assert list(marks.handed_in) == [("bo", "phase2")]
