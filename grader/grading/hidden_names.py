"""What the hidden parts of test cells bind for tests below them.

An import, a helper or a list of cases that one hidden part makes is there for the next
one in nbgrader, where they run in one kernel. Here each runs in a fork of its own, so
it runs first what it needs of those above it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.grading.cell_names import names
from grader.grading.cell_syntax import lines, parsed
from grader.grading.kernels.hardening import plain
from grader.grading.kernels.test_cells import hidden_lines
from grader.grading.repairing import RepairedCell


@dataclass(frozen=True)
class Borrowed:
    """What a test needs of hidden parts above it."""

    source: str = ""
    """Their statements, in their order."""
    is_visibly_needed: bool = False
    """Whether lines need it that learners have, so that all of the test has to wait."""


def borrowed(
    at: int, cells: Sequence[RepairedCell], running: Iterable[int]
) -> Borrowed:
    """What the test at a place reads that a hidden part above it binds.

    Args:
        running: the places of the cells that run.
    """
    origin = cells[at].origin
    assert origin is not None
    above = sorted((one for one in running if one < at), reverse=True)
    found: set[tuple[int, int]] = set()
    direct: set[str] = set()
    parts = {one: _statements(cells[one]) for one in above}
    waiting = [(name, at) for name in _read(cells[at].source)]
    while waiting:
        name, place = waiting.pop()
        for one in above:
            if one >= place:
                continue
            makes = [
                (one, index)
                for index, text in enumerate(parts[one])
                if name in names(text).binds
            ]
            if makes and place == at:
                direct.add(name)
            for each in set(makes) - found:
                found.add(each)
                # What stands above in the same cell may be hidden as well.
                text = parts[one][each[1]]
                waiting += [(read, one + 1) for read in _read(text)]
            if makes or name in names(cells[one].source).binds:
                break
    made = "\n".join(parts[one][index] for one, index in sorted(found))
    return Borrowed(made, not direct.isdisjoint(_read(origin.released)))


def _statements(cell: RepairedCell) -> list[str]:
    """The hidden ones of a test cell."""
    origin = cell.origin
    if not cell.is_test or origin is None or cell.source == origin.released:
        return []
    tree = parsed(cell.source)
    if tree is None:
        return []
    hidden = hidden_lines(plain(cell.source), plain(origin.released))
    return [
        ast.unparse(statement)
        for statement in tree.body
        if any(line in hidden for line in lines(statement))
    ]


def _read(source: str) -> frozenset[str]:
    known = names(source)
    return known.reads | known.calls
