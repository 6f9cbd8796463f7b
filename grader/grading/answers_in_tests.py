"""Answers that were written into a test cell.

JupyterLab locks test cells, VS Code and Colab don't: there a learner writes the
function above the call that tests it, or merges the two cells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from grader.grading.assignment import SourceCell
from grader.grading.cell_names import names
from grader.grading.cell_syntax import parsed, text_and_tree
from grader.grading.identifying import is_as_given
from grader.grading.submitted_notebooks import SubmittedCell


def answers_in_tests(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    counted: Mapping[int, int],
) -> dict[int, str]:
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
    parts = {
        at: _own_part(submitted[at].source, source[index].released)
        for at, index in edited.items()
    }
    return {
        at: part
        for at, part in parts.items()
        if not missing.isdisjoint(names(part).defines)
    }


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


def _own_part(text: str, released: str) -> str:
    """The lines of an edited test that are neither the test's nor test anything."""
    found, given = text_and_tree(text), parsed(released)
    if found is None or given is None:
        return ""
    lines, tree = found[0].splitlines(keepends=True), found[1]
    ours = {ast.dump(statement) for statement in given.body}
    own: dict[int, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.Assert) or ast.dump(statement) in ours:
            continue
        for at in range(_first(statement) - 1, statement.end_lineno or 0):
            own[at] = lines[at]
    return "".join(own.values())


def _first(statement: ast.stmt) -> int:
    """The line that a statement begins in, with its decorators."""
    above: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(node.lineno for node in above)])
