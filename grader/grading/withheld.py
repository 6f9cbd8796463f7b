"""Outputs that repeat a hidden test, in a notebook that `nbgrader autograde` ran.

There a cell finds hidden tests in its notebook's own file, before they run. `grader
grade` needs nothing of this; whoever prints guesses would learn which of them is right.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.grading.shown_notebook import ANSI, parted
from grader.lab import lessons

_TELLING = 12
"""Characters from which on a line of a hidden test can be told from other code."""
_TAG = re.compile(r"<[^>]*>")
_WITHHELD = "This output repeated a hidden test, and is left out."


def withheld(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook without these outputs, and with a word in their places."""
    made = copy.deepcopy(dict(notebook))
    cells = lessons.cells(made)
    hidden = frozenset(line for cell in cells for line in _hidden(cell))
    for cell in cells:
        if cell.get("outputs"):
            cell["outputs"] = [_output(output, hidden) for output in cell["outputs"]]
    return made


def _hidden(cell: Mapping[str, Any]) -> Iterator[str]:
    seen, hidden = parted("".join(cell.get("source") or ""))
    visible = {line.strip() for line in seen}
    for line in hidden:
        bare = line.strip()
        if len(bare) >= _TELLING and bare not in visible:
            yield bare


def _output(output: Any, hidden: Iterable[str]) -> Any:
    texts = list(_texts(output))
    if not any(line in text for line in hidden for text in texts):
        return output
    return {"output_type": "stream", "name": "stdout", "text": _WITHHELD}


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    """What can be read of an output, in every form that it has."""
    yield ANSI.sub("", "\n".join(map(str, output.get("traceback") or [])))
    for content in [output.get("text"), *(output.get("data") or {}).values()]:
        if isinstance(content, str | list):
            text = ANSI.sub("", "".join(map(str, content)))
            yield from (text, html.unescape(_TAG.sub("", text)))
