"""Pairs of submissions that share unusual code, side by side, for a person to read."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import NothingGraded
from grader.grading import journal, pages
from grader.grading.course import Course, notebooks_in
from grader.grading.graded import graded
from grader.grading.similarity import Pair, Place, Written, pairs, written
from grader.lab import lessons

PAGE = "similarity.html"
WORDS = (
    "These submissions share code that few others of the class have. It doesn't say "
    "why: two people who learn together, a text that both read, or a coincidence look "
    "the same as copying. Read the passages, and talk to both before you think "
    "anything of it."
)
PASSAGES_AT_MOST = 8
STYLE = """
main,header,footer{max-width:80rem}
.pair{border-top:2px solid var(--line);margin-top:2rem}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.sides>div{min-width:0}.sides pre{white-space:pre;max-height:28rem}
@media(max-width:45rem){.sides{grid-template-columns:1fr}}
@media print{.sides pre{white-space:pre-wrap;max-height:none}}
"""


def compare(work: Path, phases: Sequence[str], course: Course) -> dict[str, list[Pair]]:
    """Compare what was graded in `work`, and write similarity.html there.

    Raises: NothingGraded.
    """
    kept = work / journal.NAME
    if not kept.is_file():
        raise NothingGraded(
            f"there are no results of a class in {work}: run `grader grade` first"
        )
    given = {phase: _given(course, phase) for phase in phases}
    bare = {phase: frozenset(map(str.strip, had)) for phase, had in given.items()}
    submissions: dict[str, list[Written]] = {phase: [] for phase in phases}
    for packed in journal.results(kept, packed=True):
        phase = packed["assignment"]
        if phase in submissions:
            result = graded(journal.unpacked(packed), executed=True)
            found = [
                written(result.student, notebook, bare[phase])
                for notebook in result.executed.values()
            ]
            cells = tuple(cell for each in found for cell in each.cells)
            submissions[phase].append(Written(result.student, cells))
    made = {phase: pairs(submissions[phase], given[phase]) for phase in phases}
    counts = {phase: len(each) for phase, each in submissions.items()}
    (work / PAGE).write_text(page(made, counts), encoding="utf-8", errors="replace")
    return made


def summary(found: Mapping[str, Sequence[Pair]]) -> str:
    """The pairs in lines of text."""
    lines = [
        f"{phase}: {pair.left} and {pair.right} share {_amount(pair)}"
        for phase, each in found.items()
        for pair in each
    ]
    return "\n".join(lines or ["No two submissions share code that is unusual."])


def page(found: Mapping[str, Sequence[Pair]], counts: Mapping[str, int]) -> str:
    """The whole page; `counts` is how many submissions were compared, by phase."""
    body = "".join(
        f"<h2>{html.escape(phase)}</h2><p>{_count(counts[phase], 'submission')} "
        f"compared, {_count(len(each), 'pair')} found.</p>" + "".join(map(_pair, each))
        for phase, each in found.items()
    )
    head = f"<h1>Submissions that share code</h1><p>{WORDS}</p>"
    foot = (
        "Compared are answers and cells of the learners' own. Names of variables and "
        "the order of cells don't count. What everybody was given, the solutions, and "
        "what many wrote are left out."
    )
    return pages.page("Submissions that share code", head, body, foot, style=STYLE)


def _pair(pair: Pair) -> str:
    shown = "".join(
        f'<div class="sides">{_side(pair.left, passage.left)}'
        f"{_side(pair.right, passage.right)}</div>"
        for passage in pair.passages[:PASSAGES_AT_MOST]
    )
    more = len(pair.passages) - PASSAGES_AT_MOST
    left = f"<p>… and {more} shorter passages.</p>" if more > 0 else ""
    return (
        f'<section class="pair"><h3>{html.escape(pair.left)} and '
        f"{html.escape(pair.right)}</h3><p>They share {_amount(pair)}, "
        f"{pair.share:.0%} of what is unusual in the shorter one.</p>{shown}{left}"
        "</section>"
    )


def _side(student: str, place: Place) -> str:
    where = f"own cell {place.cell + 1}, from line {place.first + 1}"
    name = html.escape(student)
    return (
        f'<div><p class="soft">{name}, {where}</p><pre tabindex="0" '
        f'aria-label="{name}, {where}">{html.escape(place.text)}</pre></div>'
    )


def _amount(pair: Pair) -> str:
    return f"{_count(pair.lines, 'line')} in {_count(len(pair.passages), 'passage')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _given(course: Course, phase: str) -> list[str]:
    """The code that everybody had: the release, and the solutions to be read in it."""
    return [
        source if isinstance(source, str) else "".join(source)
        for folder in (course.notebooks, course.solutions)
        for path in notebooks_in(folder / phase)
        for cell in lessons.cells(lessons.content(path))
        if cell.get("cell_type") == "code" and (source := cell.get("source", ""))
    ]
