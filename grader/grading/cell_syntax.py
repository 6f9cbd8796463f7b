"""The syntax tree of a cell, whatever somebody typed into it."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

_IPYTHON = re.compile(r"^\s*[%!?]|^[^#\n]*[=(]\s*[%!]|\?\s*$", re.MULTILINE)


def parsed(source: str) -> ast.Module | None:
    """A cell's tree, magics and shell commands as the calls that IPython makes of them.

    None where it isn't Python, or too deep for its compiler.
    """
    if (tree := _python(source)) is not None or not _IPYTHON.search(source):
        return tree
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        manager: Any = TransformerManager
        return _python(manager().transform_cell(source))
    except Exception:  # noqa: BLE001 - it was written for a person who types
        return None


def _python(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # What a learner's text looks like is nothing to tell the instructor.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
