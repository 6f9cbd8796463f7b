"""Answers that were written into a test cell.

JupyterLab locks test cells, VS Code and Colab don't: there a learner writes the
function above the call that tests it, or merges the two cells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.grading.assignment import SourceCell
from grader.grading.cell_names import names
from grader.grading.cell_syntax import parsed, text_and_tree
from grader.grading.identifying import is_as_given
from grader.grading.submitted_notebooks import SubmittedCell


@dataclass(frozen=True)
class Inside:
    """The learner's part of a test cell."""

    source: str
    joined: bool
    """Whether the rest is the test as it was given: two cells became one."""


def answers_in_tests(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    counted: Mapping[int, int],
) -> dict[int, Inside]:
    """By place, what learners wrote into tests that is missing where it is asked for.

    Args:
        claims: for each of the course's cells, the places that it was found at.
        counted: for each of them, the one that counts.
    """
    edited = {
        at: index
        for index, places in claims.items()
        for at in places
        if source[index].is_test and not is_as_given(submitted[at], source[index])
    }
    if not edited:
        return {}
    missing = frozenset(_missing(submitted, source, counted))
    found = {}
    for at, index in edited.items():
        part = _own_part(submitted[at].source, source[index].released)
        if part is not None and not missing.isdisjoint(names(part.source).binds):
            found[at] = part
    return found


def _missing(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    counted: Mapping[int, int],
) -> Iterator[str]:
    """The functions that an answer should define and doesn't."""
    for index, cell in enumerate(source):
        if not cell.solution or cell.cell_type != "code":
            continue
        wanted = names(cell.released).defines
        answer = submitted[counted[index]] if index in counted else None
        if answer is None or is_as_given(answer, cell):
            yield from wanted
        else:
            yield from wanted - names(answer.source).binds.keys()


def _own_part(text: str, released: str) -> Inside | None:
    """What an edited test has that is neither the test itself nor tests anything."""
    found, given = text_and_tree(text), parsed(released)
    if found is None or given is None:
        return None
    lines, tree = found[0].splitlines(keepends=True), found[1]
    ours = [ast.dump(statement) for statement in given.body]
    theirs = [one for one in tree.body if ast.dump(one) not in ours]
    own = [one for one in theirs if not isinstance(one, ast.Expr | ast.Assert)]
    kept = {at for one in own for at in range(_first(one) - 1, one.end_lineno or 0)}
    part = "".join(lines[at] for at in sorted(kept))
    rest = [dump for one in tree.body if (dump := ast.dump(one)) in ours]
    # What the test calls itself is no answer to it.
    covers = names(part).binds.keys() & {"check", "hint", "predict"}
    return Inside(part, joined=rest == ours and theirs == own and not covers)


def _first(statement: ast.stmt) -> int:
    """The line that a statement begins in, with its decorators."""
    above: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(node.lineno for node in above)])
