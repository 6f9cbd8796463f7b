"""`grader doctor`: what this machine has, and what to do about the rest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from grader import cli, doctor, sandbox
from grader.cloud import isolation
from grader.doctor import Finding
from grader.sandbox import Isolation


class Usage(NamedTuple):
    """What shutil.disk_usage answers, in bytes."""

    total: int
    used: int
    free: int


def test_a_machine_that_runs_the_tests_is_well(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The table has a row for each thing; status 0, and nothing required to do."""
    assert cli.main(["doctor"]) == cli.GOOD
    said = capsys.readouterr().out
    for what in (
        "Python",
        "Node.js",
        "runtime client",
        "walls",
        "STRONG",
        "port",
        "nbgrader",
    ):
        assert what in said
    assert "  NO  " not in said


def test_an_old_python_is_status_2_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is required and missing says how to get it."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert cli.main(["doctor"]) == cli.WRONG
    line = next(
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("Python")
    )
    assert "NO" in line
    assert "3.10.1" in line
    assert "install Python 3.11 or newer" in line


def test_a_full_disk_is_told_in_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than 1 GB is too little for functions and their /tmp."""

    def full(path: Path) -> Usage:
        return Usage(10**11, 10**11 - 2 * 10**8, 2 * 10**8)

    monkeypatch.setattr(shutil, "disk_usage", full)
    disk = next(each for each in doctor.examine() if each.what == "disk")
    assert not disk.well
    assert disk.found == "0.2 GB free"


def test_a_machine_without_namespaces_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions then see the files of the machine: told, but not required."""
    isolation.namespaces.cache_clear()
    monkeypatch.setattr(isolation, "_candidates", list)
    try:
        findings = doctor.examine()
    finally:
        isolation.namespaces.cache_clear()
    walls = next(each for each in findings if each.what.startswith("walls"))
    assert not walls.well
    assert "install bubblewrap" in walls.todo
    assert doctor.is_well(findings)


def test_weaker_walls_when_grading_are_told_with_their_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The tier that a probe found, why it isn't stronger, and what to do about it."""
    found = Isolation("medium", "some walls", reason="it's a container", cure="no more")
    monkeypatch.setattr(sandbox, "probe", lambda: found)
    findings = doctor.examine()
    walls = next(each for each in findings if each.what == "walls when grading")
    assert not walls.well
    assert walls.found == "MEDIUM: some walls; not stronger because it's a container"
    assert walls.todo == "no more"
    assert doctor.is_well(findings)


def test_what_is_well_has_nothing_to_do() -> None:
    """The last column is for what is missing alone."""
    table = doctor.shown(
        [
            Finding("a", well=True, found="1", todo="never mind"),
            Finding("b", well=False, found="0", todo="get b"),
        ]
    )
    assert "never mind" not in table
    assert "get b" in table


def test_folders_that_submissions_dont_see_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the search path, but not libraries alone: with what to do instead."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    found = doctor._libraries()
    assert not found.well and not found.required
    assert str(tmp_path) in found.found
    assert "pip install" in found.todo
