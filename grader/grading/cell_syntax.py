"""The syntax tree of a cell, whatever somebody typed into it."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from typing import Any

LIMIT = 20_000
"""Characters of a cell that is read: an f-string takes the square of its length."""
_IPYTHON = re.compile(r"^\s*[%!?]|^[^#\n]*[=(]\s*[%!]|\?\s*$", re.MULTILINE)


def parsed(source: str) -> ast.Module | None:
    """A cell's tree, magics and shell commands as the calls that IPython makes of them.

    None where it isn't Python, or too much for its compiler.
    """
    found = text_and_tree(source)
    return None if found is None else found[1]


@functools.lru_cache(maxsize=512)
def text_and_tree(source: str) -> tuple[str, ast.Module] | None:
    """A cell as Python has it, and its tree; None as with `parsed`.

    The tree is everybody's: whoever changes it parses their own.
    """
    if len(source) > LIMIT:
        return None
    if (tree := _python(source)) is not None:
        return source, tree
    if not _IPYTHON.search(source):
        return None
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager
    try:
        text = str(manager().transform_cell(source))
    except Exception:  # noqa: BLE001 - it was written for a person who types
        return None
    return None if (tree := _python(text)) is None else (text, tree)


@functools.lru_cache(maxsize=512)
def meaning(source: str) -> str | None:
    """What is the same for two cells that differ in layout and comments alone.

    None for one that does nothing, or that `parsed` can't tell of.
    """
    tree = parsed(source)
    return ast.dump(tree) if tree is not None and tree.body else None


def lines(statement: ast.stmt) -> range:
    """Those that a statement is on, from 1; a decorator stands above its function."""
    starts = [node.lineno for node in ast.walk(statement) if isinstance(node, ast.expr)]
    last = statement.end_lineno or statement.lineno
    return range(min([statement.lineno, *starts]), last + 1)


def _python(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # What a learner's text looks like is nothing to tell the instructor.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
