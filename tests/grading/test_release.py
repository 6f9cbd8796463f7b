"""notebooks/ made from solutions/."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import ReleaseFailed
from grader.grading.course import Course
from grader.grading.release import release

NAME = "phase2/greeting.ipynb"


def _cells(course: Course) -> list[dict[str, Any]]:
    text = (course.notebooks / NAME).read_text()
    return list(json.loads(text)["cells"])


def test_a_release_has_neither_solutions_nor_hidden_tests(course: Course) -> None:
    """Between the markers nothing is left; the rest of each cell is."""
    release(course)
    answer, test = ("".join(cell["source"]) for cell in _cells(course)[2:4])
    assert answer.startswith("def deploy_hello(cloud):\n")
    assert "raise NotImplementedError" in answer
    assert test == 'check("hello-python", deploy_hello)\n'
    assert "secret" not in (course.notebooks / NAME).read_text()


def test_a_second_release_changes_nothing(course: Course) -> None:
    """The same sources give the same bytes, and files that are right stay untouched."""
    assert release(course).written == (NAME,)
    first = (course.notebooks / NAME).read_bytes()
    again = release(course)
    assert (again.written, again.unchanged) == ((), (NAME,))
    assert (course.notebooks / NAME).read_bytes() == first


def test_a_release_follows_its_sources(course: Course, source: dict[str, Any]) -> None:
    """What was changed in solutions/ is changed in notebooks/."""
    release(course)
    changed = copy.deepcopy(source)
    changed["cells"][0]["source"] = "# Greeting, again"
    (course.solutions / NAME).write_text(json.dumps(changed))
    assert release(course).written == (NAME,)
    assert _cells(course)[0]["source"] == ["# Greeting, again"]


def test_a_release_deletes_nothing(course: Course) -> None:
    """A learner's own notebook is named and left; progress isn't even named."""
    release(course)
    for name in ("mine.ipynb", ".progress.json"):
        (course.notebooks / "phase2" / name).write_text("{}")
    assert release(course).extra == ("phase2/mine.ipynb",)
    assert (course.notebooks / "phase2" / "mine.ipynb").exists()
    assert (course.notebooks / "phase2" / ".progress.json").exists()


def test_settings_need_not_say_where_the_sources_are(course: Course) -> None:
    """nbgrader would look into `source`; a course has `solutions`."""
    (course.root / "nbgrader_config.py").write_text("c = get_config()\n")
    assert release(course).written == (NAME,)


def test_files_beside_a_notebook_are_released_with_it(course: Course) -> None:
    """A picture in solutions/ is in notebooks/ as it is."""
    (course.solutions / "phase2" / "picture.png").write_bytes(b"\x89PNG")
    release(course)
    assert (course.notebooks / "phase2" / "picture.png").read_bytes() == b"\x89PNG"


def test_a_solution_without_its_end_is_refused(
    course: Course, source: dict[str, Any]
) -> None:
    """The error says what nbgrader found wrong, and nothing is released."""
    broken = copy.deepcopy(source)
    answer = broken["cells"][2]
    answer["source"] = answer["source"].replace("    ### END SOLUTION\n", "")
    (course.solutions / NAME).write_text(json.dumps(broken))
    with pytest.raises(ReleaseFailed, match="no end solution"):
        release(course)
    assert not course.notebooks.exists()


def test_a_release_leaves_nothing_but_the_release(
    course: Course, tmp_path: Path
) -> None:
    """No gradebook and no log: its folder is there, for nbgrader, and empty."""
    release(course)
    there = {path.name for path in course.root.iterdir()}
    assert there == {".grading", "nbgrader_config.py", "notebooks", "solutions"}
    assert not list((course.root / ".grading").iterdir())
