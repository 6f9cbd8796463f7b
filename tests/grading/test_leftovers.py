"""What a killed process leaves in its temporary files, and who removes it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.grading import leftovers

OWNER = """
import sys
from grader.grading import leftovers
held = leftovers.claim(sys.argv[1])
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old folder that can't be entered any more, in a place of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = tmp_path / "serverless-kernel-abc"
    (made / "shut").mkdir(parents=True)
    (made / "shut" / "file").touch()
    (made / "shut").chmod(0)
    _grow_old(made)
    return made


def _grow_old(folder: Path) -> None:
    os.utime(folder, (1, 1))


def test_a_folder_stays_while_its_owner_lives(folder: Path) -> None:
    """And goes once that was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"claimed\n"
        leftovers.sweep()
        assert folder.is_dir()
        owner.kill()
        owner.wait()
        leftovers.sweep()
        assert not folder.exists()


def test_nothing_else_is_removed(folder: Path, tmp_path: Path) -> None:
    """A fresh folder, whose owner is about to claim it; a link; another's name."""
    fresh = tmp_path / "serverless-material-new"
    fresh.mkdir()
    other = tmp_path / "another"
    other.mkdir()
    _grow_old(other)
    link = tmp_path / "serverless-kernel-link"
    link.symlink_to(other)
    os.utime(link, (1, 1), follow_symlinks=False)
    leftovers.sweep()
    assert set(tmp_path.iterdir()) == {other, link, fresh}
