"""How far a learner is, kept in `.progress.json` beside the notebook."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import WrongUse
from grader.lab import display, tables
from grader.lab.starting import current

FILE = ".progress.json"


@dataclass(frozen=True)
class GradedCell:
    """A test cell of a notebook: the exercise's name and its points."""

    name: str
    points: float


def read(folder: Path | None = None) -> dict[str, Any]:
    """What is kept: per exercise and per prediction."""
    file = (folder or Path()) / FILE
    loaded: Any = {}
    try:
        loaded = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        # Not ours to throw away: somebody may want to mend it.
        with contextlib.suppress(OSError):
            file.replace(file.with_suffix(".unreadable"))
    kept: dict[str, Any] = loaded if isinstance(loaded, dict) else {}
    kept.setdefault("exercises", {})
    kept.setdefault("predictions", {})
    return kept


def of_exercise(name: str) -> dict[str, Any]:
    """What is kept of one exercise."""
    return _entry(read(), name)


def note_verdict(verdict: Mapping[str, Any]) -> None:
    """Keep what came of a check; an untouched starter isn't an attempt."""

    def note(kept: dict[str, Any]) -> None:
        entry = _entry(kept, verdict["check"])
        if verdict["outcome"] == "passed":
            entry["passed"] = entry["passed"] or not verdict["variation"]
            entry["observed"] = None
        elif verdict["outcome"] == "failed":
            entry["failed"] += not verdict["unattempted"]
            entry["observed"] = verdict["message"]

    _change(note)


def note_hint(name: str, rung: int) -> None:
    """Keep how far up the ladder a learner was."""

    def note(kept: dict[str, Any]) -> None:
        entry = _entry(kept, name)
        entry["rung"] = max(entry["rung"], rung)

    _change(note)


def note_prediction(name: str, letter: str) -> None:
    """Keep the option that a learner committed to first."""

    def note(kept: dict[str, Any]) -> None:
        kept["predictions"].setdefault(name, letter)

    _change(note)


def progress() -> None:
    """Show the exercises done, the points, the predictions, and what comes next."""
    display.show(summary(current().control.get("/_lab/checks"), read(), Path()))


def summary(
    contents: Mapping[str, Any], kept: Mapping[str, Any], folder: Path
) -> display.Shown:
    """Progress as a table and two sentences."""
    names = [known["name"] for known in contents["exercises"]]
    cells = [cell for cell in graded_cells(folder) if cell.name in names]
    if not cells:
        cells = [GradedCell(name, 0) for name in names]
    entries = [(cell, _entry(kept, cell.name)) for cell in cells]
    done = [cell for cell, entry in entries if entry["passed"]]
    rows = [[cell.name, f"{cell.points:g}", _state(entry)] for cell, entry in entries]
    committed = [
        name for name in contents["predictions"] if name in kept["predictions"]
    ]
    ahead = [cell.name for cell, entry in entries if not entry["passed"]]
    sentences = [
        f"{len(done)} of {len(cells)} exercises done, "
        f"{sum(cell.points for cell in done):g} of "
        f"{sum(cell.points for cell in cells):g} points; "
        f"{len(committed)} of {len(contents['predictions'])} predictions made.",
        f"Next: {ahead[0]}." if ahead else "Everything here is done.",
    ]
    columns = ("exercise", "points", "state")
    return display.Shown(
        tables.as_text(columns, rows) + "\n\n" + "\n".join(sentences),
        tables.as_html(columns, rows) + "".join(f"<p>{line}</p>" for line in sentences),
    )


def graded_cells(folder: Path) -> list[GradedCell]:
    """The test cells of the notebooks in a folder, in their order.

    Points stand in a notebook's metadata and nowhere else.
    """
    found = []
    for cell in notebook_cells(sorted(folder.glob("*.ipynb"))):
        marks = cell.get("metadata", {}).get("nbgrader", {})
        if marks.get("grade") and not marks.get("solution"):
            found.append(GradedCell(marks["grade_id"], marks.get("points", 0)))
    return found


def notebook_cells(notebooks: list[Path]) -> list[dict[str, Any]]:
    """The cells of notebooks, one after the other; unreadable notebooks have none."""
    cells: list[dict[str, Any]] = []
    for notebook in notebooks:
        try:
            cells += json.loads(notebook.read_text("utf-8"))["cells"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return cells


def _entry(kept: Mapping[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(name, str):
        raise WrongUse(f"{name!r} is not the name of an exercise")
    empty = {"passed": False, "failed": 0, "rung": 0, "observed": None}
    entry: dict[str, Any] = kept["exercises"].setdefault(name, empty)
    return entry


def _state(entry: Mapping[str, Any]) -> str:
    if entry["passed"]:
        return "✔ done"
    if entry["failed"]:
        return f"✘ not yet, {entry['failed']} tried"
    return "· to do"


def _change(note: Callable[[dict[str, Any]], None]) -> None:
    kept = read()
    note(kept)
    file = Path() / FILE
    draft = file.with_suffix(f".{os.getpid()}")
    # A folder that can't be written, as when grading, costs no more than the record.
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(kept, indent=1, ensure_ascii=False), "utf-8")
        draft.replace(file)
