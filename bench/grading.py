"""Grading a class, ours and nbgrader's, on the same submissions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import graded_class, processes, rows, servers
from bench.figures import Figure, Missing, Reading, median_of

ROOT = Path(__file__).resolve().parent.parent
TOY = ROOT / "tests" / "grading" / "toy"
LESSON = "phase2"
# Of the sample class: who solved all of it.
_GOOD = "amara"
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1

# nbgrader as it comes: of its settings only where things lie.
_PLAIN = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.submitted_directory = "data/submitted"
c.CourseDirectory.ignore = ["__pycache__"]
"""
_LIMIT = 4 * 3600  # seconds
_LOOK = 0.2  # seconds between looks at a process's memory
_FAILURES = (OSError, subprocess.SubprocessError)


def toy(folder: Path, count: int) -> dict[str, Reading]:
    """Seconds for one toy submission after another."""
    course = _course(TOY, folder / "toy")
    (course / "nbgrader_config.py").write_text(_PLAIN)
    return {
        rows.OURS: _sequential(course, "toy", count),
        rows.NBGRADER: _nbgrader(course, "toy", count),
    }


def lesson(folder: Path, count: int) -> dict[str, Reading]:
    """Seconds per submission of the real lesson, ours on all processors.

    nbgrader, which grades one after the other, gets one submission for each four of
    ours: each takes minutes.
    """
    course = _course(ROOT, folder / "lesson")
    for student in (course / "data" / "submitted").iterdir():
        if student.is_dir() and student.name != _GOOD:
            shutil.rmtree(student)
    return {
        rows.OURS: _per_submission(course, count),
        rows.NBGRADER: _nbgrader(course, LESSON, max(1, count // 4)),
    }


def many(folder: Path, count: int) -> tuple[Reading, Reading]:
    """Seconds for a class of toys on all processors, and MB of the command's process.

    Other processes grade; it hands out submissions and records results.
    """
    try:
        taken, memory = _class_graded(_course(TOY, folder / "many"), "toy", count)
    except _FAILURES as error:
        missing = Missing(_reason(error))
        return missing, missing
    return Figure(taken, taken, taken, 1), Figure(memory, memory, memory, 1)


def commands(count: int) -> dict[str, Reading]:
    """Seconds that `grader --help` takes, and those that `import nbgrader` does."""
    return {
        rows.OURS: _start(["-m", "grader.cli", "--help"], count),
        rows.NBGRADER: _start(["-c", "import nbgrader"], count),
    }


def _sequential(course: Path, assignment: str, count: int) -> Reading:
    try:
        found = _graded(course, assignment, 1, count + 1)
    except _FAILURES as error:
        return Missing(_reason(error))
    note = f"without the gradebook; the first of a run takes {found['first']:.1f} s"
    return median_of(found["following"], note=note)


def _per_submission(course: Path, count: int) -> Reading:
    try:
        taken = _class_graded(course, LESSON, count)[0] / count
    except _FAILURES as error:
        return Missing(_reason(error))
    note = f"{count} on {PROCESSORS} processors, the whole of `grader grade`"
    return Figure(taken, taken, taken, 1, note)


def _class_graded(course: Path, assignment: str, count: int) -> tuple[float, float]:
    """Seconds that `grader grade` takes, and the most MB of its own process."""
    work = _copy_with(course, "ours", assignment, count)
    command = [sys.executable, "-m", "grader.cli", "grade", "--assignment", assignment]
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command,
            cwd=work,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        ) as process,
    ):
        most = 0.0
        try:
            while process.poll() is None:
                most = max(most, processes.most_memory(process.pid))
                time.sleep(_LOOK)
        except BaseException:
            process.terminate()
            raise
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(
                process.returncode, command, stderr=said.read()
            )
    return time.perf_counter() - began, most


def _graded(course: Path, assignment: str, jobs: int, count: int) -> dict[str, Any]:
    arguments = [str(course), assignment, str(jobs), str(count)]
    ended = _python(["-m", "bench.graded_class", *arguments], ROOT)
    found = graded_class.parse(ended.stdout)
    if found is None:
        raise subprocess.SubprocessError("it told no times")
    if list(found["statuses"]) != ["graded"]:
        raise subprocess.SubprocessError(f"the results were {found['statuses']}")
    return found


def _nbgrader(course: Path, assignment: str, count: int) -> Reading:
    """Seconds per submission of `nbgrader autograde`, its start included."""
    work = _copy_with(course, "nbgrader", assignment, count)
    nbgrader = ["-m", "nbgrader"]
    try:
        _python([*nbgrader, "generate_assignment", assignment, "--force"], work)
        began = time.perf_counter()
        _python([*nbgrader, "autograde", assignment], work)
        taken = (time.perf_counter() - began) / count
    except _FAILURES as error:
        return Missing(_reason(error))
    return Figure(taken, taken, taken, 1, f"{count} submissions, its start included")


def _copy_with(course: Path, whose: str, assignment: str, count: int) -> Path:
    """A copy with so many submissions: the class's over and over, or the first ones."""
    copy = course.with_name(f"{course.name}-{whose}")
    shutil.copytree(course, copy)
    submitted = copy / "data" / "submitted"
    given = sorted(submitted.glob(f"*/{assignment}"))
    fresh = submitted.with_name("fresh")
    for number in range(count):
        one = given[number % len(given)]
        student = f"{one.parent.name}{number}"
        shutil.copytree(one, fresh / student / assignment)
    shutil.rmtree(submitted)
    fresh.rename(submitted)
    return copy


def _course(source: Path, target: Path) -> Path:
    """A course's own copy, which grading may write into."""
    target.mkdir(parents=True)
    for name in ("solutions", "data", "nbgrader_config.py"):
        found = source / name
        copy = shutil.copytree if found.is_dir() else shutil.copy
        copy(found, target / name)
    return target


def _start(arguments: Sequence[str], count: int) -> Reading:
    samples = []
    try:
        for _ in range(count + 1):
            began = time.perf_counter()
            _python(arguments, ROOT)
            samples.append(time.perf_counter() - began)
    except _FAILURES as error:
        return Missing(_reason(error))
    return median_of(samples[1:])


def _python(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=True,
    )


def _environment() -> dict[str, str]:
    here = str(Path(sys.executable).parent)
    found = servers.plain_environment()
    return found | {
        "PATH": f"{here}{os.pathsep}{found.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
    }


def _reason(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    lines = str(said).strip().splitlines()
    return lines[-1][:200] if lines else type(error).__name__
