"""Running notebooks from end to end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.grading.course import Course
from grader.grading.examination import examined_lab
from grader.grading.execution import run
from grader.grading.release import release

PATH = Path("phase2") / "greeting.ipynb"


def _temporary() -> set[Path]:
    folder = Path(tempfile.gettempdir())
    return {*folder.glob("notebook-*"), *folder.glob("ipython-*")}


def test_a_solved_notebook_earns_full_marks(solved_course: Course) -> None:
    """The examiner saw the work, in the account at hand and in a fresh one."""
    ran = run(solved_course.solutions / PATH, progress=False)
    assert [(mark.exercise, mark.points, mark.message) for mark in ran.marks] == [
        ("hello-python", 4, "")
    ]
    assert ran.failures == ()
    assert (ran.points, ran.maximum) == (4, 4)


def test_a_released_notebook_runs_to_its_end_and_earns_nothing(
    solved_course: Course,
) -> None:
    """The starter fails its check, with a message; no other cell fails."""
    release(solved_course)
    ran = run(solved_course.notebooks / PATH, progress=False)
    assert (ran.points, ran.maximum) == (0, 4)
    assert "NotImplementedError" in ran.marks[0].message
    assert ran.failures == ()


def test_a_lab_serves_one_run_after_the_other(solved_course: Course) -> None:
    """A second run finds what the first left, and works in the Region it is told."""
    with examined_lab() as lab:
        first, second = (
            run(solved_course.solutions / PATH, progress=False, region=region, lab=lab)
            for region in ("us-east-1", "eu-central-1")
        )
    assert first.points == 4
    assert "Role with name hello-role already exists" in second.marks[0].message


def test_an_error_outside_a_test_cell_is_told(
    solved_course: Course, solved: dict[str, Any]
) -> None:
    """A cell of the lesson that fails is a failure, and the ones after it run."""
    solved["cells"][1]["source"] += "\n1 / 0"
    (solved_course.solutions / PATH).write_text(json.dumps(solved))
    ran = run(solved_course.solutions / PATH, progress=False)
    assert ran.failures == ("cell 1: ZeroDivisionError: division by zero",)
    assert ran.points == 4


def test_the_notebook_itself_is_left_as_it_was(solved_course: Course) -> None:
    """Running writes nothing into the course and leaves no folder behind."""
    before = (solved_course.solutions / PATH).read_bytes()
    folders = _temporary()
    run(solved_course.solutions / PATH, progress=False)
    assert (solved_course.solutions / PATH).read_bytes() == before
    assert _temporary() <= folders
    assert [path.name for path in (solved_course.solutions / "phase2").iterdir()] == [
        PATH.name
    ]


def test_a_notebook_finds_the_files_beside_it(
    solved_course: Course, solved: dict[str, Any]
) -> None:
    """A picture that lies beside a notebook can be opened by its name."""
    (solved_course.solutions / "phase2" / "photo.txt").write_text("a photo")
    solved["cells"][1]["source"] += "\nassert open('photo.txt').read() == 'a photo'"
    (solved_course.solutions / PATH).write_text(json.dumps(solved))
    assert run(solved_course.solutions / PATH, progress=False).failures == ()


def test_the_home_of_whoever_runs_it_says_nothing(
    solved_course: Course,
    solved: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Startup files of one's own IPython don't run, and no home is needed."""
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "check.py").write_text("from_home = True")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "no-home"))
    solved["cells"][1]["source"] += "\nassert 'from_home' not in globals()"
    (solved_course.solutions / PATH).write_text(json.dumps(solved))
    ran = run(solved_course.solutions / PATH, progress=False)
    assert ran.failures == ()
    assert ran.points == 4


def test_a_kernel_that_dies_is_told(
    solved_course: Course, solved: dict[str, Any]
) -> None:
    """What was right before counts, and the run ends with a line about the kernel."""
    solved["cells"].append(
        {**solved["cells"][1], "id": "the-end", "source": "import os\n\nos._exit(1)"}
    )
    (solved_course.solutions / PATH).write_text(json.dumps(solved))
    ran = run(solved_course.solutions / PATH, progress=False)
    assert ran.points == 4
    assert any("the kernel died" in failure for failure in ran.failures)


def test_the_command_ends_with_the_scoreboard(
    solved_course: Course,
) -> None:
    """`grader run --solutions` prints a line per exercise and the total; status 0."""
    ran = subprocess.run(
        [sys.executable, "-m", "grader.cli", "run", "--solutions"],
        cwd=solved_course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == cli.GOOD, ran.stderr
    assert "hello-python" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("4 of 4 points")


def test_less_than_full_marks_is_status_1(
    solved_course: Course,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A released notebook is not right yet, and the status says so."""
    release(solved_course)
    monkeypatch.chdir(solved_course.root)
    assert cli.main(["run"]) == cli.NOT_RIGHT
    assert "0 of 4 points" in capsys.readouterr().out


BLOCKING = """
import json, os, threading

with open({pipe!r}, "w") as pipe:
    json.dump([os.getpid(), cloud.endpoint_url], pipe)
threading.Event().wait()
"""


def test_a_terminated_run_leaves_nothing(
    solved_course: Course, solved: dict[str, Any], tmp_path: Path
) -> None:
    """SIGTERM in the middle of a cell ends the kernel and the lab as well."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    solved["cells"][2]["source"] = BLOCKING.format(pipe=str(pipe))
    (solved_course.solutions / PATH).write_text(json.dumps(solved))
    folders = _temporary()
    process = subprocess.Popen(
        [sys.executable, "-m", "grader.cli", "run", "--solutions"],
        cwd=solved_course.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Opening waits until the cell opens the other end.
    kernel, endpoint_url = json.loads(pipe.read_text())
    process.terminate()
    _, said = process.communicate()
    assert (process.returncode, said.splitlines()[-1]) == (cli.WRONG, "grader: stopped")
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    lab = urllib.parse.urlsplit(endpoint_url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((lab.hostname, lab.port))
    assert _temporary() <= folders
