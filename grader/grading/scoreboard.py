"""What a run of notebooks earned, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from grader.grading.execution import Mark, Run
from grader.lab import tables

_MARKS = ("exercise", "points", "of", "seconds", "")
_NOTEBOOKS = ("notebook", "exercises", "points", "of", "capstone", "passed", "seconds")


def scoreboard(runs: Sequence[Run]) -> str:
    """A table per notebook with what went wrong, one of all, and the total."""
    parts = [_of_notebook(run) for run in runs]
    if len(runs) > 1:
        rows = [_row(run) for run in runs]
        parts.append(tables.as_text(_NOTEBOOKS, [*rows, _total(runs)]))
    points = sum(run.points for run in runs)
    maximum = sum(run.maximum for run in runs)
    seconds = sum(run.seconds for run in runs)
    total = f"{points:g} of {maximum:g} points in {seconds:.0f} s"
    if undecided := sum(mark.maximum for mark in _broken(runs)):
        total += f"; {undecided:g} of them undecided: a check itself broke"
    return "\n\n".join([*parts, total])


def is_full(runs: Sequence[Run]) -> bool:
    """Whether every exercise earned all its points and nothing else went wrong."""
    return all(run.points == run.maximum and not run.failures for run in runs)


def _of_notebook(run: Run) -> str:
    rows = [
        [
            mark.exercise,
            "?" if mark.broken else f"{mark.points:g}",
            f"{mark.maximum:g}",
            f"{mark.seconds:.1f}",
            _sign(mark),
        ]
        for mark in run.marks
    ]
    lines = [_name(run)]
    lines.append(tables.as_text(_MARKS, rows) if rows else "no exercises in it")
    lines += [
        f"  {mark.exercise}: {_first_line(mark.message)}"
        for mark in run.marks
        if mark.message
    ]
    lines += [f"  {failure}" for failure in run.failures]
    return "\n".join(lines)


def _sign(mark: Mark) -> str:
    if mark.broken:
        return "⚠ ours"
    return "✔" if mark.points == mark.maximum else "✘"


def _row(run: Run) -> list[str]:
    right = sum(mark.points == mark.maximum for mark in run.marks)
    return [
        _name(run),
        f"{right} of {len(run.marks)}",
        f"{run.points:g}",
        f"{run.maximum:g}",
        _capstone(run),
        _passed(run),
        f"{run.seconds:.0f}",
    ]


def _total(runs: Sequence[Run]) -> list[str]:
    marks = [mark for run in runs for mark in run.marks]
    right = sum(mark.points == mark.maximum for mark in marks)
    points, maximum = sum(r.points for r in runs), sum(r.maximum for r in runs)
    seconds = sum(run.seconds for run in runs)
    every = f"{right} of {len(marks)}"
    return ["all", every, f"{points:g}", f"{maximum:g}", "", "", f"{seconds:.0f}"]


def _capstone(run: Run) -> str:
    marks = _of_capstone(run)
    if not marks:
        return "-"
    return f"{_sum(marks):g} of {sum(mark.maximum for mark in marks):g}"


def _passed(run: Run) -> str:
    """Whether the notebook's own marks to pass were reached; "-" where it has none."""
    passed = run.lesson.is_passed({mark.exercise: mark.points for mark in run.marks})
    return {None: "-", True: "yes", False: "no"}[passed]


def _of_capstone(run: Run) -> list[Mark]:
    return [mark for mark in run.marks if mark.exercise in run.lesson.capstone]


def _sum(marks: Sequence[Mark]) -> float:
    return sum(mark.points for mark in marks)


def _broken(runs: Sequence[Run]) -> list[Mark]:
    return [mark for run in runs for mark in run.marks if mark.broken]


def _name(run: Run) -> str:
    return f"{run.notebook.parent.name}/{run.notebook.name}"


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else ""
