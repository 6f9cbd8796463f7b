"""Test cells: which checks they call, and how they run when it counts.

A test cell consists of calls of `check`. While grading, its source is replaced by one
that calls the pristine `check`, so a learner who redefined it, patched its module or
shadowed the package is still examined. What the cell prints decides nothing: see
`verdicts`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from grader.grading.cell_syntax import parsed
from grader.grading.pristine import IMPORT, NAME
from grader.grading.verdicts import Verdict

Cell = Any
"""A cell of a notebook: nbformat's NotebookNode."""


@dataclass(frozen=True)
class CheckCall:
    """One call of `check` in a test cell."""

    check: str
    variation: bool = False
    line: int = field(default=0, compare=False)
    """Where it stands; 1 is the first line."""


@dataclass(frozen=True)
class Finding:
    """What the verdicts say about one test cell."""

    passed: bool
    message: str
    broken: bool = False
    verdict: Verdict | None = None
    """The one that decided; None when all are good, or one is missing."""


def is_examined(cell: Cell) -> bool:
    """Whether a cell is a test cell that calls checks."""
    nbgrader = cell.metadata.get("nbgrader") or {}
    return (
        cell.cell_type == "code"
        and bool(nbgrader.get("grade"))
        and not nbgrader.get("solution")
        and bool(calls(cell.source))
    )


def calls(source: str) -> tuple[CheckCall, ...]:
    """The calls of `check` in a cell's source, in order; none if it isn't Python."""
    tree = parsed(source)
    if tree is None:
        return ()
    found = [node for node in ast.walk(tree) if _is_check(node)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(
        CheckCall(_name(node), _is_variation(node), node.lineno)
        for node in found
        if _name(node)
    )


def pristine(source: str, endpoint_url: str) -> str:
    """The source of a test cell with every `check` fetched anew."""
    return IMPORT + attached(source, endpoint_url)


def attached(
    source: str, endpoint_url: str, *, lines: Collection[int] | None = None
) -> str:
    """The same for a kernel that has imported it, and gives it its name.

    Args:
        lines: those whose calls are made, if not all.
    """
    tree = ast.parse(source)
    if lines is not None:
        tree = _Only(lines).visit(tree)
    for node in ast.walk(tree):
        if _is_check(node):
            node.func = ast.Name(NAME, ast.Load())
    calls = ast.unparse(ast.fix_missing_locations(tree))
    return f"{NAME} = {NAME}({endpoint_url!r})\n{calls}"


def finding(wanted: tuple[CheckCall, ...], verdicts: list[Verdict]) -> Finding:
    """Judge a test cell: each of its calls needs a verdict, and that has to be good."""
    for call in wanted:
        mine = [
            verdict
            for verdict in verdicts
            if (verdict.check, verdict.variation) == (call.check, call.variation)
        ]
        if not mine:
            return Finding(False, f"The examiner gave no verdict on {call.check!r}.")
        if not mine[-1].passed:
            last = mine[-1]
            return Finding(False, last.message, last.outcome == "broken", last)
    return Finding(True, "")


class _Only(ast.NodeTransformer):
    """Leaves the calls of check on some lines, and nothing where others stand."""

    def __init__(self, lines: Collection[int]) -> None:
        self._lines = lines

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if _is_check(node) and node.lineno not in self._lines:
            return ast.copy_location(ast.Constant(None), node)
        return self.generic_visit(node)  # type: ignore[return-value]


def _is_check(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
    )


def _name(node: ast.Call) -> str:
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return ""


def _is_variation(node: ast.Call) -> bool:
    return any(
        keyword.arg == "variation"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in node.keywords
    )
