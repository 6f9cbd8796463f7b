"""What a learner's kernel sees of this package."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import grader
from grader.grading.kernels import sandboxes

PACKAGE = Path(grader.__file__).parent
NOTEBOOKS = Path(__file__).parents[3].glob("solutions/*/*.ipynb")


def _imported() -> set[str]:
    """The modules of this package that the course's notebooks import."""
    found = set()
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text())["cells"]:
            for line in cell["source"] if cell["cell_type"] == "code" else []:
                if line.startswith("from grader"):
                    (statement,) = ast.parse(line.strip()).body
                    assert isinstance(statement, ast.ImportFrom)
                    if statement.module == "grader":
                        found |= {alias.name for alias in statement.names}
                    else:
                        found.add(str(statement.module).split(".")[1])
    return found


def test_what_notebooks_import_is_there() -> None:
    """And no check, no case and nothing of grading is."""
    there = {Path(path) for path in sandboxes.policy().read_only}
    assert _imported() == {"facts", "lab"}
    assert {PACKAGE / name for name in _imported()} <= there
    assert not {PACKAGE / name for name in ("checks", "grading", "cloud")} & there
