"""The report on a class that was graded: report.html, report.csv, exports, feedback."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from grader.errors import NothingGraded
from grader.grading import (
    class_report,
    exports,
    feedback,
    journal,
    marks,
    report_page,
    sheets,
)
from grader.grading.class_report import Report
from grader.grading.course import Course, notebooks_in
from grader.grading.decisions import decisions
from grader.grading.graded import Graded, graded
from grader.grading.marks import Marks
from grader.lab import lessons
from grader.lab.lessons import Lesson

GRADEBOOK = "gradebook.db"
PAGE = "report.html"
SHEET = "report.csv"
FEEDBACK = "feedback"
AUTOGRADED = "autograded"
Lessons = Mapping[str, Mapping[str, Lesson]]
"""By phase and notebook."""


def report(
    work: Path,
    phases: Collection[str],
    *,
    course: Course | None = None,
    database: str | None = None,
) -> Report:
    """Read what grading left in `work`, and write report, exports and feedback there.

    Args:
        course: its lessons say what it takes to pass, and what to try next.
        database: the gradebook's URL, if it isn't in `work`.

    Raises: NothingGraded.
    """
    kept = work / journal.NAME
    if not kept.is_file():
        raise NothingGraded(f"no class was graded in {work}: run `grader grade` first")
    read = marks.read(database or f"sqlite:///{work / GRADEBOOK}", phases)
    taught = _lessons(course, phases) if course else {}
    results = tuple(_fed_back(work, phases, read, taught))
    made = Report(
        marks=read,
        results=results,
        troubles=tuple(class_report.troubles(results, phases)),
        lessons=taught,
    )
    sheets.write(work / SHEET, _sheet(made))
    exports.write(work / exports.FOLDER, made)
    page = report_page.page(made, report_page.feedback_of(work))
    (work / PAGE).write_text(page, encoding="utf-8", errors="replace")
    return made


def _fed_back(
    work: Path, phases: Collection[str], read: Marks, taught: Lessons
) -> Iterator[Graded]:
    """Every result, once its learner's pages say what the gradebook says now."""
    for packed in journal.results(work / journal.NAME, packed=True):
        if packed["assignment"] in phases:
            feedback.renew(
                work / FEEDBACK,
                packed,
                taught.get(packed["assignment"], {}),
                decisions(read, packed["student"], packed["assignment"]),
                receipts=work / AUTOGRADED,
            )
            yield graded(packed, words=False)


def _lessons(course: Course, phases: Collection[str]) -> Lessons:
    return {
        phase: {
            path.stem: lessons.of_notebook(lessons.content(path), path.stem)
            for path in notebooks_in(course.solutions / phase)
        }
        for phase in phases
    }


def _sheet(made: Report) -> Iterator[list[sheets.Cell]]:
    columns = ["student", "phase", "exercise", "points", "maximum"]
    yield [*columns, "outcome", "misconception", "seconds", "by hand", "hours late"]
    for score in made.scores:
        mark = made.mark(score)
        late = made.handed_in(score.student, score.phase).seconds_late / 3600
        yield [
            *(score.student, score.phase, score.exercise, score.points, score.maximum),
            mark.outcome if mark else "",
            mark.misconception if mark else "",
            mark.seconds if mark else None,
            "yes" if score.by_hand else "",
            late or None,
        ]
