"""What the course brings along for its notebooks."""

from __future__ import annotations

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
