"""Test cells: which checks they call, and how they run when it counts.

A test cell consists of calls of `check`. While grading, its source is replaced by one
that calls the pristine `check`, so a learner who redefined it, patched its module or
shadowed the package is still examined. What the cell prints decides nothing: see
`verdicts`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeGuard

from grader.grading.cell_syntax import lines, parsed
from grader.grading.pristine import IMPORT, NAME
from grader.grading.verdicts import Verdict

Cell = Any
"""A cell of a notebook: nbformat's NotebookNode."""


@dataclass(frozen=True)
class CheckCall:
    """One call of `check` in a test cell."""

    check: str
    variation: bool = False


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
        CheckCall(_name(node), _is_variation(node)) for node in found if _name(node)
    )


def pristine(source: str, endpoint_url: str) -> str:
    """The source of a test cell with every `check` fetched anew."""
    return IMPORT + attached(source, endpoint_url)


def parted(source: str, hidden: Collection[int]) -> tuple[str, str]:
    """The statements of a test cell without hidden lines, and those with some.

    Args:
        hidden: lines; 1 is the first.
    """
    seen: list[ast.stmt] = []
    others: list[ast.stmt] = []
    for statement in ast.parse(source).body:
        is_hidden = any(line in hidden for line in lines(statement))
        (others if is_hidden else seen).append(statement)
    return ast.unparse(ast.Module(seen, [])), ast.unparse(ast.Module(others, []))


def attached(source: str, endpoint_url: str) -> str:
    """The same for a kernel that has imported it, and gives it its name."""
    tree = ast.parse(source)
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
