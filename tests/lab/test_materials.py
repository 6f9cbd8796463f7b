"""What the course brings along for its notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import lab
from grader.errors import WrongUse


def test_a_file_is_found_by_its_name() -> None:
    """Wherever the notebook runs, and whatever its folder is."""
    assert lab.material("photos/seaside.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_a_name_that_isnt_there_is_told_what_is() -> None:
    """The answer to a slip of the pen is a list to choose from."""
    with pytest.raises(WrongUse, match=r"photos/seaside\.jpg"):
        lab.material("photos/seeside.jpg")


@pytest.mark.parametrize("name", ["submitted", "../pyproject.toml", "/etc/hostname"])
def test_only_the_courses_own_files_are_given(name: str) -> None:
    """What a class handed in isn't, and neither is the rest of the machine."""
    with pytest.raises(WrongUse, match="the course has no"):
        lab.material(name)


def test_the_files_may_lie_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that grades has them where `LAB_MATERIAL` says, and no others."""
    (tmp_path / "photo.txt").write_text("a photo")
    monkeypatch.setenv("LAB_MATERIAL", str(tmp_path))
    assert lab.material("photo.txt").read_text() == "a photo"
    with pytest.raises(WrongUse, match=r"it has photo\.txt$"):
        lab.material("photos/seaside.jpg")
