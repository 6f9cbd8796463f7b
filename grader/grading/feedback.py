"""What a learner gets back: one page per notebook, at nbgrader's own place.

Per exercise what the examiner saw, where to look and the next hint; then what a person
wrote, and the notebook as it ran. Of hidden cases it tells whether they are passed, and
the idea behind a failure; nobody else's work appears.
"""

from __future__ import annotations

import copy
import hashlib
import html
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.grading import (
    feedback_cards,
    journal,
    learner_notes,
    pages,
    shown_notebook,
)
from grader.grading.decisions import NOTHING, Decided
from grader.grading.feedback_cards import (
    answers,
    card,
    kind,
    points_of,
    said,
    sign,
)
from grader.grading.graded import NO_VERDICT, Graded, Mark, graded
from grader.lab.lessons import Lesson

RECEIPTS = ("timestamp.txt", "submission_secret.txt")
"""What `nbgrader release_feedback` needs beside a page."""
UNREADABLE = (
    "Your file couldn't be read as a notebook, so there is nothing to mark yet."
)
REVERT = (
    "Does JupyterLab show your cells? Then save the notebook there, and hand it in "
    "again. If it doesn't, an older copy may be better: in the menu File, Revert "
    "Notebook to Checkpoint."
)
AFTERWARDS = 3
"""How many exercises are named after the first that isn't there yet."""
STYLE = (
    shown_notebook.STYLE
    + feedback_cards.STYLE
    + """
.total{font-size:1.15rem}
nav ul{list-style:none;padding:0;columns:2 18rem}nav li{margin:.15rem 0}
"""
)


def renew(
    folder: Path,
    packed: dict[str, Any],
    taught: Mapping[str, Lesson],
    decided: Mapping[str, Decided],
    *,
    receipts: Path | None = None,
) -> list[Path]:
    """Write a learner's pages to `folder/<student>/<assignment>/<notebook>.html`.

    Pages that say the same already aren't made again, because reading an executed
    notebook takes longer than everything else.

    Args:
        packed: a result, as the journal has it.
        taught: the assignment's lessons by notebook.
        decided: what the gradebook says of it, by notebook.
        receipts: has the folders `<student>/<assignment>` with nbgrader's receipts.
    """
    result = graded(packed)
    target = folder / result.student / result.assignment
    said = repr(packed)
    written = []
    for stem in result.marks or taught:
        lesson = taught.get(stem, Lesson(stem, ()))
        mine = decided.get(stem, NOTHING)
        made_from = _fingerprint(said, lesson, mine)
        path = target / f"{stem}.html"
        if _is_made_from(path, made_from):
            continue
        if not result.executed:
            result = graded(journal.unpacked(copy.deepcopy(packed)), executed=True)
        made = page(result, stem, lesson, mine)
        target.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{made}<!-- {made_from} -->\n", "utf-8", errors="replace")
        written.append(path)
    if receipts is not None:
        for name in RECEIPTS:
            receipt = receipts / result.student / result.assignment / name
            if receipt.is_file():
                shutil.copyfile(receipt, target / name)
    return written


def _fingerprint(said: str, lesson: Lesson, decided: Decided) -> str:
    # Sets and databases have another order each time.
    about = [STYLE, said, asdict(lesson), asdict(decided)]
    text = json.dumps(about, sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_made_from(path: Path, made_from: str) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-min(200, path.stat().st_size), os.SEEK_END)
            return made_from.encode() in file.read()
    except OSError:
        return False


def page(result: Graded, stem: str, lesson: Lesson, decided: Decided = NOTHING) -> str:
    """The page about one notebook of a submission."""
    marks = result.marks.get(stem, ())
    notebook = result.executed.get(stem, {})
    earned = {mark.exercise: points_of(mark, decided) for mark in marks}
    where = answers(notebook)
    sections = {step.name: step.section for step in lesson.steps}
    cards = "".join(
        card(mark, decided, sections.get(mark.exercise, ""), where) for mark in marks
    )
    ran = shown_notebook.shown(notebook, lambda cell: said(decided, cell))
    if _is_unread(marks, notebook, decided):
        body = _unread(result)
    else:
        body = (
            _summary(marks, earned, lesson, decided)
            + _on_the_way(result)
            + _onward(marks, earned, lesson, decided)
            + f'<h2 id="exercises">Exercise by exercise</h2>{_contents(marks, decided)}'
            + cards
            + (f'<h2 id="notebook">Your notebook, as it ran</h2>{ran}' if ran else "")
        )
    head = (
        f"<h1>{html.escape(lesson.title)}</h1>"
        f'<p class="soft">Feedback for {html.escape(result.student)}</p>'
    )
    foot = (
        "Points are for what your work did when it ran, not for what a cell printed. "
        "Is something here wrong or unclear? Ask your instructor: they see what you "
        "see, and can change a mark."
    )
    title = f"{lesson.title}: feedback for {result.student}"
    return pages.page(title, head, body, foot, style=STYLE)


