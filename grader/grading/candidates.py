"""Which of the files that somebody handed in is which notebook of the assignment.

A file is known by the names of its cells, then by its own: browsers call a second
download `lesson (1).ipynb`, and learners call theirs as they like.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.grading.assignment import SourceNotebook
from grader.grading.graded import Note
from grader.grading.identifying import identified, text_of
from grader.grading.submitted_notebooks import SubmittedNotebook, Unreadable, read

_COPY = re.compile(r"([ _-]*\(\d+\)|[ _-]+copy\d*( \d+)?|[ _-]+\d+)+$", re.IGNORECASE)


@dataclass(frozen=True)
class HandedIn:
    """What was handed in for one notebook."""

    notebook: SubmittedNotebook | None
    unreadable: str = ""
    """Why there is none."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    stem: str
    notebook: SubmittedNotebook | None
    unreadable: str = ""


def handed_in(
    files: Mapping[str, str], notebooks: Mapping[str, SourceNotebook]
) -> dict[str, HandedIn]:
    """What there is for each notebook of an assignment, by its stem; nothing, if so.

    Of several files for one notebook the one with most answers counts; where that is
    equal, the one with the notebook's own name, else the last by name.

    Args:
        files: by stem, in base64.
    """
    by_notebook: dict[str, list[_Candidate]] = {stem: [] for stem in notebooks}
    notes: list[Note] = []
    for stem, text in sorted(files.items()):
        candidate = _candidate(stem, text)
        wanted = _wanted(candidate, notebooks, alone=len(files) == 1)
        if wanted is None:
            notes.append(
                Note("extra file", "", f"{stem}.ipynb is none of the assignment's")
            )
        else:
            by_notebook[wanted].append(candidate)
    found = {
        stem: _chosen(notebooks[stem], candidates)
        for stem, candidates in by_notebook.items()
        if candidates
    }
    for stem in list(found)[:1]:
        kept = found[stem]
        found[stem] = HandedIn(kept.notebook, kept.unreadable, (*kept.notes, *notes))
    return found


def _candidate(stem: str, text: str) -> _Candidate:
    try:
        return _Candidate(stem, read(base64.b64decode(text)))
    except Unreadable as fault:
        return _Candidate(stem, None, str(fault))
    except (binascii.Error, ValueError):
        return _Candidate(stem, None, "The file came damaged: hand it in again.")


def _wanted(
    candidate: _Candidate, notebooks: Mapping[str, SourceNotebook], *, alone: bool
) -> str | None:
    if candidate.notebook is not None:
        kinship = {
            stem: _kinship(candidate.notebook, source)
            for stem, source in notebooks.items()
        }
        best = max(kinship, key=lambda stem: (kinship[stem], stem == candidate.stem))
        if kinship[best]:
            return best
    plain = _plain(candidate.stem)
    for stem in notebooks:
        if candidate.stem == stem or plain == _plain(stem):
            return stem
    # Whatever it is called, it is what was handed in.
    return next(iter(notebooks)) if alone and len(notebooks) == 1 else None


def _kinship(notebook: SubmittedNotebook, source: SourceNotebook) -> int:
    """How many of the course's cells are in it, by name, or by text if none is."""
    names = {cell.grade_id for cell in source.cells if cell.grade_id}
    by_name = len(names & {cell.grade_id for cell in notebook.cells})
    if by_name:
        return by_name
    texts = {text_of(cell.released) for cell in source.cells}
    return len(texts & {text_of(cell.source) for cell in notebook.cells} - {""})


def _plain(stem: str) -> str:
    return _COPY.sub("", stem).strip().casefold()


def _chosen(source: SourceNotebook, candidates: Iterable[_Candidate]) -> HandedIn:
    def rank(candidate: _Candidate) -> tuple[int, bool, str]:
        return (
            -1 if candidate.notebook is None else _answers(candidate.notebook, source),
            candidate.stem == source.stem,
            candidate.stem,
        )

    *others, best = sorted(candidates, key=rank)
    notes = list(best.notebook.notes if best.notebook else ())
    if best.stem != source.stem:
        notes.append(
            Note(
                "file name",
                "",
                f"{best.stem}.ipynb was taken for {source.stem}.ipynb",
            )
        )
    if others:
        left = ", ".join(f"{other.stem}.ipynb" for other in others)
        notes.append(
            Note(
                "several files",
                "",
                f"{best.stem}.ipynb counts, with the most answers; left aside: {left}",
            )
        )
    return HandedIn(best.notebook, best.unreadable, tuple(notes))


def _answers(notebook: SubmittedNotebook, source: SourceNotebook) -> int:
    """How many of the answers were written."""
    found = identified(notebook.cells, source.cells)
    return len(
        {
            index
            for at, index in enumerate(found)
            if index is not None
            and source.cells[index].solution
            and text_of(notebook.cells[at].source)
            != text_of(source.cells[index].released)
        }
    )
