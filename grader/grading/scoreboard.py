"""What a run of notebooks earned, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from grader.grading.execution import Run
from grader.lab import tables

COLUMNS = ("exercise", "points", "of", "seconds")


def scoreboard(runs: Sequence[Run]) -> str:
    """A table per notebook, what went wrong, and the total."""
    parts = []
    for run in runs:
        rows = [
            [
                mark.exercise,
                f"{mark.points:g}",
                f"{mark.maximum:g}",
                f"{mark.seconds:.1f}",
            ]
            for mark in run.marks
        ]
        parts.append(f"{run.notebook.parent.name}/{run.notebook.name}")
        parts.append(tables.as_text(COLUMNS, rows) if rows else "no exercises in it")
        parts += [
            f"  {mark.exercise}: {_first_line(mark.message)}"
            for mark in run.marks
            if mark.message
        ]
        parts += [f"  {failure}" for failure in run.failures]
        parts.append("")
    points = sum(run.points for run in runs)
    maximum = sum(run.maximum for run in runs)
    seconds = sum(run.seconds for run in runs)
    parts.append(f"{points:g} of {maximum:g} points in {seconds:.0f} s")
    return "\n".join(parts)


def is_full(runs: Sequence[Run]) -> bool:
    """Whether every exercise earned all its points and nothing else went wrong."""
    return all(run.points == run.maximum and not run.failures for run in runs)


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else ""
