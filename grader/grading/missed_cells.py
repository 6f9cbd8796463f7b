"""Cells of the lesson's that a submission lacks, and its tests miss.

A lesson's first cells make the clients that answers and tests work with. Most of them
aren't locked, so they can be deleted by accident, moved below what needs them, or made
into something else; in the kernel of their learner the names live on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.grading.assignment import SourceCell, SourceNotebook
from grader.grading.cell_names import names
from grader.grading.graded import Note
from grader.grading.repairing import Repaired, RepairedCell


def put_back(
    found: Repaired, source: SourceNotebook, missed: Mapping[str, int]
) -> Repaired | None:
    """The same with the lesson's cells that bind missed names; None if none does.

    Each stands ahead of the first cell that comes after it in the lesson.

    Args:
        missed: by name, the place of a test that failed for its lack.
    """
    lacking = _lacking(found.cells, source.cells, missed)
    if not lacking:
        return None
    cells = [
        cell for cell in found.cells if cell.is_written or cell.origin not in lacking
    ]
    order = {cell: at for at, cell in enumerate(source.cells)}
    for cell in lacking:
        place = next(
            (
                at
                for at, one in enumerate(cells)
                if one.origin is not None and order[one.origin] > order[cell]
            ),
            0,
        )
        cells.insert(place, RepairedCell(cell.cell_type, cell.source, cell))
    notes = [
        Note(
            "missing cell",
            cell.grade_id or f"the lesson's cell {order[cell] + 1}",
            "It wasn't above what needs it and was put back",
        )
        for cell in lacking
    ]
    return replace(found, cells=tuple(cells), problems=(*found.problems, *notes))


def _lacking(
    cells: Sequence[RepairedCell],
    source: Sequence[SourceCell],
    missed: Mapping[str, int],
) -> list[SourceCell]:
    """The lesson's cells that bind these names, and those that bind what they read."""
    found: set[SourceCell] = set()
    for missing, place in missed.items():
        above = {
            name
            for one in cells[:place]
            if one.cell_type == "code" and not one.idle
            for name in names(one.source).binds
        }
        waiting = {missing} - above
        while waiting:
            name = waiting.pop()
            binding = [
                cell
                for cell in source
                if _is_lessons(cell) and name in names(cell.source).binds
            ]
            if binding and binding[0] not in found:
                found.add(binding[0])
                known = names(binding[0].source)
                waiting |= (known.reads | known.calls) - above
    return [cell for cell in source if cell in found]


def _is_lessons(cell: SourceCell) -> bool:
    return cell.cell_type == "code" and not cell.solution and not cell.is_test
