"""The report on a class, from a gradebook and a journal."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.errors import NothingGraded
from grader.grading import pipeline
from grader.grading.class_report import Report
from grader.grading.course import Course
from grader.grading.journal import Journal
from grader.grading.report import report
from tests.grading import example_results as examples
from tests.grading.test_feedback import Outline, text

PHASE = "phase2"
OWN = "=cmd|'calc'!A1"
CLASS = ("ada", "bo", "łukasz", OWN)


def results() -> Iterator[dict[str, Any]]:
    """Of three students, one of them with an unfortunate name."""
    yield examples.result("ada", [*examples.ALL[:2], examples.BY_HAND])
    yield examples.result(
        "łukasz",
        [examples.HELLO, examples.mark("welcome-new-customers"), examples.BY_HAND],
        problems=[examples.note("time limit", "It ran for 120 s.", "setup")],
        integrity=[examples.note("edited test", "<script>x</script>", "hello-python")],
        isolation={"tier": "medium"},
    )
    yield examples.result(
        OWN,
        [
            examples.mark("hello-python", "unattempted"),
            examples.TABLE,
            examples.BY_HAND,
        ],
    )


def fill(work: Path) -> None:
    """A gradebook and a journal in a folder, as `grader grade` leaves them."""
    work.mkdir(parents=True)
    pipeline.prepare_imports()
    from nbgrader.api import Gradebook

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        with Gradebook(f"sqlite:///{work / 'gradebook.db'}") as book:
            book.add_assignment(PHASE)
            book.add_notebook(examples.STEM, PHASE)
            # Neither the order of the notebook nor that of the alphabet.
            for name in ("welcome-new-customers", "essay", "hello-python"):
                book.add_grade_cell(
                    name, examples.STEM, PHASE, max_score=4, cell_type="code"
                )
            book.add_student("bo", first_name="Bo", last_name="Ek", lms_user_id="7")
            with Journal(work / "journal.jsonl") as journal:
                for result in results():
                    journal.append(result)
                    _record(book, result)
            book.db.commit()


def _record(book: Any, result: Mapping[str, Any]) -> None:
    student = result["student"]
    book.add_student(student)
    book.add_submission(PHASE, student)
    for mark in result["notebooks"][examples.STEM]["marks"]:
        grade = book.find_grade(mark["grade_id"], examples.STEM, PHASE, student)
        grade.auto_score = mark["points"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a class was graded."""
    folder = tmp_path_factory.mktemp("graded") / "work"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def made(work: Path) -> Report:
    """The report on it."""
    return report(work, [PHASE])


