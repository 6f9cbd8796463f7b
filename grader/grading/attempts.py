"""What a submission's code names that no exercise needs.

Information for the instructor and never a verdict: none of it works, and a learner may
name such a thing out of curiosity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.grading.cell_syntax import parsed
from grader.grading.graded import Note
from grader.grading.repairing import RepairedCell

_TEXTS = {
    "gradebook.db": "the gradebook",
    "solutions/": "the folder of solutions",
    "/submitted/": "other submissions",
    "/_lab/verdicts": "the examiner's verdicts",
    "LAB_VERDICT_TOKEN": "the examiner's verdicts",
    "/proc/1/": "other processes",
    "grader.checks": "the checks",
}
"""Parts of texts in the code, and what they stand for."""
_NAMES = {
    "input_transformers_cleanup": "how cells are read",
    "input_transformers_post": "how cells are read",
    "ast_transformers": "how cells are compiled",
    "run_cell": "how cells are run",
    "run_cell_async": "how cells are run",
    "do_execute": "how cells are run",
    "showtraceback": "how errors are shown",
    "meta_path": "how modules are imported",
    "path_hooks": "how modules are imported",
}
"""Attributes that change the notebook's own machinery when they are set or added to."""
_REPLACED = frozenset({"grader", "lab", "checking", "builtins", "http"})
"""Modules whose parts belong to the course or to everybody."""


def attempts(cells: Iterable[RepairedCell]) -> tuple[Note, ...]:
    """Notes on what the learner's own code names."""
    found = [
        Note("attempt", cell.name, said)
        for cell in cells
        if cell.cell_type == "code" and cell.is_written and not cell.is_test
        for said in _said(cell.source)
    ]
    return tuple(dict.fromkeys(found))


def _said(source: str) -> Iterator[str]:
    tree = parsed(source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for text, what in _TEXTS.items():
                if text in node.value:
                    yield f"Its code names {what} ({text})"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None) or ""]
            modules += [alias.name for alias in node.names]
            if any(module.startswith("grader.checks") for module in modules):
                yield "Its code imports the checks (grader.checks)"
        elif isinstance(node, ast.Attribute):
            if node.attr in _NAMES:
                yield f"Its code touches {_NAMES[node.attr]} ({node.attr})"
            elif isinstance(node.ctx, ast.Store):
                first, *rest = _dotted(node)
                if first in _REPLACED:
                    yield f"Its code replaces {'.'.join([first, *rest])[:100]}"


def _dotted(node: ast.expr) -> list[str]:
    """The names of `a.b.c`; the first is empty where that isn't a name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return parts[::-1]
