"""The sitting that counts: what isn't an answer's fault costs no answer.

Demonstrations are left out, until one of them is missed; cells of the lesson's that are
gone come back, when a test misses them; and what a learner tried out doesn't run, where
it made the very thing that a test is about to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from grader.grading.assignment import SourceNotebook
from grader.grading.cell_names import Names, names
from grader.grading.missed_cells import put_back
from grader.grading.needed_cells import (
    bound_by_demonstrations,
    is_demonstration,
    is_own,
    needed,
)
from grader.grading.repairing import Repaired, RepairedCell
from grader.grading.sitting import Sitting

_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_IN_THE_WAY = re.compile(
    r"AlreadyExist|AlreadyOwned|ResourceInUse|ResourceConflict|already exists"
)
"""What AWS says of something that is there before it is made."""

Sit = Callable[[Sequence[RepairedCell], frozenset[int]], Sitting]
"""Runs the cells at some places."""


def fair_sitting(
    found: Repaired, source: SourceNotebook, sit: Sit, *, whole: bool
) -> tuple[Repaired, Sitting]:
    """Sit as often as it takes, which is once for nearly everybody.

    Args:
        whole: leaves no demonstration out.
    """
    sitting = _sitting(found.cells, sit, whole=whole)
    if more := put_back(found, source, _undefined(found.cells, sitting)):
        return more, _sitting(more.cells, sit, whole=whole)
    return found, sitting


def _sitting(cells: Sequence[RepairedCell], sit: Sit, *, whole: bool) -> Sitting:
    if whole:
        return sit(cells, needed(cells, whole=True))
    sitting = sit(cells, needed(cells))
    if _lacked(cells, sitting):
        return sit(cells, needed(cells, whole=True))
    if any(map(is_own, cells)) and _is_in_the_way(sitting):
        without = sit(cells, needed(cells, tries=False))
        sitting = max(sitting, without, key=_passed)
    # What the lesson itself showed on the way is nobody's work, and not all of it.
    own = {
        at: one for at, one in sitting.cells.items() if not is_demonstration(cells[at])
    }
    return Sitting(own, sitting.hints)


def _lacked(cells: Sequence[RepairedCell], sitting: Sitting) -> bool:
    """Whether work failed for a name that the lesson binds: then all of it has to run.

    A demonstration may have failed itself, for another one was left out whose traces
    in the cloud it needs.
    """
    return not bound_by_demonstrations(cells).isdisjoint(_undefined(cells, sitting))


def _undefined(cells: Sequence[RepairedCell], sitting: Sitting) -> dict[str, int]:
    """The names for whose lack tests failed, with the place of the first such test."""
    found: dict[str, int] = {}
    for at, sat in sorted(sitting.cells.items(), reverse=True):
        missed = set(_UNDEFINED.findall(sat.failure))
        if missed and sat.hidden is not None:
            # Which name it is, a learner's code may have chosen by what is hidden.
            missed = {name for cell in cells[: at + 1] for name in _read(cell)}
        found |= dict.fromkeys(missed, at)
    return found


def _read(cell: RepairedCell) -> frozenset[str]:
    known = names(cell.source) if cell.cell_type == "code" else Names()
    return known.reads | known.calls


def _is_in_the_way(sitting: Sitting) -> bool:
    """Whether a test failed for something that was made before."""
    return any(_IN_THE_WAY.search(sat.failure) for sat in sitting.cells.values())


def _passed(sitting: Sitting) -> int:
    tests = [sat for sat in sitting.cells.values() if sat.tested or sat.calls]
    return sum(not sat.failure for sat in tests)
