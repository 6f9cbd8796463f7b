"""What a bundle says of an assignment: its notebooks and their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import WrongUse
from grader.grading.bundle import VERSION, Limits

_SCHEMA = 3
"""The version of nbgrader's metadata."""


@dataclass(frozen=True)
class SourceCell:
    """One cell of the course's own, as it is when it counts."""

    grade_id: str | None
    cell_type: str
    source: str
    """With hidden tests and mark schemes; a stub where the learner writes."""
    released: str
    """What the learner got."""
    grade: bool
    solution: bool
    locked: bool
    task: bool
    points: float | None
    checksum: str | None
    id: str | None = None
    """nbformat's, where the source has one."""

    @property
    def is_test(self) -> bool:
        """Whether it tests: graded, and not written by the learner."""
        return self.grade and not self.solution

    @property
    def nbgrader(self) -> dict[str, Any]:
        """nbgrader's metadata of it."""
        made = {
            "cell_type": self.cell_type,
            "checksum": self.checksum,
            "grade": self.grade,
            "grade_id": self.grade_id,
            "locked": self.locked,
            "schema_version": _SCHEMA,
            "solution": self.solution,
            "task": self.task,
        }
        return made if self.points is None else {**made, "points": self.points}

    @property
    def is_marked(self) -> bool:
        """Whether it is worth points."""
        return self.grade or self.task


@dataclass(frozen=True)
class SourceNotebook:
    """One notebook of an assignment."""

    stem: str
    cells: tuple[SourceCell, ...]
    metadata: Mapping[str, Any]

    @property
    def marked(self) -> list[SourceCell]:
        """Its cells that are worth points, in their order."""
        return [cell for cell in self.cells if cell.is_marked]


@dataclass(frozen=True)
class Assignment:
    """One assignment, as read from a bundle."""

    name: str
    digest: str
    notebooks: Mapping[str, SourceNotebook]
    files: Mapping[str, str]
    data: Mapping[str, str]
    limits: Limits


def assignment_of(bundle: Mapping[str, Any]) -> Assignment:
    """Read a bundle.

    Raises: WrongUse for one that another version of this package made.
    """
    if bundle.get("version") != VERSION:
        raise WrongUse(
            f"this bundle has the version {bundle.get('version')!r}, and this grader "
            f"reads {VERSION}: make the bundle again with make_bundle()"
        )
    return Assignment(
        name=bundle["assignment"],
        digest=bundle["digest"],
        notebooks={
            stem: SourceNotebook(
                stem, tuple(map(_cell, made["cells"])), dict(made["metadata"])
            )
            for stem, made in bundle["notebooks"].items()
        },
        files=dict(bundle["files"]),
        data=dict(bundle["data"]),
        limits=Limits(**bundle["limits"]),
    )


def _cell(made: Mapping[str, Any]) -> SourceCell:
    return SourceCell(**{"released": made["source"], **made})
