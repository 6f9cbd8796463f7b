"""A run over a class: it goes on where it stopped, and says what it does.

What grades is a stand-in: see `workers/tasks.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.errors import MachineLacking, WorkUnusable, WrongUse
from grader.grading import class_grading, pipeline
from grader.grading.class_grading import Means, grade
from grader.grading.class_report import Report
from grader.grading.course import Course
from grader.grading.journal import NAME, results
from grader.grading.progress import Progress
from grader.grading.work_folder import claimed
from tests.grading.gradebooks import change, rows

ROOT = Path(__file__).parents[2]
TASK = "tests.grading.workers.tasks:mark"
STUDENTS = ("anna", "ben", "cleo", "dora", "finn")
RUN = f"""
import sys
from pathlib import Path
from grader import cli
from grader.grading import class_grading

class_grading.Means.__dataclass_fields__["task"].default = {TASK!r}
class_grading.Means.__init__.__defaults__ = (
    *class_grading.Means.__init__.__defaults__[:-1], {TASK!r}
)
sys.exit(cli.main(["grade", "--require", "none", "--jobs", "2", *sys.argv[1:]]))
"""


@pytest.fixture
def course(toy: Course, tmp_path: Path) -> Course:
    """The toy in a folder of its own, with a class of six."""
    made = Course(tmp_path / "course")
    shutil.copytree(toy.root, made.root)
    shutil.rmtree(made.submitted)
    for student in STUDENTS:
        _hand_in(made, student, "right")
    return made


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where workers note whom they grade."""
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), path])))
    monkeypatch.setenv("GRADED", str(tmp_path / "graded"))
    return tmp_path / "graded"


@pytest.fixture
def run(course: Course) -> Callable[..., Report]:
    """Grades the class into its work folder."""

    def make(said: io.StringIO | None = None, **options: Any) -> Report:
        students = options.pop("students", ())
        means = Means(**{"jobs": 1, "require": "none", "task": TASK} | options)
        return grade(
            course,
            submitted=course.submitted,
            work=course.work,
            students=students,
            means=means,
            progress=Progress(said or io.StringIO()),
        )

    return make


def _hand_in(course: Course, student: str, text: str) -> None:
    target = course.submitted / student / "toy" / "toy.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"cells": [], "metadata": {"said": text}}))


def _url(course: Course) -> str:
    return pipeline.sqlite(course.work / "gradebook.db")


def _points(course: Course) -> dict[str, float]:
    points: dict[str, float] = {}
    for row in rows(_url(course))["grades"]:
        points[row[0]] = points.get(row[0], 0.0) + (row[4] or 0.0)
    return points


def _graded(notes: Path) -> Counter[str]:
    return Counter(notes.read_text().split()) if notes.exists() else Counter()


def test_a_second_run_grades_only_what_changed(
    course: Course, run: Callable[..., Report], notes: Path
) -> None:
    """A changed submission, a new one, and everything once a test cell changed."""
    run()
    assert _points(course) == dict.fromkeys(STUDENTS, 10.0)
    _hand_in(course, "ben", "wrong")
    _hand_in(course, "gina", "right")
    said = io.StringIO()
    run(said)
    assert _graded(notes) == Counter(
        {**dict.fromkeys(STUDENTS, 1), "ben": 2, "gina": 1}
    )
    assert _points(course)["ben"] == 0.0
    assert "graded 2 in" in said.getvalue()
    assert "4 were graded before" in said.getvalue()
    source = course.solutions / "toy" / "toy.ipynb"
    source.write_text(source.read_text().replace("square(3) == 9", "square(4) == 16"))
    run()
    assert set(_graded(notes).values()) == {2, 3}


def test_force_grades_again_and_keeps_marks_of_a_person(
    course: Course, run: Callable[..., Report], notes: Path
) -> None:
    """As a regrade of nbgrader's."""
    run(students=["anna"])
    change(_url(course), "update grade set manual_score = 1 where auto_score = 3")
    run(students=["anna"], force=True)
    assert _graded(notes) == {"anna": 2}
    scores = [row[4:6] for row in rows(_url(course))["grades"]]
    assert (3.0, 1.0) in scores


