"""The four-week plan speaks of what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from grader import checks
from grader.checks.exercise import exercises
from grader.grading.course import Course

ROOT = Path(__file__).parent.parent
PLAN = (ROOT / "PLAN.md").read_text("utf-8")
NOTEBOOKS = sorted(Course(ROOT).notebooks.glob("*/*.ipynb"))
NAME = re.compile(r"`([a-z]+(?:-[a-z]+)+|teardown)`")


def _weeks() -> dict[str, str]:
    """The text of each week, by its heading."""
    parts = re.split(r"^## (.+)$", PLAN, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _headings() -> set[str]:
    """The numbers of all sections, such as 1.5, from the notebooks' headings."""
    cells = [
        cell
        for notebook in NOTEBOOKS
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    return set(re.findall(r"^## (\d\.\d+) ", text, re.MULTILINE))


def test_every_exercise_has_its_day() -> None:
    """The plan names each exercise of the course once, and no other."""
    checks.load()
    course = sorted(
        exercise.name
        for exercise in exercises()
        if exercise.check.__module__.startswith("grader.checks.")
    )

    assert sorted(NAME.findall(PLAN)) == course


def test_every_section_has_its_day() -> None:
    """Each numbered section of the notebooks is in the plan, and no other is."""
    days = re.findall(r"^\| \d \| [\d.]+ \| ([^|]*) \|", PLAN, re.MULTILINE)

    assert set(re.findall(r"\d\.\d+", " ".join(days))) == _headings()


def test_every_notebook_is_linked() -> None:
    """A link leads to a notebook that exists, and each notebook has one."""
    linked = re.findall(r"\]\((.+?\.ipynb)\)", PLAN)

    assert sorted(linked) == [
        notebook.relative_to(ROOT).as_posix() for notebook in NOTEBOOKS
    ]


def test_there_are_four_weeks_with_a_mini_project() -> None:
    """Each week that has a notebook ends in something built."""
    weeks = {name: text for name, text in _weeks().items() if name.startswith("Week")}

    assert len(weeks) == 4
    for name, text in weeks.items():
        assert "mini project" in text or "Not in the course yet" in text, name