def _is_unread(
    marks: Sequence[Mark], notebook: Mapping[str, Any], decided: Decided
) -> bool:
    """Whether there was nothing to look at, and nobody has decided otherwise."""
    if notebook or decided.by_hand:
        return False
    return all(mark.outcome == NO_VERDICT for mark in marks)


def _unread(result: Graded) -> str:
    kinds = {note.kind for note in result.problems}
    told = learner_notes.told(result.problems)
    if "worker" not in kinds:
        told = [UNREADABLE, *told, REVERT]
    return "".join(f"<p>{pages.words(text)}</p>" for text in told)


def _on_the_way(result: Graded) -> str:
    """What happened when the notebook ran, as far as it is the learner's business."""
    told = learner_notes.told(result.problems)
    if not told:
        return ""
    items = "".join(f"<li>{pages.words(text)}</li>" for text in told)
    return f'<h2 id="on-the-way">What happened when it ran</h2><ul>{items}</ul>'


def _summary(
    marks: Sequence[Mark],
    earned: Mapping[str, float | None],
    lesson: Lesson,
    decided: Decided,
) -> str:
    certain = {name: points for name, points in earned.items() if points is not None}
    total = max(0.0, sum(certain.values()) - decided.penalty)
    maximum = sum(mark.maximum for mark in marks)
    right = sum(kind(mark, decided)[2] == "passed" for mark in marks)
    lines = [
        f'<p class="total"><strong>{pages.points(total)} of {pages.points(maximum)} '
        f"points</strong>, {right} of {len(marks)} exercises passed.</p>"
    ]
    waiting = sum(mark.maximum for mark in marks if earned[mark.exercise] is None)
    if waiting:
        lines.append(
            f"<p>{pages.points(waiting)} points are still to come: a person marks "
            "them.</p>"
        )
    if decided.penalty:
        lines.append(
            f"<p>It came late, which costs {pages.points(decided.penalty)} points; "
            "they are taken off already.</p>"
        )
    match lesson.is_passed(certain):
        case True:
            lines.append("<p><strong>You have passed this phase.</strong></p>")
        case False:
            lines.append(f"<p>{_to_pass(certain, lesson)}</p>")
    return "".join(lines)


def _to_pass(points: Mapping[str, float], lesson: Lesson) -> str:
    wanted = f"It takes {pages.points(lesson.pass_mark)} points to pass"
    if not lesson.capstone:
        return f"{wanted}."
    have = sum(points.get(name, 0.0) for name in lesson.capstone)
    return (
        f"{wanted}, and {pages.points(lesson.capstone_pass_mark)} of them in the "
        f"capstone; you have {pages.points(have)} there."
    )


def _onward(
    marks: Sequence[Mark],
    earned: Mapping[str, float | None],
    lesson: Lesson,
    decided: Decided,
) -> str:
    """What to do next: the first exercise that isn't there yet, or something new."""
    open_ones = [
        mark
        for mark in marks
        if (points := earned[mark.exercise]) is not None
        and points < mark.maximum
        and mark.exercise not in decided.by_hand
    ]
    lines = []
    if open_ones:
        first, *others = open_ones
        lines.append(
            f"Start with {_link(first)}: it is the first that isn't there yet, and "
            f"worth {pages.points(first.maximum)} points."
        )
        if others:
            listed = ", ".join(map(_link, others[:AFTERWARDS]))
            more = len(others) - AFTERWARDS
            lines.append(
                f"After it: {listed}{f' and {more} more' if more > 0 else ''}."
            )
    certain = {name: points for name, points in earned.items() if points is not None}
    if not open_ones or lesson.is_passed(certain):
        lines += [shown_notebook.line(text) for text in lesson.next]
    if not lines:
        return ""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<h2 id="next">What to try next</h2><ul>{items}</ul>'


def _contents(marks: Sequence[Mark], decided: Decided) -> str:
    items = "".join(f"<li>{sign(mark, decided)} {_link(mark)}</li>" for mark in marks)
    return f'<nav aria-label="Exercises"><ul>{items}</ul></nav>' if items else ""


def _link(mark: Mark) -> str:
    return f'<a href="#{pages.anchor(mark.exercise)}">{html.escape(mark.exercise)}</a>'
