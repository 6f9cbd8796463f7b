"""The notebook of a sitting, as people look at it and nbgrader reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.grading import outputs
from grader.grading.assignment import SourceNotebook
from grader.grading.repairing import RepairedCell
from grader.grading.sitting import Sat

GIVEN = {"grader": {"given": True}}
"""The metadata of a cell that is as the course has it, and nobody's answer."""
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def executed(
    source: SourceNotebook, cells: Sequence[RepairedCell], sat: Mapping[int, Sat]
) -> dict[str, Any]:
    """A notebook of nbformat 4.5; hidden tests are in it.

    Its outputs are harmless; of a test cell they say what was found.
    """
    taken: set[str] = set()
    made = []
    for at, cell in enumerate(cells):
        name = _name(cell, at, taken)
        taken.add(name)
        made.append(_cell(cell, sat.get(at), name))
    return {
        "cells": made,
        "metadata": dict(source.metadata),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(cell: RepairedCell, sat: Sat | None, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": name,
        "metadata": dict(GIVEN) if _is_given(cell) else {},
        "source": cell.source,
    }
    if cell.origin is not None and cell.origin.grade_id is not None:
        made["metadata"]["nbgrader"] = cell.origin.nbgrader
    if cell.cell_type == "code":
        made["execution_count"] = sat.ran.count if sat else None
        made["outputs"] = _outputs(sat) if sat else []
    elif cell.attachments:
        made["attachments"] = {
            picture: dict(kinds) for picture, kinds in cell.attachments.items()
        }
    return made


def _is_given(cell: RepairedCell) -> bool:
    origin = cell.origin
    return (
        origin is not None
        and not (origin.solution or origin.is_marked)
        and not cell.is_written
    )


def _outputs(sat: Sat) -> list[outputs.Output]:
    found, note = sat.outputs, (sat.hidden or sat.ran).note
    if sat.calls:
        found = outputs.decided(found, sat.finding)
    if note and not (sat.calls and sat.finding.passed):
        found = [*found, outputs.error("Stopped", note)]
    return outputs.kept(found)


def _name(cell: RepairedCell, at: int, taken: set[str]) -> str:
    wanted = cell.origin.id if cell.origin is not None else None
    if wanted and _ID.fullmatch(wanted) and wanted not in taken:
        return wanted
    name = f"cell-{at}"
    while name in taken:
        name += "-"
    return name
