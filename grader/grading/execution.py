"""Running a notebook from end to end with papermill, and its marks."""

from __future__ import annotations

import copy
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.grading import pipeline
from grader.grading.examination import ExaminedLab, examination, examined_lab
from grader.grading.examined_cells import Finding
from grader.lab import lessons
from grader.lab.lessons import Lesson

CELL_LIMIT = 300
"""Seconds that one cell may take."""
NOT_READ = shutil.ignore_patterns("*.ipynb", ".*")
UNATTEMPTED = "NotImplementedError"
"""What a starter raises; trying it out isn't a failure of the notebook's."""


@dataclass(frozen=True)
class Mark:
    """What one exercise earned."""

    exercise: str
    points: float
    maximum: float
    seconds: float
    message: str
    """What is wrong, in the examiner's words; empty when all is right."""
    broken: bool = False
    """The check itself broke, so that nobody knows what was earned."""


@dataclass(frozen=True)
class Run:
    """One notebook, run."""

    notebook: Path
    marks: tuple[Mark, ...]
    seconds: float
    failures: tuple[str, ...]
    """Errors outside test cells, and stderr in any cell: nobody expects them."""
    lesson: Lesson
    """What it takes to pass."""

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks)

    @property
    def maximum(self) -> float:
        return sum(mark.maximum for mark in self.marks)


def run(
    notebook: Path,
    *,
    progress: bool = True,
    region: str | None = None,
    lab: ExaminedLab | None = None,
) -> Run:
    """Run a notebook in a new kernel, each cell even when one before it failed.

    The file itself isn't changed, and nothing is left behind: a lab of its own is
    ended with it, one that is given goes on.
    """
    if lab is None:
        with examined_lab() as own:
            return run(notebook, progress=progress, region=region, lab=own)
    pipeline.prepare_imports()
    import nbformat

    began = time.monotonic()
    document = nbformat.read(notebook, as_version=4)
    with examination(document, lab, region=region) as examined:
        executed, death = _execute(document, notebook, progress, examined.cell_starts)
        # papermill works on a copy: the outputs are there, the test cells here.
        for index, cell in enumerate(document.cells):
            if cell.cell_type == "code":
                done = executed.get(index)
                cell.outputs = done.outputs if done else []
                cell.metadata["seconds"] = _seconds(done) if done else 0.0
        ran = copy.deepcopy(document)
        found = examined.conclude()
    marks = tuple(_marks(document, found))
    failures = tuple(_failures(ran, found)) + ((death,) if death else ())
    lesson = lessons.of_notebook(document, notebook.stem)
    return Run(notebook, marks, time.monotonic() - began, failures, lesson)


def _execute(
    document: Any,
    notebook: Path,
    progress: bool,
    cell_starts: Callable[[int], None],
) -> tuple[dict[int, Any], str]:
    """The code cells that were started, by index, and how the kernel died if it did."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.ERROR)
    started: dict[int, Any] = {}

    def starts(cell: Any, cell_index: int) -> None:
        started[cell_index] = cell
        cell_starts(cell_index)

    # The cells run in a folder of their own, with the files that lie beside the
    # notebook: what they write is gone afterwards.
    death = ""
    with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
        shutil.copytree(notebook.parent, folder, dirs_exist_ok=True, ignore=NOT_READ)
        try:
            papermill.execute_notebook(
                document,
                Path(folder) / notebook.name,
                cwd=folder,
                progress_bar=progress and _bar(notebook),
                execution_timeout=CELL_LIMIT,
                allow_errors=True,
                skip_cells_with_tag="",
                # Writing a long notebook after each cell takes longer than its cells.
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                config=pipeline.kernel_settings(Config()),
                on_cell_start=starts,
            )
        except PapermillExecutionError:
            pass  # a failed cell; its outputs say which
        except DeadKernelError:
            death = "the kernel died: a cell ended the process or took all memory"
    return started, death


def _bar(notebook: Path) -> dict[str, Any]:
    # In a log, where nothing can be overwritten, a bar is a hundred lines.
    return {"desc": notebook.stem, "leave": False, "disable": None}


def _marks(document: Any, found: dict[str, Finding]) -> Any:
    for cell in document.cells:
        about = cell.metadata.get("nbgrader") or {}
        finding = found.get(about.get("grade_id", ""))
        if finding is None:
            continue
        maximum = float(about["points"])
        yield Mark(
            exercise=about["grade_id"],
            points=maximum if finding.passed else 0.0,
            maximum=maximum,
            seconds=cell.metadata["seconds"],
            message=finding.message,
            broken=finding.broken,
        )


def _failures(document: Any, found: dict[str, Finding]) -> Any:
    for index, cell in enumerate(document.cells):
        about = cell.metadata.get("nbgrader") or {}
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield f"cell {index} wrote to stderr: {output['text'].strip()}"
            elif output["output_type"] != "error" or about.get("grade_id") in found:
                continue
            elif output["ename"] != UNATTEMPTED:
                yield f"cell {index}: {output['ename']}: {output['evalue']}"


def _seconds(cell: Any) -> float:
    return float(cell.metadata.get("papermill", {}).get("duration") or 0.0)
