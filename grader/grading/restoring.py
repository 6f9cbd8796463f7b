"""Making a submission gradable in `nbgrader autograde` as `grade` does it.

nbgrader stops the whole class at a cell that was copied in JupyterLab
(https://github.com/jupyter/nbgrader/issues/1083) and gives no mark for a test cell
that was deleted. Here a submission gets back what it lacks, and is marked by its work.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from grader.grading.assignment import SourceCell, SourceNotebook
from grader.grading.examined_cells import Cell
from grader.grading.graded import Note
from grader.grading.repairing import RepairedCell, repaired
from grader.grading.submitted_notebooks import submitted_cell


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Repairs the cells of a submission by what the gradebook knows of them."""

    def preprocess(
        self, nb: Any, resources: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            source = _source(
                gradebook.find_notebook(about["notebook"], about["assignment"])
            )
        notes: list[Note] = []
        cells = [submitted_cell(cell, at, notes) for at, cell in enumerate(nb.cells, 1)]
        found = repaired(cells, source)
        for note in (*notes, *found.problems):
            self.log.warning("%s: %s", note.cell or note.kind, note.message)
        nb.cells = [_cell(cell) for cell in found.cells]
        return nb, resources


def _source(notebook: Any) -> SourceNotebook:
    """The cells that the gradebook knows; it has none of the lesson around them."""
    points = {
        cell.name: float(cell.max_score)
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    graded = {cell.name for cell in notebook.grade_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    cells = [
        SourceCell(
            grade_id=cell.name,
            cell_type=cell.cell_type,
            source=cell.source,
            released=_released(cell.source),
            grade=cell.name in graded,
            solution=cell.name in answers,
            locked=cell.locked,
            task=cell.name in tasks,
            points=points.get(cell.name),
            checksum=cell.checksum,
        )
        for cell in notebook.source_cells
    ]
    return SourceNotebook(notebook.name, tuple(cells), {})


def _released(source: str) -> str:
    """The text that learners got: without hidden tests."""
    cell = NotebookNode(source=source, metadata=NotebookNode())
    ClearHiddenTests(enforce_metadata=False).preprocess_cell(cell, {}, 0)
    return str(cell.source)


def _cell(cell: RepairedCell) -> Cell:
    # A stub that must not run is still to be seen.
    kind = "raw" if cell.idle and cell.origin is None else cell.cell_type
    new = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    made = new[kind](cell.source)
    # No other metadata matters here, and a bad tag makes a bad notebook.
    if cell.origin is not None:
        made.metadata["nbgrader"] = from_dict(cell.origin.nbgrader)
    if cell.attachments and kind != "code":
        made["attachments"] = from_dict(
            {name: dict(kinds) for name, kinds in cell.attachments.items()}
        )
    return made
