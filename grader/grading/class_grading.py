"""Grading a class: every submission through nbgrader, one after the other."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import WrongUse
from grader.grading import pipeline
from grader.grading.class_report import Report, Trouble
from grader.grading.course import Course
from grader.grading.release import generate
from grader.grading.report import GRADEBOOK, write


@dataclass(frozen=True)
class Submission:
    """One student's notebooks of one phase."""

    student: str
    phase: str


def submissions(folder: Path, phases: Iterable[str]) -> list[Submission]:
    """What a class handed in, by phase and student.

    Raises: WrongUse when there is nothing.
    """
    if not folder.is_dir():
        raise WrongUse(f"there is no folder {folder}: say where with --submitted")
    wanted = set(phases)
    found = [
        Submission(student.name, phase)
        for student in sorted(folder.iterdir())
        if student.is_dir()
        for phase in sorted(wanted & {path.name for path in student.iterdir()})
    ]
    if not found:
        raise WrongUse(
            f"nothing to grade in {folder}: it should hold "
            f"<student>/<phase>/<notebook>.ipynb of {', '.join(sorted(wanted))}"
        )
    return sorted(found, key=lambda found: (found.phase, found.student))


def grade(
    course: Course,
    phases: Iterable[str] = (),
    *,
    submitted: Path,
    work: Path,
    began: Callable[[Submission], None] = lambda submission: None,
) -> Report:
    """Grade a class into `work`: gradebook, feedback, report.

    A submission that can't be graded is reported and never stops the others. `began`
    is told of each before it runs.

    Raises: WrongUse, ReleaseFailed.
    """
    names = course.phases(phases)
    waiting = submissions(submitted, names)
    work = work.resolve()  # nbgrader changes into the course's folder
    work.mkdir(parents=True, exist_ok=True)
    gradebook = pipeline.sqlite(work / GRADEBOOK)
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        # nbgrader reads checks and points from the gradebook, which a release fills.
        copies = _copied(submitted, Path(folder) / "submitted")
        generate(course, names, into=Path(folder) / "released", gradebook=gradebook)
        api = pipeline.api(course, gradebook=gradebook, submitted=copies, work=work)
        troubles = []
        for submission in waiting:
            began(submission)
            if trouble := _graded(api, submission):
                troubles.append(trouble)
    return write(work, names, tuple(troubles))


def _copied(submitted: Path, into: Path) -> Path:
    # Hidden folders of an editor are no part of a submission; the class stays as it is.
    shutil.copytree(submitted, into, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return into


def _graded(api: Any, submission: Submission) -> Trouble | None:
    with warnings.catch_warnings():
        # nbgrader was written for an older SQLAlchemy; it works all the same.
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        result = api.autograde(submission.phase, submission.student)
    if result["success"]:
        result = api.generate_feedback(submission.phase, submission.student)
    if result["success"]:
        return None
    # nbgrader catches everything, also what an instructor types.
    if result["error"].rstrip().endswith("KeyboardInterrupt"):
        raise KeyboardInterrupt
    return Trouble(submission.student, submission.phase, _reason(result))


def _reason(result: dict[str, Any]) -> str:
    """The one line of nbgrader's log that says what is wrong with a submission."""
    lines = [line.strip() for line in result.get("log", "").splitlines()]
    causes = [line for line in lines if _is_cause(line)]
    causes = causes or str(result["error"]).strip().splitlines()
    return causes[-1].removeprefix("[ERROR] ")[:300]


def _is_cause(line: str) -> bool:
    name = line.split(":", 1)[0]
    return ": " in line and name.endswith(("Error", "Exception")) and " " not in name
