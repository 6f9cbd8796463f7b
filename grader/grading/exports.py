"""CSV files for elsewhere: points per question, Canvas and Moodle."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.grading import sheets
from grader.grading.class_report import Report, Total
from grader.grading.marks import Student
from grader.grading.sheets import Cell

FOLDER = "exports"


def write(folder: Path, report: Report) -> list[Path]:
    """Write every export of every phase into `folder`."""
    written = []
    for phase in report.phases():
        for name, rows in (
            ("questions", questions(report, phase)),
            ("canvas", canvas(report, phase)),
            ("moodle", moodle(report, phase)),
            ("moodle-worksheet", moodle_worksheet(report, phase)),
        ):
            path = folder / f"{phase}-{name}.csv"
            sheets.write(path, rows)
            written.append(path)
    return written


def questions(report: Report, phase: str) -> Iterable[list[Cell]]:
    """A row per student of the class, a column per exercise, and the total.

    The second row has the points that can be had. An empty cell waits for a person, or
    was never handed in.
    """
    exercises = report.exercises(phase)
    best = _maxima(report, phase)
    yield ["student", "name", *exercises, "penalty", "total"]
    yield ["", "maximum", *(best[name] for name in exercises), None, sum(best.values())]
    scores = report.of_students(phase)
    for student in _class(report, phase):
        mine = scores.get(student.id, {})
        total = report.total(student.id, phase) if mine else None
        yield [
            student.id,
            student.name,
            *(mine[name].points if name in mine else None for name in exercises),
            total.penalty if total else None,
            total.points if total else None,
        ]


def canvas(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What Canvas imports in its Gradebook: Import.

    A student is found by name, `ID` or `SIS User ID`, and by `SIS Login ID`; a column
    that Canvas doesn't know makes a new assignment of so many points. `ID` is the
    gradebook's `lms_user_id`, which a download of Canvas has in its file names; without
    one, `SIS Login ID` is the student's id in nbgrader. An empty cell leaves what is
    there.

    https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807
    https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", phase]
    worth = sum(_maxima(report, phase).values())
    yield ["    Points Possible", "", "", "", "", worth]
    for student in _class(report, phase):
        total = _finished(report, student, phase)
        points = total.points if total else None
        login = "" if student.lms_id else student.id
        yield [student.name, student.lms_id, "", login, "", points]


def moodle(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What Moodle imports in its gradebook: Import, CSV file.

    Its form maps columns: `Username` to `username` or `useridnumber`, or `Email
    address` to `useremail`; the phase and its feedback to a grade item. Both have to be
    mapped, else Moodle drops the item's grades.

    https://docs.moodle.org/405/en/Grade_import
    """
    yield ["Username", "First name", "Last name", "Email address", phase, "Feedback"]
    for student in _class(report, phase):
        total = _finished(report, student, phase)
        yield [
            *(student.id, student.first_name, student.last_name, student.email),
            total.points if total else None,
            _in_words(total) if total else "",
        ]


def moodle_worksheet(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What a Moodle assignment takes as its grading worksheet.

    For a class that was downloaded from it: the participant's number is in the names of
    the files. Who has none is left out.

    github.com/moodle/moodle, mod/assign/gradingtable.php
    """
    yield [
        *("Identifier", "Full name", "Email address", "Status", "Grade"),
        *("Maximum Grade", "Grade can be changed", "Last modified (submission)"),
        *("Last modified (grade)", "Feedback comments"),
    ]
    worth = sum(_maxima(report, phase).values())
    for student in _class(report, phase):
        total = _finished(report, student, phase)
        if student.lms_id and total:
            about = [f"Participant {student.lms_id}", student.name, student.email, ""]
            marks = [total.points, worth, "Yes", "-", "-", _in_words(total)]
            yield [*about, *marks]


def _in_words(total: Total) -> str:
    said = f"{total.points:g} of {total.maximum:g} points."
    if total.penalty:
        said += f" It came late, which costs {total.penalty:g} points."
    return said


def _finished(report: Report, student: Student, phase: str) -> Total | None:
    """The total of who handed in, once nothing of it waits for a person."""
    if student.id not in report.of_students(phase):
        return None
    total = report.total(student.id, phase)
    return None if total.waiting else total


def _class(report: Report, phase: str) -> list[Student]:
    """The class of the gradebook, and who handed in without being in it."""
    known = {student.id: student for student in report.marks.students}
    others = [Student(name) for name in report.of_students(phase) if name not in known]
    return sorted([*known.values(), *others], key=lambda student: student.id)


def _maxima(report: Report, phase: str) -> dict[str, float]:
    best = dict.fromkeys(report.exercises(phase), 0.0)
    for scores in report.of_students(phase).values():
        for name, score in scores.items():
            best[name] = max(best[name], score.maximum)
    return best
