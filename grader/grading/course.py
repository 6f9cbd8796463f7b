"""Where a course keeps its notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseNotFound, WrongUse


@dataclass(frozen=True)
class Course:
    """The folders of one course; an assignment of nbgrader's is one phase."""

    root: Path

    @property
    def solutions(self) -> Path:
        """The source: explanations, solution regions, hidden tests."""
        return self.root / "solutions"

    @property
    def notebooks(self) -> Path:
        """What learners open."""
        return self.root / "notebooks"

    @property
    def submitted(self) -> Path:
        """The sample class: one folder per student, then one per phase."""
        return self.root / "data" / "submitted"

    @property
    def work(self) -> Path:
        """Where grading writes; everything in it can be made again."""
        return self.root / ".grading"

    def phases(self, wanted: Iterable[str] = ()) -> list[str]:
        """The phases that have notebooks, or those of them that are `wanted`.

        Raises: WrongUse for a phase that isn't there.
        """
        there = phases_in(self.solutions) or phases_in(self.notebooks)
        unknown = [phase for phase in wanted if phase not in there]
        if unknown:
            raise WrongUse(
                f"there is no {' or '.join(unknown)} in {self.root}: "
                f"the course has {', '.join(there) or 'no notebooks at all'}"
            )
        return list(wanted) or there


def phases_in(folder: Path) -> list[str]:
    """The sub-folders of a folder that hold notebooks, by name."""
    if not folder.is_dir():
        return []
    return sorted({path.parent.name for path in folder.glob("*/*.ipynb")})


def notebooks_in(folder: Path) -> list[Path]:
    """The notebooks of one phase, in the order in which they are read."""
    return sorted(folder.glob("*.ipynb"))


def find(start: Path | None = None) -> Course:
    """The course that `start` (or the current folder) is in.

    Raises: CourseNotFound.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file():
            return Course(folder)
    raise CourseNotFound(
        f"{here} is not inside a course (no nbgrader_config.py in it or above it): "
        "go to the folder that `git clone` made, then try again"
    )
