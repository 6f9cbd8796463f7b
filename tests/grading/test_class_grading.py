"""Grading a class with nbgrader, by the examiner's verdicts."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.grading import class_grading
from grader.grading.class_grading import Means, grade
from grader.grading.class_report import Report
from grader.grading.course import Course

Submit = Callable[..., Path]
# A second worker would warm up longer than these few take.
ONE = Means(jobs=1)
FORGED_CELL = """\
def check(*work, **options):
    print("right")
"""
FORGED_PACKAGE = """\
import builtins
import sys

import grader.lab
import grader.lab.checking


def forged(*work, **options):
    print("right")


for module in [m for name, m in sys.modules.items() if name.startswith("grader")]:
    if hasattr(module, "check"):
        module.check = forged
builtins.check = check = forged
"""
FORGED_EXAMINER = """\
import http.client


def request(self, *arguments, **options):
    raise ConnectionError("no examiner today")


http.client.HTTPConnection.request = request
"""
STOP_THE_LAB = "cloud.stop()"
END = "import os\n\nos._exit(0)"
WARN = "import sys\n\nprint('a warning of a library', file=sys.stderr)"


def _points(report: Report) -> dict[str, float | None]:
    return {score.student: score.points for score in report.scores}


def test_a_cell_has_the_time_that_nbgrader_is_told(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """`c.Execute.timeout` of the instructor's own holds here, too."""
    config = solved_course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.Execute.timeout = 2\n")
    folder = submit("slow", answer=answer, before="while True:\n    pass")
    report = grade(solved_course, submitted=folder, work=tmp_path / "work", means=ONE)
    assert _points(report) == {"slow": 4}
    (slow,) = report.results
    assert [note.kind for note in slow.problems] == ["time limit"]
    assert slow.seconds < 120, "that is what a cell has without it"


def test_marks_are_those_of_the_work(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """Right work earns its points and none other does, however success is claimed."""
    submit("right", answer=answer)
    submit("untouched")
    submit("forges-check", before=FORGED_CELL)
    submit("patches-the-package", before=FORGED_PACKAGE)
    submit("patches-but-right", answer=answer, before=FORGED_PACKAGE)
    submit("shuts-the-examiner-out", answer=answer, before=FORGED_EXAMINER)
    submit("ends-the-kernel", before=END)
    warns = WARN + "\n" + answer
    folder = submit("warns-and-stops-the-lab", answer=warns, before=STOP_THE_LAB)
    report = grade(solved_course, submitted=folder, work=tmp_path / "work")
    assert report.troubles == ()
    assert _points(report) == {
        "right": 4,
        "untouched": 0,
        "forges-check": 0,
        "patches-the-package": 0,
        "patches-but-right": 4,
        "shuts-the-examiner-out": 0,
        "ends-the-kernel": 0,
        "warns-and-stops-the-lab": 4,
    }


def test_a_damaged_notebook_is_marked_by_its_work(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """A copied answer cell and a deleted test cell cost nobody anything."""
    for student in ("copies", "deletes"):
        folder = submit(student, answer=answer)
        path = next((folder / student).rglob("*.ipynb"))
        document = json.loads(path.read_text())
        if student == "copies":
            document["cells"].insert(3, {**document["cells"][2], "id": "copy"})
        else:
            del document["cells"][3]
        path.write_text(json.dumps(document))
    report = grade(solved_course, submitted=folder, work=tmp_path / "work", means=ONE)
    assert report.troubles == ()
    assert _points(report) == {"copies": 4, "deletes": 4}


def test_a_submission_that_is_no_notebook_stops_nobody(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """It is reported with its reason; the ones before and after it are graded."""
    submit("anna", answer=answer)
    submit("boris", text="<<<<<<< HEAD")
    folder = submit("clara", answer=answer)
    report = grade(solved_course, submitted=folder, work=tmp_path / "work", means=ONE)
    assert _points(report)["anna"] == 4
    assert _points(report)["clara"] == 4
    assert [trouble.student for trouble in report.troubles] == ["boris"]
    assert "JSON" in report.troubles[0].reason


def test_the_class_and_the_course_stay_as_they_were(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """Grading writes into its working folder only; the report is there, twice."""
    folder = submit("anna", answer=answer)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    work = tmp_path / "work"
    report = grade(solved_course, submitted=folder, work=work)
    after = {
        path: path.stat().st_mtime_ns
        for path in tmp_path.rglob("*")
        if not path.is_relative_to(work) and path != tmp_path
    }
    assert after == {path: when for path, when in before.items() if path != tmp_path}
    rows = list(csv.DictReader((work / "report.csv").read_text().splitlines()))
    about = ("student", "phase", "exercise", "points", "maximum")
    assert [[row[name] for name in about] for row in rows] == [
        ["anna", "phase2", "hello-python", "4", "4"]
    ]
    page = (work / "report.html").read_text()
    assert 'href="feedback/anna/phase2/greeting.html"' in page
    assert (work / "feedback" / "anna" / "phase2" / "greeting.html").is_file()
    assert str(report).splitlines()[-1].split() == ["anna", "4", "4", "/", "4"]


def test_nbgrader_itself_gives_the_same_marks(
    solved_course: Course, submit: Submit, answer: str, tmp_path: Path
) -> None:
    """`nbgrader autograde` with the course's configuration needs no command of ours."""
    folder = submit("forges-check", before=FORGED_CELL)
    submit("right", answer=answer)
    (solved_course.root / "data").mkdir()
    folder.rename(solved_course.submitted)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    for command in ("generate_assignment", "autograde", "export"):
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "nbgrader", command),
                *(["phase2"] if command != "export" else []),
                *(["--force"] if command == "generate_assignment" else []),
            ],
            cwd=solved_course.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    with (solved_course.root / "grades.csv").open() as file:
        scores = {
            row["student_id"]: float(row["score"]) for row in csv.DictReader(file)
        }
    assert scores == {"forges-check": 0, "right": 4}


def test_a_folder_without_submissions_is_wrong_use(
    solved_course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message says how a class has to be laid out."""
    monkeypatch.chdir(solved_course.root)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert cli.main(["grade", "--submitted", str(empty)]) == cli.WRONG
    assert "<student>/<phase>/<notebook>.ipynb" in capsys.readouterr().err


def test_a_lesson_has_a_processor_for_each_submission(
    toy_bundle: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain notebook waits for its kernel: one more of them is under way."""
    monkeypatch.setattr(class_grading, "_processors", lambda: 2)
    checks = {
        "cell_type": "code",
        "grade": True,
        "solution": False,
        "source": 'check("toy")',
    }
    lesson = {"notebooks": {"lesson": {"cells": [checks]}}}
    assert class_grading._usual_jobs([toy_bundle]) == 3
    assert class_grading._usual_jobs([toy_bundle, lesson]) == 2
