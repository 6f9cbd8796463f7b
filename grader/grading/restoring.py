"""Making a submission gradable, whatever its learner did to the cells.

nbgrader stops the whole class at a cell that was copied in JupyterLab
(https://github.com/jupyter/nbgrader/issues/1083) and gives no mark for a test cell
that was deleted. Here a submission gets back what it lacks, and is marked by its work.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.grading.examined_cells import Cell, calls


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Repairs nbgrader's metadata, and puts deleted test cells back at the end."""

    def preprocess(
        self, nb: Any, resources: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            source = gradebook.find_notebook(about["notebook"], about["assignment"])
            wanted = {cell.name: cell for cell in source.source_cells}
            graded = {cell.name: cell for cell in source.grade_cells}
            answers = {cell.name for cell in source.solution_cells}
            tests = {name: wanted[name] for name in graded if name not in answers}
            found = _identified(nb.cells, wanted, tests)
            for cell, name in zip(nb.cells, found, strict=True):
                # No other metadata matters here, and a bad tag makes a bad notebook.
                cell.metadata = NotebookNode()
                if name is not None:
                    cell.metadata["nbgrader"] = _metadata(
                        wanted[name], graded.get(name), name in answers
                    )
            for name in tests:
                if name not in found:
                    self.log.warning("The test cell %r is missing: added again", name)
                    nb.cells.append(_again(wanted[name], graded[name]))
        return nb, resources


class DropEmptyMetadata(NbGraderPreprocessor):  # type: ignore[misc]
    """Forgets what DeduplicateIds leaves of a copied cell: `"nbgrader": {}`."""

    def preprocess_cell(
        self, cell: Cell, resources: dict[str, Any], index: int
    ) -> tuple[Cell, dict[str, Any]]:
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        return cell, resources


def _identified(
    cells: list[Cell], wanted: dict[str, Any], tests: dict[str, Any]
) -> list[str | None]:
    """The grade_id of each cell; a test cell that lost it is known by its checks."""
    names = [(cell.metadata.get("nbgrader") or {}).get("grade_id") for cell in cells]
    found = [name if name in wanted else None for name in names]
    lost = {_checks(test): name for name, test in tests.items() if name not in found}
    lost.pop(frozenset(), None)
    for index, cell in enumerate(cells):
        if found[index] is None and cell.cell_type == "code":
            found[index] = lost.pop(_checks(cell), None)
    return found


def _checks(cell: Any) -> frozenset[str]:
    return frozenset(call.check for call in calls(cell.source))


def _again(source: Any, mark: Any) -> Cell:
    cell = new_code_cell(source.source)
    cell.metadata["nbgrader"] = _metadata(source, mark, is_answer=False)
    return cell


def _metadata(source: Any, mark: Any, is_answer: bool) -> NotebookNode:
    # OverwriteCells restores sources and checksums, but trusts these.
    metadata = NotebookNode(
        {
            "cell_type": source.cell_type,
            "checksum": source.checksum,
            "grade": mark is not None,
            "grade_id": source.name,
            "locked": source.locked,
            "schema_version": SCHEMA_VERSION,
            "solution": is_answer,
            "task": False,
        }
    )
    if mark is not None:
        metadata["points"] = mark.max_score
    return metadata