def test_with_its_demonstrations_a_lesson_is_graded_again(
    run: Callable[..., Report], notes: Path
) -> None:
    """More ran than before, so it is another result; once."""
    for whole in (False, True, True):
        run(students=["anna"], whole=whole)
    assert _graded(notes) == {"anna": 2}


def test_a_gradebook_that_was_lost_is_filled_from_the_journal(
    course: Course, run: Callable[..., Report], notes: Path
) -> None:
    """Nothing is graded for it; so another gradebook can be filled as well."""
    run()
    before = rows(_url(course))
    (course.work / "gradebook.db").unlink()
    run()
    assert rows(_url(course)) == before
    other = f"sqlite:///{course.root / 'other.db'}"
    run(gradebook=other)
    assert rows(other) == before
    assert _graded(notes) == dict.fromkeys(STUDENTS, 1)


def test_a_run_that_is_killed_anywhere_goes_on(
    course: Course, notes: Path, tmp_path: Path
) -> None:
    """What was noted is never graded again, nothing is lost, no process stays."""
    noted: dict[str, int] = {}
    for stop in (1, 4):
        with _started(course, tmp_path) as process:
            _await_lines(notes, stop, process)
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(children, 20)
        assert alive == []
        assert list(tmp_path.glob("grading-*")) == []
        journal = course.work / NAME
        noted = {
            each["student"]: _graded(notes)[each["student"]]
            for each in (results(journal) if journal.exists() else ())
        }
    with _started(course, tmp_path) as process:
        assert process.wait() == 0
    after = _graded(notes)
    assert {student: after[student] for student in noted} == noted
    assert _points(course) == dict.fromkeys(STUDENTS, 10.0)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end_ends_at_once(
    course: Course, notes: Path, ending: signal.Signals, tmp_path: Path
) -> None:
    """With status 2, and neither processes nor folders behind it."""
    _hand_in(course, "anna", "waits")
    with _started(course, tmp_path) as process:
        _await_lines(notes, 1, process)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(ending)
        assert process.wait() == 2
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.glob("grading-*")) == []


