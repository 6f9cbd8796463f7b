"""One notebook under examination: a lab process of its own beside its kernel."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from grader.grading import examined_cells, verdicts
from grader.grading.examined_cells import Cell, CheckCall, Finding
from grader.grading.verdicts import Verdict
from grader.lab.process import LabProcess

ENDPOINT = "LAB_ENDPOINT_URL"


@dataclass
class ExaminedCell:
    """A test cell while its notebook runs."""

    cell: Cell
    source: str
    calls: tuple[CheckCall, ...]
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def finding(self) -> Finding:
        return examined_cells.finding(self.calls, self.verdicts)


class Examination:
    """Attributes each verdict to the test cell that was running when it fell."""

    def __init__(self, notebook: Any, endpoint_url: str, token: str) -> None:
        self._endpoint_url = endpoint_url
        self._token = token
        self._seen = 0
        self._running: int | None = None
        self._examined = {
            index: ExaminedCell(cell, cell.source, examined_cells.calls(cell.source))
            for index, cell in enumerate(notebook.cells)
            if examined_cells.is_examined(cell)
        }
        for examined in self._examined.values():
            examined.cell.source = examined_cells.pristine(
                examined.source, endpoint_url
            )

    def cell_starts(self, index: int) -> None:
        """What is decided from now on belongs to the cell at `index`."""
        self._collect()
        self._running = index

    def conclude(self) -> dict[str, Finding]:
        """Put the sources back and the findings into the outputs, by grade_id.

        A cell whose work is right has no error, no stderr and no value afterwards; any
        other has an error output. That is what nbgrader makes its marks of.
        """
        self._collect()
        found = {}
        for examined in self._examined.values():
            cell = examined.cell
            cell.source = examined.source
            finding = examined.finding
            cell.outputs = _decided(cell.get("outputs", []), finding)
            if finding.broken:
                cell.metadata["examiner_broke"] = True
            found[cell.metadata["nbgrader"]["grade_id"]] = finding
        return found

    def _collect(self) -> None:
        try:
            given = verdicts.read(self._endpoint_url, self._token)
        except verdicts.VerdictsUnavailable:
            # The learner's code ended the lab: what was decided before still counts.
            return
        fresh, self._seen = given[self._seen :], len(given)
        if self._running in self._examined:
            self._examined[self._running].verdicts += fresh


@contextmanager
def examination(notebook: Any) -> Iterator[Examination]:
    """A lab process for one run of a notebook, which a kernel started inside finds."""
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="ipython-") as folder:
        lab = LabProcess(0, environment={verdicts.TOKEN_VARIABLE: token})
        try:
            # The startup files of whoever grades are no part of a submission.
            with _environment({ENDPOINT: lab.endpoint_url, "IPYTHONDIR": folder}):
                yield Examination(notebook, lab.endpoint_url, token)
        finally:
            lab.stop()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _decided(outputs: list[Any], finding: Finding) -> list[Any]:
    kept = [output for output in outputs if output["output_type"] != "execute_result"]
    if finding.passed:
        kept = [output for output in kept if output["output_type"] != "error"]
        for output in kept:
            if output.get("name") == "stderr":
                output["name"] = "stdout"
    elif not any(output["output_type"] == "error" for output in kept):
        kept.append(_error(finding.message))
    return kept


def _error(message: str) -> Any:
    from nbformat.v4 import new_output

    return new_output(
        "error",
        ename="CheckFailed",
        evalue=message,
        traceback=[f"CheckFailed: {message}"],
    )
