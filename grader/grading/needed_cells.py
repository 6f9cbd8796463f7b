"""Which cells have to run for the marks: a lesson's demonstrations mostly don't.

A demonstration is a cell of the course's own that the learner left as it is and that is
neither an answer nor a test. It has to run where something that runs reads a name that
it binds or changes; everything else that is code runs, but for what a learner tried out
where that is in the way of a test.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.grading.cell_names import Names, names
from grader.grading.repairing import RepairedCell


def needed(
    cells: Sequence[RepairedCell], *, whole: bool = False, tries: bool = True
) -> frozenset[int]:
    """The places of the cells that have to run.

    Args:
        whole: leaves no demonstration out.
        tries: whether what learners try out in cells of their own has to run; without
            it those are like demonstrations.
    """
    code = [
        at
        for at, cell in enumerate(cells)
        if cell.cell_type == "code" and not cell.idle and cell.source.strip()
    ]
    if whole or not code:
        return frozenset(code)
    known = {at: names(cells[at].source) for at in code}
    # The first cell sets up what all others work with.
    running = {at for at in code if at == code[0] or not is_demonstration(cells[at])}
    if not tries:
        running -= {at for at in running if is_own(cells[at])}
    running |= {at for at in code if known[at].opaque}
    if any(known[at].reads_all for at in running):
        return frozenset(code)
    waiting = sorted(running)
    while waiting:
        at = waiting.pop()
        for other in _bound_for(at, known):
            if known[other].reads_all:
                return frozenset(code)
            if other not in running:
                running.add(other)
                waiting.append(other)
    return frozenset(running)


def bound_by_demonstrations(cells: Sequence[RepairedCell]) -> frozenset[str]:
    """The names that the lesson itself binds."""
    return frozenset(
        name
        for cell in cells
        if cell.cell_type == "code" and is_demonstration(cell)
        for name in names(cell.source).binds
    )


def is_demonstration(cell: RepairedCell) -> bool:
    """Whether a cell is the lesson's, as the learner got it, and earns nothing."""
    origin = cell.origin
    return (
        origin is not None
        and not cell.is_written
        and not origin.solution
        and not origin.is_test
    )


def is_own(cell: RepairedCell) -> bool:
    """Whether a cell that runs is one that the learner added."""
    return cell.origin is None and cell.cell_type == "code" and not cell.idle


def _bound_for(at: int, known: dict[int, Names]) -> set[int]:
    """The cells that bind or change what the one at `at` reads."""
    mine = known[at]
    found: set[int] = set()
    for name in mine.reads | mine.calls:
        for other in sorted((one for one in known if one < at), reverse=True):
            if name in known[other].binds:
                found.add(other)
                break
            if name in known[other].changes:
                found.add(other)
    # A function may be called after any of the cells that follow.
    for name in mine.calls:
        origins = {known[one].binds.get(name) for one in found} - {None}
        for other in known:
            binds = known[other].binds
            if other <= at or (name in binds and binds[name] in origins):
                continue
            if name in binds or name in known[other].changes:
                found.add(other)
    return found
