"""Which of the course's cells each submitted cell is.

nbgrader knows a cell by the `grade_id` in its metadata alone, which VS Code, Colab and
every tool that strips metadata lose, and which copies in JupyterLab keep. Here a cell
is known, in this order, by its grade_id, by its id, by its text, by what that means, by
the checks that it calls, by the names that it defines, and at last by where it stands.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from grader.grading.assignment import SourceCell
from grader.grading.cell_syntax import meaning, parsed
from grader.grading.examined_cells import calls
from grader.grading.submitted_notebooks import SubmittedCell


def identified(
    submitted: Sequence[SubmittedCell], source: Sequence[SourceCell]
) -> list[int | None]:
    """For each submitted cell the index of the course's cell that it is, or None.

    Several are the same cell where a learner copied it.
    """
    found: list[int | None] = [None] * len(submitted)
    _claim(found, _by_grade_id(submitted, source))
    _match(found, submitted, source, _id, _source_id)
    _match(found, submitted, source, _text, _source_text)
    _match(found, submitted, source, _meaning, _source_meaning)
    _copied_tests(found, submitted, source)
    _match(found, submitted, source, _checks, _source_checks)
    _by_definitions(found, submitted, source)
    _by_place(found, submitted, source)
    return found


def text_of(source: str) -> str:
    """A cell's text without what editors change by themselves: space at line ends."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def is_as_given(cell: SubmittedCell, source: SourceCell) -> bool:
    """Whether a learner left a cell as it was; editors may have laid it out anew."""
    if text_of(cell.source) == text_of(source.released):
        return True
    if source.cell_type != "code" or (source.grade and source.solution):
        # A person reads its comments too.
        return False
    meant = meaning(cell.source)
    return meant is not None and meant == meaning(source.released)


def _by_grade_id(
    submitted: Sequence[SubmittedCell], source: Sequence[SourceCell]
) -> list[int | None]:
    at = {cell.grade_id: index for index, cell in enumerate(source) if cell.grade_id}
    return [at.get(cell.grade_id or "") for cell in submitted]


def _claim(found: list[int | None], claims: list[int | None]) -> None:
    found[:] = [
        claim if known is None else known
        for known, claim in zip(found, claims, strict=True)
    ]


def _match(
    found: list[int | None],
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    mine: Callable[[SubmittedCell], Hashable],
    theirs: Callable[[SourceCell], Hashable],
) -> None:
    """Pair what is left on both sides, in order, where both have the same feature."""
    taken = set(found)
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index, cell in enumerate(source):
        if index not in taken and (feature := theirs(cell)):
            waiting[feature].append(index)
    for at, one in enumerate(submitted):
        if found[at] is None and (feature := mine(one)) and waiting[feature]:
            found[at] = waiting[feature].pop(0)


def _id(cell: SubmittedCell) -> Hashable:
    return cell.id and (cell.id, cell.cell_type)


def _source_id(cell: SourceCell) -> Hashable:
    return cell.id and (cell.id, cell.cell_type)


def _text(cell: SubmittedCell) -> Hashable:
    return text_of(cell.source)


def _source_text(cell: SourceCell) -> Hashable:
    return text_of(cell.released)


def _meaning(cell: SubmittedCell) -> Hashable:
    return meaning(cell.source) if cell.cell_type == "code" else None


def _source_meaning(cell: SourceCell) -> Hashable:
    return meaning(cell.released) if cell.cell_type == "code" else None


def _copied_tests(
    found: list[int | None],
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
) -> None:
    """More copies of a test: what it makes is in the way when it runs again."""
    tests = {
        meant: index
        for index, cell in enumerate(source)
        if cell.is_test and index in found and (meant := _source_meaning(cell))
    }
    _claim(found, [tests.get(_meaning(cell)) for cell in submitted])


def _checks(cell: SubmittedCell) -> Hashable:
    return frozenset(call.check for call in calls(cell.source))


def _source_checks(cell: SourceCell) -> Hashable:
    # Other cells may call a check to try it out.
    if not cell.is_test:
        return frozenset()
    return frozenset(call.check for call in calls(cell.source))


def _by_definitions(
    found: list[int | None],
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
) -> None:
    """An answer in which the functions of the stub are written: the last such cell."""
    lost = {
        index: wanted
        for index, cell in enumerate(source)
        if index not in found and cell.solution and cell.cell_type == "code"
        if (wanted := _defined(cell.released))
    }
    if not lost:
        return
    for at in reversed(range(len(submitted))):
        if found[at] is None and submitted[at].cell_type == "code":
            there = _defined(submitted[at].source)
            known = [index for index, wanted in lost.items() if wanted <= there]
            if known:
                found[at] = known[0]
                del lost[known[0]]


def _defined(source: str) -> frozenset[str]:
    """The functions and classes that a cell defines."""
    tree = parsed(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(
        node.name for node in (tree.body if tree else ()) if isinstance(node, kinds)
    )


def _by_place(
    found: list[int | None],
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
) -> None:
    """An answer that nothing else tells: the last of its type in its gap."""
    for index, cell in enumerate(source):
        if index in found or not cell.solution:
            continue
        known = [(at, one) for at, one in enumerate(found) if one is not None]
        after = max((at for at, one in known if one < index), default=-1)
        before = min(
            (at for at, one in known if one > index and at > after),
            default=len(submitted),
        )
        places = [
            at
            for at in range(after + 1, before)
            if found[at] is None and submitted[at].cell_type == cell.cell_type
        ]
        if places:
            found[places[-1]] = index
