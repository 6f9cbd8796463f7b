"""The steps of `nbgrader autograde` that are ours: run beside the examiner, save marks.

nbgrader takes them from its configuration (`Autograde.autograde_preprocessors`).
"""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import DeadKernelError
from nbgrader.preprocessors import Execute, SaveAutoGrades

from grader.grading.examination import Examination, examination, examined_lab
from grader.grading.examined_cells import Cell


class ExecuteExamined(Execute):  # type: ignore[misc]
    """Runs a submission with a lab process of its own; verdicts become its outputs."""

    _examination: Examination | None = None

    def preprocess(
        self, nb: Any, resources: dict[str, Any], km: Any = None
    ) -> tuple[Any, dict[str, Any]]:
        with examined_lab() as lab, examination(nb, lab) as self._examination:
            try:
                super().preprocess(nb, resources, km)
            except DeadKernelError:
                # exit(), os._exit() or too much memory: what was right before counts.
                self.log.warning("The kernel died; the cells after it didn't run.")
            finally:
                self._examination.conclude()
        return nb, resources

    def preprocess_cell(
        self, cell: Cell, resources: dict[str, Any], index: int
    ) -> tuple[Cell, dict[str, Any]]:
        assert self._examination is not None
        self._examination.cell_starts(index)
        result: tuple[Cell, dict[str, Any]] = super().preprocess_cell(
            cell, resources, index
        )
        return result


class SaveMarks(SaveAutoGrades):  # type: ignore[misc]
    """Saves marks; a check of ours that broke waits for the instructor instead."""

    def _add_score(self, cell: Cell, resources: dict[str, Any]) -> None:
        super()._add_score(cell, resources)
        if cell.metadata.pop("examiner_broke", False):
            grade = self.gradebook.find_grade(
                cell.metadata["nbgrader"]["grade_id"],
                self.notebook_id,
                self.assignment_id,
                self.student_id,
            )
            grade.auto_score = None
            grade.needs_manual_grade = True
            self.gradebook.db.commit()
