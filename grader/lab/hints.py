"""`hint` and `solution`: four rungs of one ladder.

1 what was observed · 2 where to look · 3 a faded step · 4 the solution, and a question
to explain it back. The fourth opens after three failed checks or on request. In a
capstone only the first is open, and the solution once the check has passed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.errors import WrongUse
from grader.lab import display, lessons, predictions, record
from grader.lab.checking import path_of
from grader.lab.record import ExerciseRecord
from grader.lab.starting import current, here

RUNGS = ("what I observed", "where to look", "a first step", "the solution")
OPENS_AFTER = 3
_CAPSTONE = (
    "This is a part of the capstone: only the first hint, what was observed, is open "
    "here, and the solution once your check has passed. The exercises before it had "
    "all that it needs, and their hints are still there."
)


def hint(name: str, rung: int | None = None) -> None:
    """Show the next hint, or the one of a rung from 1 to 4."""
    ladder = current().control.get(path_of("checks", name) + "/hints")
    kept = record.of_exercise(name)
    if rung is not None and rung not in (1, 2, 3, 4):
        raise WrongUse(f"hints have the rungs 1 to 4, so there is no {rung!r}")
    if ladder["capstone"]:
        _hint_of_capstone(name, rung, ladder, kept)
        return
    step = rung or min(kept.rung + 1, 4)
    if rung == 4:
        solution(name, now=True)
        return
    words = _words(step, ladder, kept)
    # The fourth rung is reached by who reads the solution, not by the offer of it.
    if step < 4 and (step > 1 or kept.observed):
        record.note_hint(name, step)
    title = f"Hint {step} of 4 for {name}: {RUNGS[step - 1]}"
    after = [("", _next_rung(name, step))] if step < 4 else []
    display.show(display.panel(display.PLAIN, title, [("", words), *after]))


def _hint_of_capstone(
    name: str, rung: int | None, ladder: dict[str, Any], kept: ExerciseRecord
) -> None:
    observed = [("", _words(1, ladder, kept))] if rung in (None, 1) else []
    title = f"The hint for {name}: {RUNGS[0]}"
    display.show(display.panel(display.PLAIN, title, [*observed, ("", _CAPSTONE)]))


def solution(name: str, *, now: bool = False) -> None:
    """Show how it can be done: after three failed checks, or `now`."""
    ladder = current().control.get(path_of("checks", name) + "/hints")
    kept = record.of_exercise(name)
    if ladder["capstone"] and not kept.passed:
        _say(name, _CAPSTONE)
        return
    if not (now or _is_open(kept)):
        _say(f"{name}: not open yet", _offer(name, kept))
        return
    record.note_hint(name, 4)
    shown = shipped(name, here())
    title = f"{name}: one way to do it"
    if shown is None:
        _say(title, "This course is shipped without solutions; ask whoever gave it.")
    else:
        display.show(display.panel(display.PLAIN, title, [("", display.Code(shown))]))
    if ladder["explain_back"]:
        predictions.predict(ladder["explain_back"])


def _say(title: str, words: str) -> None:
    display.show(display.panel(display.PLAIN, title, [("", words)]))


def _is_open(kept: ExerciseRecord) -> bool:
    return bool(kept.passed or kept.failed >= OPENS_AFTER)


def _offer(name: str, kept: ExerciseRecord) -> str:
    if _is_open(kept):
        return (
            f"solution({name!r}) shows one way to do it, and asks you one question "
            "about it. Read it, close it, and write your own."
        )
    return (
        f"The solution opens after {OPENS_AFTER} failed checks "
        f"({kept.failed} so far), or now: solution({name!r}, now=True)"
    )


def shipped(name: str, folder: Path) -> str | None:
    """The solution of an exercise from `solutions/` here or above; None if absent.

    What is between the exercise's test cell and the one before it.
    """
    for above in (folder, *folder.parents):
        for notebook in sorted((above / "solutions").glob("**/*.ipynb")):
            cells = lessons.cells(lessons.content(notebook))
            if (found := _solution_cells(name, cells)) is not None:
                return found
    return None


def _solution_cells(name: str, cells: list[dict[str, Any]]) -> str | None:
    sources: list[str] = []
    for cell in cells:
        marks = cell.get("metadata", {}).get("nbgrader", {})
        if marks.get("solution"):
            sources.append(_without_markers("".join(cell["source"])))
        elif marks.get("grade"):
            if marks.get("grade_id") == name:
                return "\n\n".join(sources) or None
            sources.clear()
    return None


def _without_markers(source: str) -> str:
    markers = ("### BEGIN SOLUTION", "### END SOLUTION")
    lines = source.splitlines()
    return "\n".join(line for line in lines if line.strip() not in markers)


def _words(step: int, ladder: dict[str, Any], kept: ExerciseRecord) -> str:
    if step == 4:
        return _offer(ladder["name"], kept)
    if step == 1:
        return kept.observed or (
            f"Nothing yet: run the check first. What it will look for: {ladder['task']}"
        )
    hints = ladder["hints"]
    if len(hints) < step - 1:
        return "There is none on this rung."
    words = str(hints[step - 2])
    return display.Code(words) if "____" in words else words


def _next_rung(name: str, step: int) -> str:
    if step == 3:
        return f"hint({name!r}) once more offers the solution."
    return f"hint({name!r}, {step + 1}) says {RUNGS[step]}."
