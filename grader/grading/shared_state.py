"""Which plain test cells leave something behind that later cells may see.

Such a test runs in a fork of the kernel, so that what it binds and changes is gone
afterwards. Where a later cell reads a name that it binds, or works with the same
object, a client say, it has to run once more in the kernel itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from grader.grading.cell_names import Names, names
from grader.grading.repairing import RepairedCell


def leave_something(
    cells: Sequence[RepairedCell], running: Iterable[int], tests: Iterable[int]
) -> frozenset[int]:
    """The places of those `tests` whose traces a later cell that runs may see."""
    known = {at: names(cells[at].source) for at in sorted(running)}
    objects = {at: _objects(at, known) for at in known}
    found = set()
    for at in tests:
        mine = known[at]
        traces = set(mine.binds) | mine.changes | objects[at]
        for later in known:
            seen = known[later].reads | known[later].calls | objects[later]
            if later > at and (traces & seen or known[later].opaque):
                found.add(at)
                break
    return frozenset(found)


def _objects(at: int, known: Mapping[int, Names]) -> set[str]:
    """The names of values, not of modules and functions, that a cell works with.

    Also those that the functions work with which it calls.
    """
    found: set[str] = set()
    waiting = list(known[at].reads | known[at].calls)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        binders = [
            one for one, theirs in known.items() if one < at and name in theirs.binds
        ]
        for one in binders:
            if name in known[one].defines:
                waiting += known[one].uses
            elif known[one].binds[name] is None:
                found.add(name)
    return found
