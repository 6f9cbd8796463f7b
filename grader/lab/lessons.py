"""What the notebooks of a folder ask of a learner, read from their cells.

Points stand in the metadata of test cells and nowhere else; what it takes to pass
stands in the notebook's own metadata, under `course`:

    {"pass": 70, "bonus": 5, "capstone": {"pass": 18, "exercises": ["the-safe", …]},
     "next": ["What to try after it, in a sentence or two.", …]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PREDICTION = re.compile(r'^predict\(\s*["\']([\w-]+)["\']', re.MULTILINE)
_HEADING = re.compile(r"^(#{1,2}) +(.+?)\s*$")


@dataclass(frozen=True)
class Step:
    """An exercise or a prediction of a lesson."""

    name: str
    section: str
    """The heading under which it stands."""
    points: float | None = None
    """None for predictions, which earn none."""


@dataclass(frozen=True)
class Lesson:
    """One notebook: its steps in their order, and what it takes to pass."""

    title: str
    steps: tuple[Step, ...]
    pass_mark: float | None = None
    bonus: int = 0
    """Points at most for predictions, one for each."""
    capstone: frozenset[str] = frozenset()
    """The names of the capstone's exercises."""
    capstone_pass_mark: float = 0.0
    next: tuple[str, ...] = ()
    """What who has passed may try, in Markdown."""

    @property
    def exercises(self) -> list[Step]:
        """The steps that earn points."""
        return [step for step in self.steps if step.points is not None]

    @property
    def predictions(self) -> list[Step]:
        """The steps that ask for a prediction."""
        return [step for step in self.steps if step.points is None]

    def is_passed(self, points: Mapping[str, float]) -> bool | None:
        """Whether points by exercise reach its marks to pass; None where it has none.

        Exercises that aren't its steps, marked by a person, count too.
        """
        if self.pass_mark is None:
            return None
        capstone = sum(points.get(name, 0.0) for name in self.capstone)
        return (
            sum(points.values()) >= self.pass_mark
            and capstone >= self.capstone_pass_mark
        )


def lessons(folder: Path) -> list[Lesson]:
    """The lessons of a folder by file name; notebooks that ask nothing are left out."""
    found = []
    for notebook in sorted(folder.glob("*.ipynb")):
        lesson = of_notebook(content(notebook), notebook.stem)
        if lesson.steps:
            found.append(lesson)
    return found


def of_notebook(notebook: Mapping[str, Any], name: str) -> Lesson:
    """A notebook as a lesson; `name` is its title if it has none."""
    title, section = "", ""
    steps: list[Step] = []
    for cell in cells(notebook):
        if cell.get("cell_type") == "markdown":
            for level, heading in _headings(_source(cell)):
                title = title or heading
                section = heading if level > 1 else section
        else:
            steps += _steps(cell, section)
    return Lesson(title or name, tuple(steps), **_marks(notebook))


def content(notebook: Path) -> dict[str, Any]:
    """A notebook's JSON; of one that can't be read, none."""
    try:
        loaded = json.loads(notebook.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of a notebook; of a damaged one, those that are cells."""
    found = notebook.get("cells")
    if not isinstance(found, list):
        return []
    return [cell for cell in found if isinstance(cell, dict)]


def _steps(cell: Mapping[str, Any], section: str) -> Iterator[Step]:
    marks = cell.get("metadata", {}).get("nbgrader") or {}
    if marks.get("grade") and not marks.get("solution"):
        # Other graded cells are marked by a person.
        if re.search(r"^check\(", _source(cell), re.MULTILINE):
            yield Step(marks["grade_id"], section, float(marks.get("points", 0)))
    else:
        for name in _PREDICTION.findall(_source(cell)):
            yield Step(name, section)


def _headings(source: str) -> Iterator[tuple[int, str]]:
    fenced = False
    for line in source.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and (found := _HEADING.match(line)):
            yield len(found[1]), found[2]


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _marks(notebook: Mapping[str, Any]) -> dict[str, Any]:
    about = notebook.get("metadata", {}).get("course")
    if not isinstance(about, dict):
        return {}
    capstone = about.get("capstone") or {}
    return {
        "pass_mark": about.get("pass"),
        "bonus": about.get("bonus", 0),
        "capstone": frozenset(capstone.get("exercises", ())),
        "capstone_pass_mark": capstone.get("pass", 0),
        "next": tuple(map(str, about.get("next", ()))),
    }
