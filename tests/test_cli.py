"""The `grader` command itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader import cli
from grader.grading.course import Course

HEAVY = ("nbgrader", "moto", "boto3", "papermill", "nbformat", "jupyter_core")
HELP = """
import json, sys
from grader.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""


def test_help_imports_nothing_heavy() -> None:
    """`grader --help` answers before anything slow is imported."""
    ran = subprocess.run(
        [sys.executable, "-c", HELP], capture_output=True, text=True, check=True
    )
    loaded = json.loads(ran.stdout.splitlines()[-1])
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["run", "--frobnicate"]])
def test_wrong_use_is_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """argparse's own status for wrong use is ours too."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: grader" in capsys.readouterr().err


def test_a_port_that_is_none_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A port above 65535 is refused before anything starts."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["cloud", "--port", "70000"])
    assert ended.value.code == 2
    assert "'70000' is no port" in capsys.readouterr().err


def test_outside_a_course_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command in a folder of no course ends with status 2 and one line."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run"]) == cli.WRONG
    said = capsys.readouterr().err
    assert said.startswith("grader: ")
    assert "is not inside a course" in said
    assert said.count("\n") == 1


def test_an_unknown_phase_is_told_with_the_known_ones(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A phase that isn't there ends with status 2 and names those that are."""
    monkeypatch.chdir(course.root)
    assert cli.main(["release", "phase9"]) == cli.WRONG
    assert "there is no phase9" in capsys.readouterr().err


def test_a_report_before_any_grading_says_what_to_run(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`grader report` needs a gradebook, and says which command makes one."""
    monkeypatch.chdir(course.root)
    assert cli.main(["report"]) == cli.WRONG
    assert "run `grader grade` first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--submitted", "{}/none"], "there is no folder"),
        (["--submitted", "{}/empty"], "nothing to grade in"),
        (["--assignment", "phase9"], "there is no phase9 in"),
        (["phase9"], "there is no phase9 in"),
        (["--student", "lina"], "there is no submission of lina"),
        (["--jobs", "0"], "--jobs 0 is no number from 1 to 256"),
        (["--jobs", "abc"], "--jobs abc is no number"),
        (["--scheduler", "127.0.0.1:1"], "no scheduler answers at 127.0.0.1:1"),
        (["--scheduler", "nonsense"], "no scheduler answers at nonsense"),
        (["--gradebook", "nonsense"], "the gradebook 'nonsense' can't be used"),
        (["--gradebook", "sqlite:////none/g.db"], "unable to open database file"),
        (["--work", "{}/file/work"], "can't be written: Not a directory"),
    ],
)
def test_what_grading_can_t_do_is_one_line(
    course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """Status 2 and the cause, before anybody's code runs."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    folder = tmp_path / "class" / "lena" / "phase2"
    folder.mkdir(parents=True)
    (folder / "greeting (1).ipynb").write_text('{"cells": []}')
    monkeypatch.chdir(course.root)
    given = [each.format(tmp_path) for each in arguments]
    if "--submitted" not in given:
        given += ["--submitted", str(tmp_path / "class")]
    assert cli.main(["grade", *given]) == cli.WRONG
    *before, line = capsys.readouterr().err.splitlines()
    assert line.startswith("grader: ")
    assert said in line
    assert before == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+pg8000://me:secret@127.0.0.1:1/db", "Can't create a connection"),
        ("sqlite:///{}/empty.db", "no such table"),
    ],
)
def test_a_report_without_its_gradebook_is_one_line(
    course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    said: str,
) -> None:
    """Status 2 and the cause, without a password."""
    (tmp_path / "journal.jsonl").write_text("")
    monkeypatch.chdir(course.root)
    given = ["--work", str(tmp_path), "--gradebook", url.format(tmp_path)]
    assert cli.main(["report", *given]) == cli.WRONG
    line = capsys.readouterr().err
    assert line.startswith("grader: the gradebook ")
    assert said in line
    assert line.count("\n") == 1
    assert "secret" not in line
