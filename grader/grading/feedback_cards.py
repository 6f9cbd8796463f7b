"""One exercise on a learner's page: its points, what the examiner saw, what helps."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from grader.grading import graded, pages
from grader.grading.decisions import Decided
from grader.grading.graded import Mark
from grader.lab import lessons

SIGNS = {
    graded.PASSED: ("good", "✔", "passed"),
    graded.FAILED: ("bad", "✘", "not yet"),
    graded.UNATTEMPTED: ("plain", "○", "not tried yet"),
    graded.NO_VERDICT: ("bad", "✘", "not reached"),
    graded.BROKEN: ("wait", "…", "waits for your instructor"),
    graded.MANUAL: ("wait", "…", "waits for your instructor"),
}
"""By outcome: colour, sign and word. The word says it all."""
PARTLY = ("wait", "◐", "partly there")
BY_HAND = ("plain", "✎", "marked by your instructor")
UNTOLD = {
    graded.UNATTEMPTED: "Every try counts, also one that isn't right yet.",
    graded.NO_VERDICT: "There is nothing to mark, then. Look for a cell before it that "
    "stops the notebook or takes very long.",
    graded.BROKEN: "The check itself broke. That is our fault and costs you nothing: "
    "your instructor looks at your work.",
    graded.MANUAL: "A person reads this one.",
}
"""What is said where nothing was examined."""
VARIED = (
    "The check that you have is passed. I ran it once more, in another account and "
    "Region and with other data, and there your work isn't right yet. You can watch "
    "that: put variation=True at the end of your call of check(…), and run it."
)
"""Of a hidden variation; its message has what was sent, or words of the learner's."""
STYLE = """
.card{margin:1rem 0;padding:.8rem 1rem;border:1px solid var(--line);
border-left:.35rem solid var(--plain);border-radius:.4rem}
.card.good{border-left-color:var(--good)}.card.bad{border-left-color:var(--bad)}
.card.wait{border-left-color:var(--wait)}.card.good,.card.bad,.card.wait,.card.plain{
color:var(--ink)}
.card-head{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline}
.card-head .points{margin-left:auto;font-variant-numeric:tabular-nums}
.card dl{margin:.4rem 0 0}.card dt{font-weight:600;margin-top:.5rem}
.card dd{margin:.1rem 0 0;overflow-wrap:anywhere}
.hint{background:var(--tint);padding:.5rem .8rem;border-radius:.4rem;margin-top:.7rem}
.hint pre{padding:0;margin:.2rem 0 0}
.person{border-left:.35rem solid var(--link);padding:.3rem .8rem;margin:.6rem 0}
"""


def card(
    mark: Mark, decided: Decided, section: str, commented: Mapping[str, list[str]]
) -> str:
    """The card of one exercise.

    Args:
        section: the heading of the notebook under which it stands.
        commented: by exercise, the cells whose comments are about it.
    """
    name = html.escape(mark.exercise)
    where = f'<span class="soft">{html.escape(section)}</span>' if section else ""
    worth = f"{pages.points(points_of(mark, decided))} of {pages.points(mark.maximum)}"
    comments = "".join(
        said(decided, cell) for cell in commented.get(mark.exercise, [mark.exercise])
    )
    anchor = pages.anchor(mark.exercise)
    return (
        f'<section class="card {kind(mark, decided)[0]}" id="{anchor}" '
        f'aria-labelledby="{name}-name"><div class="card-head">'
        f'<h3 id="{name}-name">{name}</h3>{where}{sign(mark, decided)}'
        f'<span class="points">{worth} points</span></div>'
        f"{'' if mark.exercise in decided.by_hand else _found(mark)}"
        f"{comments}</section>"
    )


def _found(mark: Mark) -> str:
    """What the examiner saw; nothing that a hidden variation can have made differ."""
    if mark.outcome == graded.PASSED:
        return ""
    facts = []
    if mark.outcome == graded.FAILED:
        said = VARIED if mark.variation else mark.message
        facts.append(("What I did, and what came back", said))
    if not mark.variation:
        facts += [
            ("What was expected", mark.expected),
            ("What I saw", mark.observed),
            ("Where to look", mark.look),
        ]
    if mark.misconception or mark.explanation:
        idea = mark.misconception.replace("-", " ")
        facts.append((f"A common idea: {idea}" if idea else "", mark.explanation))
    listed = "".join(
        f"<dt>{html.escape(label)}</dt><dd>{_shown(text)}</dd>"
        for label, text in facts
        if text
    )
    hint = (
        f'<div class="hint"><strong>A hint for the next step</strong>'
        f"{_shown(mark.hint)}</div>"
        if mark.hint
        else ""
    )
    return _undone(mark) + (f"<dl>{listed}</dl>" if listed else "") + hint


def _undone(mark: Mark) -> str:
    """Why there is nothing that came back; what broke on our side isn't told."""
    if mark.outcome == graded.FAILED:
        return ""
    said = "" if mark.outcome == graded.BROKEN or mark.variation else mark.message
    lines = dict.fromkeys([said, UNTOLD.get(mark.outcome, "")])
    return "".join(f"<p>{pages.words(line)}</p>" for line in lines if line)


def _shown(text: str) -> str:
    """Words as words; what has code in it, a gap to fill or a traceback, as code."""
    is_code = "____" in text or "Traceback (most recent" in text
    return pages.block(text) if is_code else f"<div>{pages.words(text)}</div>"


def said(decided: Decided, cell: str) -> str:
    """What a person wrote about a cell, as HTML; empty where nobody did."""
    text = decided.comments.get(cell, "")
    if not text:
        return ""
    return (
        '<div class="person"><strong>Your instructor writes:</strong> '
        f"{pages.words(text)}</div>"
    )


def sign(mark: Mark, decided: Decided) -> str:
    """How an exercise stands, as a sign and a word."""
    colour, drawn, word = kind(mark, decided)
    return (
        f'<span class="sign {colour}"><span aria-hidden="true">{drawn}</span> '
        f"{word}</span>"
    )


def kind(mark: Mark, decided: Decided) -> tuple[str, str, str]:
    """How an exercise stands: colour, sign and word."""
    points = points_of(mark, decided)
    if mark.exercise in decided.by_hand:
        return BY_HAND
    if points is None:
        return SIGNS[graded.MANUAL]
    if mark.outcome == graded.FAILED and 0 < points < mark.maximum:
        return PARTLY
    if mark.outcome in (graded.MANUAL, graded.BROKEN):
        return SIGNS[graded.UNATTEMPTED] if points == 0 else BY_HAND
    return SIGNS.get(mark.outcome, SIGNS[graded.NO_VERDICT])


def points_of(mark: Mark, decided: Decided) -> float | None:
    """What an exercise earned: the gradebook's word, else the check's."""
    return decided.points.get(mark.exercise, mark.points)


def answers(notebook: Mapping[str, Any]) -> dict[str, list[str]]:
    """By graded cell: itself and the answer cells since the one before it.

    A person's comments are on these.
    """
    found: dict[str, list[str]] = {}
    waiting: list[str] = []
    for cell in lessons.cells(notebook):
        about = cell.get("metadata", {}).get("nbgrader") or {}
        name = str(about.get("grade_id") or "")
        if about.get("grade") or about.get("task"):
            found[name] = [*waiting, name]
            waiting = []
        elif about.get("solution"):
            waiting.append(name)
    return found
