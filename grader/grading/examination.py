"""One notebook under examination: a lab process of its own beside its kernel."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from grader.grading import examined_cells, outputs, verdicts
from grader.grading.examined_cells import Cell, CheckCall, Finding
from grader.grading.verdicts import Verdict
from grader.lab.process import LabProcess

ENDPOINT = "LAB_ENDPOINT_URL"
REGION = "AWS_DEFAULT_REGION"


@dataclass(frozen=True)
class ExaminedLab:
    """A lab process whose verdicts can be read with a token."""

    endpoint_url: str
    token: str


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

    def __init__(self, notebook: Any, lab: ExaminedLab) -> None:
        self._lab = lab
        self._seen = len(verdicts.read(lab.endpoint_url, lab.token))
        self._running: int | None = None
        self._examined = {
            index: ExaminedCell(cell, cell.source, examined_cells.calls(cell.source))
            for index, cell in enumerate(notebook.cells)
            if examined_cells.is_examined(cell)
        }
        for examined in self._examined.values():
            examined.cell.source = examined_cells.pristine(
                examined.source, lab.endpoint_url
            )

    def cell_starts(self, index: int) -> None:
        """What is decided from now on belongs to the cell at `index`."""
        self._collect()
        self._running = index

    def conclude(self) -> dict[str, Finding]:
        """Put the sources back and the findings into the outputs, by grade_id."""
        from nbformat import from_dict

        self._collect()
        found = {}
        for examined in self._examined.values():
            cell = examined.cell
            cell.source = examined.source
            finding = examined.finding
            cell.outputs = [
                from_dict(output)
                for output in outputs.decided(cell.get("outputs", []), finding)
            ]
            if finding.broken:
                cell.metadata["examiner_broke"] = True
            found[cell.metadata["nbgrader"]["grade_id"]] = finding
        return found

    def _collect(self) -> None:
        try:
            given = verdicts.read(self._lab.endpoint_url, self._lab.token)
        except verdicts.VerdictsUnavailable:
            # The learner's code ended the lab: what was decided before still counts.
            return
        fresh, self._seen = given[self._seen :], len(given)
        if self._running in self._examined:
            self._examined[self._running].verdicts += fresh


@contextmanager
def examined_lab() -> Iterator[ExaminedLab]:
    """A lab process, empty in the beginning."""
    token = secrets.token_urlsafe(32)
    lab = LabProcess(0, environment={verdicts.TOKEN_VARIABLE: token})
    try:
        yield ExaminedLab(lab.endpoint_url, token)
    finally:
        lab.stop()


@contextmanager
def examination(
    notebook: Any, lab: ExaminedLab, *, region: str | None = None
) -> Iterator[Examination]:
    """One run of a notebook: a kernel that is started inside finds the lab.

    ``region`` is where the notebook works, in place of the machine's own setting.
    """
    with tempfile.TemporaryDirectory(prefix="ipython-") as folder:
        # The startup files of whoever grades are no part of a submission.
        variables = {ENDPOINT: lab.endpoint_url, "IPYTHONDIR": folder}
        if region is not None:
            variables[REGION] = region
        with _environment(variables):
            yield Examination(notebook, lab)


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
