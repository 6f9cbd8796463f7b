"""nbgrader's own `generate_feedback`, and formgrader's button for it, with our page."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from nbconvert.exporters import HTMLExporter

from grader.grading import feedback, graded, journal, marks
from grader.grading.decisions import NOTHING, Decided, decisions
from grader.grading.graded import Graded, Mark
from grader.grading.withheld import withheld
from grader.lab import lessons


class FeedbackExporter(HTMLExporter):
    """Makes a learner's page of an autograded notebook.

    The result of `grader grade` is looked for in the journal that lies beside the
    folder of autograded notebooks. Marks of `nbgrader autograde` have none: then the
    notebook's own outputs tell.
    """

    def from_notebook_node(
        self, nb: Any, resources: Any = None, **more: Any
    ) -> tuple[str, Any]:
        about = resources["nbgrader"]
        student, assignment = about["student"], about["assignment"]
        stem = about["notebook"]
        courses = cast("Any", self.parent).coursedir
        folder = courses.format_path(courses.autograded_directory, student, assignment)
        source = courses.format_path(courses.source_directory, ".", assignment)
        taught = Path(source) / f"{stem}.ipynb"
        lesson = lessons.of_notebook(lessons.content(taught), stem)
        read = marks.read(about["db_url"], [assignment], student=student)
        decided = decisions(read, student, assignment).get(stem, NOTHING)
        result = _result(Path(folder).parents[2], student, assignment)
        if result is None or stem not in result.marks:
            result = Graded(
                student,
                assignment,
                marks={stem: tuple(_marks(nb, decided))},
                executed={stem: withheld(nb)},
            )
        resources["output_extension"] = self.file_extension
        return feedback.page(result, stem, lesson, decided), resources


def _result(work: Path, student: str, assignment: str) -> Graded | None:
    path = work / journal.NAME
    if not path.is_file():
        return None
    kept = path.stat()
    packed = _packed(path, kept.st_size, kept.st_mtime_ns).get((student, assignment))
    if packed is None:
        return None
    return graded.graded(journal.unpacked(copy.deepcopy(packed)), executed=True)


@functools.lru_cache(maxsize=1)
def _packed(path: Path, size: int, changed: int) -> dict[tuple[str, str], Any]:
    """The journal's results; `size` and `changed` say when they are read again."""
    return {
        (result["student"], result["assignment"]): result
        for result in journal.results(path, packed=True)
    }


def _marks(notebook: Mapping[str, Any], decided: Decided) -> Iterator[Mark]:
    for cell in lessons.cells(notebook):
        about = cell.get("metadata", {}).get("nbgrader") or {}
        if not (about.get("grade") or about.get("task")):
            continue
        name, maximum = str(about["grade_id"]), float(about.get("points") or 0)
        points = decided.points.get(name)
        if about.get("solution") or about.get("task") or points is None:
            outcome = graded.MANUAL
        else:
            outcome = graded.PASSED if points >= maximum else graded.FAILED
        yield Mark(name, points, maximum, outcome, _error(cell))


def _error(cell: Mapping[str, Any]) -> str:
    """What a test cell ended with; its traceback would show hidden tests."""
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error":
            said = str(output.get("evalue") or "")
            return re.sub(r"\s+", " ", said).strip()
    return ""