def rows(path: Path) -> list[list[str]]:
    """A CSV file's cells."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def section(html: str, title: str) -> str:
    """What stands below a heading, up to the next one."""
    return text(html.split(f">{title}</h3>")[1].split("<h3")[0].split("<h2")[0])


def test_misconceptions_are_listed_with_those_who_had_them(
    made: Report, work: Path
) -> None:
    """The most frequent first, with the sentence that corrects it."""
    found = section((work / "report.html").read_text(), "Misconceptions")
    assert "every change is new 2 welcome-new-customers You may think that" in found
    assert "=cmd|&#x27;calc&#x27;!A1, ada" in found


def test_success_per_exercise_is_told(made: Report, work: Path) -> None:
    """In the order of the notebook: shares, counts by outcome, points on average."""
    found = section((work / "report.html").read_text(), "Exercises")
    assert "hello-python 67 % 2 0 0 1 0 2.7 of 4" in found
    assert "welcome-new-customers 33 % 1 0 2 0 0 1.3 of 4" in found
    assert "essay 0 % 0 0 0 0 3 0.0 of 4" in found
    assert made.exercises(PHASE) == ["hello-python", "welcome-new-customers", "essay"]


def test_what_waits_for_a_person_costs_nobody(made: Report, work: Path) -> None:
    """Totals leave it out, and the page says what waits, of whom."""
    assert str(made.total("łukasz", PHASE)) == "8 / 8 (4 ?)"
    found = section((work / "report.html").read_text(), "Waiting for a person")
    assert "essay 3" in found


def test_what_happened_in_the_run_is_told(made: Report, work: Path) -> None:
    """Isolation by submission, problems, and what somebody tried, as text."""
    html = (work / "report.html").read_text()
    assert "Isolation of the submissions: medium (1), strong (2)" in html
    assert "łukasz phase2 time limit setup It ran for 120 s." in section(
        html, "Problems"
    )
    assert "edited test hello-python &lt;script&gt;" in section(html, "Integrity")


def test_who_handed_nothing_in_is_told(made: Report, work: Path) -> None:
    """Somebody of the class without a submission is named, and has no marks."""
    html = (work / "report.html").read_text()
    assert "Handed nothing in: bo" in html
    assert [student.id for student in made.missing(PHASE)] == ["bo"]


def test_every_picture_is_told_in_words(made: Report, work: Path) -> None:
    """Each has a name that says what it shows; nothing is loaded or run."""
    html = (work / "report.html").read_text()
    names = re.findall(r'<svg role="img" aria-label="([^"]+)"', html)
    assert len(names) == html.count("<svg") == 3
    assert "How many passed each exercise. hello-python: 2 of 3" in names[1]
    outline = Outline(html)
    assert "script" not in outline.tags
    assert not [to for to in outline.targets if "://" in to and "w3.org" not in to]
    assert outline.levels[0] == 1 and outline.levels.count(1) == 1


def test_names_lead_to_feedback(made: Report, work: Path) -> None:
    """The pages were written by the report, and the addresses are right."""
    html = (work / "report.html").read_text()
    for student in ("ada", "łukasz"):
        address = f"feedback/{student}/phase2/lambda.html"
        assert f'<a href="{address}">{student}</a>' in html
        assert (work / address).is_file()


def test_the_sheet_has_a_row_per_mark(made: Report, work: Path) -> None:
    """With what grading found; a name that looks like a formula isn't one."""
    sheet = rows(work / "report.csv")
    assert sheet[0][:5] == ["student", "phase", "exercise", "points", "maximum"]
    assert sheet[5][:6] == ["ada", PHASE, "welcome-new-customers", "0", "4", "failed"]
    assert {row[0] for row in sheet[1:]} == {"ada", "łukasz", f"'{OWN}"}
    assert len(sheet) == 1 + 9


def test_questions_have_a_column_each(made: Report, work: Path) -> None:
    """Per student; what waits or was never handed in is an empty cell, not a zero."""
    sheet = rows(work / "exports" / "phase2-questions.csv")
    exercises = ["hello-python", "welcome-new-customers", "essay"]
    assert sheet[0] == ["student", "name", *exercises, "penalty", "total"]
    assert sheet[1] == ["", "maximum", "4", "4", "4", "", "12"]
    assert ["łukasz", "łukasz", "4", "4", "", "0", "8"] in sheet
    assert ["bo", "Ek, Bo", "", "", "", "", ""] in sheet


def test_a_lesson_says_what_it_takes_to_pass(work: Path, tmp_path: Path) -> None:
    """With a course, the page counts who passed and marks the line in the picture."""
    course = Course(tmp_path)
    (course.solutions / PHASE).mkdir(parents=True)
    path = course.solutions / PHASE / f"{examples.STEM}.ipynb"
    path.write_text('{"cells": [], "metadata": {"course": {"pass": 6}}}')
    report(work, [PHASE], course=course)
    html = (work / "report.html").read_text()
    assert "<b>1</b> passed" in html and "6 to pass" in html


def test_a_folder_where_nothing_was_graded_is_refused(tmp_path: Path) -> None:
    """The message says which command comes first."""
    with pytest.raises(NothingGraded, match="run `grader grade` first"):
        report(tmp_path, [PHASE])
