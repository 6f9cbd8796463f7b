"""All that grading one assignment takes, as JSON: made from `solutions/` alone.

    {"version": 1, "assignment", "digest",
     "notebooks": {stem: {"cells": [cell], "metadata"}},
     "files": {name beside the notebooks: base64},
     "data": {name below data/: base64},
     "limits": {...}}

A cell has `id`, `grade_id` (or null), `cell_type`, `source` (with hidden tests and mark
schemes; a stub where the learner writes), `released` (what the learner got, where that
is another text), `grade`, `solution`, `locked`, `task`, `points` (or null) and
`checksum` (nbgrader's, or null).

A worker on another machine needs the package and this, nothing else.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import ReleaseFailed
from grader.grading import cell_syntax, pipeline
from grader.grading.course import Course, notebooks_in
from grader.grading.examined_cells import calls
from grader.grading.kernels.sandboxes import WAITING
from grader.lab import materials

VERSION = 1


@dataclass(frozen=True)
class Limits:
    """What running one submission may take."""

    cell: float = 120.0
    """Seconds for one cell."""
    submission: float = 1800.0
    """Seconds for all cells together."""
    output: int = 1_000_000
    """Bytes of output that are kept of one cell."""
    outputs: int = 10_000_000
    """Bytes of output that are kept of all cells together."""
    whole: bool = False
    """Whether demonstrations run too, which no mark needs (see `needed_cells`)."""


def make_bundle(
    course: Course, assignment: str, *, limits: Limits = Limits()
) -> dict[str, Any]:
    """The bundle of one assignment, by nbgrader's own preprocessors in memory.

    Markers and stubs are those of the course's `nbgrader_config.py`.

    Raises: WrongUse for an assignment that isn't there or a configuration that is
        wrong; ReleaseFailed.
    """
    course.phases([assignment])
    config = pipeline.settings(course)
    folder = course.solutions / assignment
    made: dict[str, Any] = {
        "version": VERSION,
        "assignment": assignment,
        "notebooks": {
            path.stem: _notebook(path, assignment, config)
            for path in notebooks_in(folder)
        },
        "files": _files(folder),
        "data": _material(course.root / "data"),
        "limits": asdict(limits),
    }
    return {**made, "digest": digest(made)}


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _notebook(path: Path, assignment: str, config: Any) -> dict[str, Any]:
    pipeline.prepare_imports()
    import nbformat
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    # Up to SaveCells a notebook is what the gradebook is told; after it, a release.
    steps = GenerateAssignment.preprocessors.default()
    at = steps.index(SaveCells)
    try:
        source = nbformat.read(path, as_version=4)
        kept = _processed(source, steps[:at], path, assignment, config)
        copied = copy.deepcopy(kept)
        released = _processed(copied, steps[at + 1 :], path, assignment, config)
    except Exception as fault:  # nbgrader raises whatever it raises
        raise ReleaseFailed(f"{assignment}/{path.name}: {fault}") from fault
    for cell in kept.cells:
        if len(cell.source) > cell_syntax.LIMIT and cell.cell_type == "code":
            name = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id")
            raise ReleaseFailed(
                f"{assignment}/{path.name}: the cell {name!r} has {len(cell.source)} "
                f"characters, and {cell_syntax.LIMIT} is the limit: put its data into "
                "a file beside the notebook"
            )
    cells = [
        _cell(cell, shown.source)
        for cell, shown in zip(kept.cells, released.cells, strict=True)
    ]
    hidden = sum(
        cell["cell_type"] == "code" and cell["grade"] and "released" in cell
        for cell in cells
    )
    if hidden > WAITING:
        raise ReleaseFailed(
            f"{assignment}/{path.name}: {hidden} test cells have hidden tests, and "
            f"{WAITING} is the limit, for each waits in a process of its own: split "
            "the notebook, or join some of them"
        )
    return {"cells": cells, "metadata": json.loads(json.dumps(released.metadata))}


def needs_lab(bundle: Mapping[str, Any]) -> bool:
    """Whether it has test cells that call checks."""
    return any(
        cell["grade"] and not cell["solution"] and calls(cell["source"])
        for notebook in bundle["notebooks"].values()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    )


def _processed(
    notebook: Any, steps: list[type[Any]], path: Path, assignment: str, config: Any
) -> Any:
    about = {"notebook": path.stem, "assignment": assignment}
    resources = {
        "nbgrader": about,
        "unique_key": path.stem,
        "metadata": {"name": path.stem, "path": str(path.parent)},
    }
    for step in steps:
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def _cell(cell: Any, released: str) -> dict[str, Any]:
    from nbgrader.utils import is_grade, is_locked, is_solution, is_task

    about = cell.metadata.get("nbgrader", {})
    kinds = {
        "grade": bool(is_grade(cell)),
        "solution": bool(is_solution(cell)),
        "locked": bool(is_locked(cell)),
        "task": bool(is_task(cell)),
    }
    is_known = any(kinds.values())
    points = about.get("points") if kinds["grade"] or kinds["task"] else None
    made = {
        "id": cell.get("id"),
        "grade_id": about.get("grade_id") if is_known else None,
        "cell_type": cell.cell_type,
        "source": cell.source,
        **kinds,
        "points": None if points is None else float(points),
        "checksum": about.get("checksum") if is_known else None,
    }
    if released != cell.source:
        made["released"] = released
    return made


def _files(folder: Path) -> dict[str, str]:
    names = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".ipynb", ".pyc")
    )
    return {
        name.as_posix(): _encoded(folder / name)
        for name in names
        if not _is_hidden(name)
    }


def _material(folder: Path) -> dict[str, str]:
    return {
        name: _encoded(folder / name)
        for name in materials.names(folder)
        if not _is_hidden(Path(name))
    }


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