@contextlib.contextmanager
def _started(course: Course, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=course.root,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _await_lines(file: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    poll = select.poll()
    while not (file.exists() and len(file.read_text().splitlines()) >= count):
        assert process.poll() is None
        poll.poll(20)


def test_a_result_that_wasn_t_recorded_is_recorded_by_the_next_run(
    course: Course,
    run: Callable[..., Report],
    notes: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An end between the journal and the gradebook loses nothing."""
    from grader.grading.gradebook import Gradebook

    record = Gradebook.record

    def end(self: Gradebook, result: Any, beside: Any = None) -> None:
        if result["student"] == "cleo":
            raise KeyboardInterrupt
        record(self, result, beside)

    monkeypatch.setattr(Gradebook, "record", end)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.setattr(Gradebook, "record", record)
    assert set(_points(course)) == {"anna", "ben"}
    run()
    assert _points(course) == dict.fromkeys(STUDENTS, 10.0)
    assert _graded(notes)["cleo"] == 1


def test_whoever_couldn_t_be_read_has_a_result(
    course: Course, run: Callable[..., Report]
) -> None:
    """It is told once while the run goes on, and counts nothing in the gradebook."""
    (course.submitted / "boris" / "toy").mkdir(parents=True)
    (course.submitted / "boris" / "toy" / "work.zip").write_bytes(b"PK broken")
    said = io.StringIO()
    report = run(said)
    assert [trouble.student for trouble in report.troubles] == ["boris"]
    told = [line for line in said.getvalue().splitlines() if "work.zip" in line]
    assert len(told) == 1
    assert told[0].startswith("problem: boris, toy: boris/toy/work.zip: the archive is")
    assert "not graded, the report says why: boris (toy)" in str(report)
    assert _points(course)["boris"] == 0.0


def test_a_download_of_a_platform_fills_in_names_and_ids(
    course: Course, run: Callable[..., Report]
) -> None:
    """Exports need the platform's ids; formgrader shows the names."""
    shutil.rmtree(course.submitted)
    course.submitted.mkdir()
    with zipfile.ZipFile(course.submitted / "download.zip", "w") as archive:
        for name, number in (("Ana López", 7), ("Zoë Lim", 8)):
            archive.writestr(
                f"{name}_{number}_assignsubmission_file/toy.ipynb", '{"cells": []}'
            )
    run()
    assert rows(_url(course))["students"] == [
        ("Ana López_7", None, "Ana López", None, "7"),
        ("Zoë Lim_8", None, "Zoë Lim", None, "8"),
    ]
    assert (course.work / "autograded" / "Zoë Lim_8" / "toy" / "toy.ipynb").is_file()


def test_who_has_no_result_comes_first_then_who_handed_in_first(
    course: Course, run: Callable[..., Report], notes: Path
) -> None:
    """Names don't decide who waits."""
    run(students=["anna"])
    for student, day in (("finn", 1), ("ben", 2), ("anna", 1)):
        stamp = course.submitted / student / "toy" / "timestamp.txt"
        stamp.write_text(f"2024-05-0{day} 10:00:00 UTC")
    notes.unlink()
    run()
    order = notes.read_text().split()
    assert order[:2] == ["finn", "ben"]
    assert order[-1] == "anna"


def test_too_little_isolation_ends_the_run_before_it_begins(
    run: Callable[..., Report], notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what lacks and how to accept that; no learner's code ran."""
    from grader.sandbox import Isolation

    found = Isolation("none", "limits only", "no namespaces", "ask the administrator")
    monkeypatch.setattr(class_grading, "probe", lambda: found)
    said = io.StringIO()
    with pytest.raises(MachineLacking, match="medium isolation is required"):
        run(said, require="medium")
    assert "no namespaces (ask the administrator)" in said.getvalue()
    assert not notes.exists()


def test_the_tier_of_the_run_is_stored_with_its_marks(
    course: Course, run: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the journal of each result: what held when it was graded."""
    from grader.sandbox import Isolation

    monkeypatch.setattr(class_grading, "probe", lambda: Isolation("medium", "Landlock"))
    run(students=["anna"])
    [result] = results(course.work / NAME)
    assert result["isolation"]["tier"] == "medium"
    assert result["isolation"]["detail"] == "Landlock"


def test_an_unknown_student_is_told_with_those_like_it(
    run: Callable[..., Report],
) -> None:
    """Before anything starts."""
    with pytest.raises(WrongUse, match=r"no submission of ana in .*, but of anna"):
        run(students=["ana"])


def test_two_runs_at_once_are_one_too_many(
    course: Course, run: Callable[..., Report]
) -> None:
    """The second is told, and the first goes on."""
    with claimed(course.work), pytest.raises(WorkUnusable, match="another run"):
        run()


def test_late_work_is_penalised_as_the_course_says(
    course: Course, run: Callable[..., Report]
) -> None:
    """Its due date is in the gradebook, its rule in nbgrader_config.py."""
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    run(students=["anna"])
    change(_url(course), "update assignment set duedate = '2024-05-01 00:00:00'")
    (course.submitted / "ben" / "toy" / "timestamp.txt").write_text("2024-05-02")
    run()
    penalties = {row[0]: row[5] for row in rows(_url(course))["notebooks"]}
    assert penalties == {**dict.fromkeys(STUDENTS), "ben": 10.0}


def test_a_gradebook_that_nbgrader_made_elsewhere_is_told(
    course: Course, run: Callable[..., Report]
) -> None:
    """Where its settings don't name ours, a class list gets lost there."""
    (course.root / "gradebook.db").touch()
    said = io.StringIO()
    run(said, students=["anna"])
    assert f"{course.root / 'gradebook.db'} isn't used" in said.getvalue()


def test_a_file_that_is_no_archive_is_wrong_use(course: Course, tmp_path: Path) -> None:
    """One line says so, before anything runs."""
    text = tmp_path / "class.txt"
    text.write_text("anna, ben")
    with pytest.raises(WrongUse, match=r"class\.txt is no folder, and no \.zip"):
        grade(course, submitted=text, work=tmp_path / "work")
