"""Executed notebooks as files, with what a learner handed in beside them."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GradebookUnusable
from grader.grading import autograded

RESULT: dict[str, Any] = {
    "student": "noor",
    "assignment": "hw1",
    "timestamp": "2026-05-02T12:00:00+00:00",
    "notebooks": {"toy": {"executed": {"cells": []}}},
}


def _written(folder: Path, beside: dict[str, bytes]) -> dict[str, bytes]:
    autograded.write(folder, RESULT, beside)
    return {
        path.relative_to(folder / "noor/hw1").as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    "name",
    [
        *("toy.ipynb/inner.txt", "toy.ipynb", "timestamp.txt/inner", "timestamp.txt"),
        *("a/b/c", "a", "x" * 300, "nul\0.txt", "half \ud800.txt", "", "."),
        *("../outside", "/outside", "a/../../../outside"),
    ],
)
def test_a_name_that_cant_be_had_costs_nobody_anything(
    tmp_path: Path, name: str
) -> None:
    """An archive may have a file and a folder of one name: the rest is written."""
    before = _written(tmp_path, {"a/b": b"1", "last": b"2"})
    found = _written(tmp_path, {"a/b": b"1", name: b"theirs", "last": b"2"})
    assert found == before
    assert set(found) == {"toy.ipynb", "timestamp.txt", "a/b", "last"}
    assert not (tmp_path / "outside").exists()


def test_a_helping_notebook_is_none_of_the_assignments(tmp_path: Path) -> None:
    """nbgrader would look for each notebook of the folder in the gradebook."""
    found = _written(tmp_path, {"helper.ipynb": b"{}", "more/helper.ipynb": b"{}"})
    assert set(found) == {"toy.ipynb", "timestamp.txt", "more/helper.ipynb"}


def test_a_disk_that_is_full_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't the learner's name then, and the next one would fail too."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(GradebookUnusable, match="No space left"):
        autograded.write(tmp_path, RESULT, {"a": b"1"})
