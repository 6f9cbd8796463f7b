"""CSV files for elsewhere: points per question, Canvas and Moodle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    best = report.maxima(phase)
    yield ["student", "name", *exercises, "penalty", "total"]
    yield ["", "maximum", *(best[name] for name in exercises), None, sum(best.values())]
    scores = report.of_students(phase)
    for student in _class(report, phase):
        mine = scores.get(student.id)
        total = report.total(student.id, phase) if mine else None
        yield [
            student.id,
            student.name,
            *(
                mine[name].points if mine and name in mine else None
                for name in exercises
            ),
            total.penalty if total else None,
            total.points if total else None,
        ]


def canvas(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What Canvas imports in its Gradebook: Import.

    It looks a student up by `ID`, `SIS User ID`, `SIS Login ID` and name, in this
    order. The first two are the gradebook's `lms_user_id`, which a download of Canvas
    has in its file names; Canvas reads digits at the beginning of an `ID` as a number,
    so only numbers are one. A column that it doesn't know makes a new assignment of
    the `Points Possible`. An empty cell would delete a grade, so who has no final
    total has no row.

    https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807
    github.com/instructure/canvas-lms, lib/gradebook_importer.rb
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", phase]
    worth = sum(report.maxima(phase).values())
    yield ["    Points Possible", "", "", "", "", worth]
    for student, total in _finished(report, phase):
        number = student.lms_id if student.lms_id.isdecimal() else ""
        ids = [number, student.lms_id, student.id]
        yield [student.name, *ids, "", total.points]


def moodle(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What Moodle imports in its gradebook: Import, CSV file.

    Its form maps one column to a user, `Username` to "Username" or "ID number", or
    `Email address` to "Email address", and the phase and its feedback to a grade item.
    A user that it doesn't know ends the import; without an address it would give the
    grade to the student of the row before, so there are addresses only if everybody has
    one. An empty cell would delete a grade, so who has no final total has no row.

    https://docs.moodle.org/405/en/Grade_import
    github.com/moodle/moodle, grade/import/csv/classes/load_data.php
    """
    finished = list(_finished(report, phase))
    is_addressed = all(student.email for student, _ in finished)
    addressed = ["Email address"] if is_addressed else []
    yield ["Username", "First name", "Last name", *addressed, phase, "Feedback"]
    for student, total in finished:
        names = [student.id, student.first_name, student.last_name]
        address = [student.email] if is_addressed else []
        yield [*names, *address, total.points, _in_words(total)]


def moodle_worksheet(report: Report, phase: str) -> Iterable[list[Cell]]:
    """What a Moodle assignment takes as its grading worksheet.

    For a class that was downloaded from it: the participant's number, another one in
    each assignment, is in the names of the files. Who has none is left out. With no
    time in `Last modified (grade)`, Moodle keeps the grades that it has already, unless
    its form is told to overwrite them.

    github.com/moodle/moodle, mod/assign/gradingtable.php, mod/assign/feedback/offline
    """
    yield [
        *("Identifier", "Full name", "Email address", "Status", "Grade"),
        *("Maximum Grade", "Grade can be changed", "Last modified (submission)"),
        *("Last modified (grade)", "Feedback comments"),
    ]
    worth = sum(report.maxima(phase).values())
    numbers = {
        result.student: result.platform_id
        for result in report.results
        if result.assignment == phase
    }
    for student, total in _finished(report, phase):
        if number := numbers.get(student.id):
            about = [f"Participant {number}", student.name, student.email, ""]
            marks = [total.points, worth, "Yes", "-", "-", _in_words(total)]
            yield [*about, *marks]


def _in_words(total: Total) -> str:
    said = f"{total.points:g} of {total.maximum:g} points."
    if total.penalty:
        said += f" It came late, which costs {total.penalty:g} points."
    return said


def _finished(report: Report, phase: str) -> Iterator[tuple[Student, Total]]:
    """The totals of those who handed in, once nothing of it waits for a person."""
    there = report.of_students(phase)
    for student in _class(report, phase):
        total = report.total(student.id, phase)
        if student.id in there and not total.waiting:
            yield student, total


def _class(report: Report, phase: str) -> list[Student]:
    """The class of the gradebook, and who handed in without being in it."""
    known = {student.id: student for student in report.marks.students}
    others = [Student(name) for name in report.of_students(phase) if name not in known]
    return sorted([*known.values(), *others], key=lambda student: student.id)
