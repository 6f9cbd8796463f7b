"""Which notebook of the course is it? By its name, else by the cells in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.grading.course import Course, notebooks_in, phases_in
from grader.grading.intake import names
from grader.grading.intake.files import Files, Found, Unreadable
from grader.grading.intake.names import Owner


@dataclass(frozen=True)
class Wanted:
    """An assignment: the ids of the cells of each of its notebooks, by their stems."""

    assignment: str
    notebooks: Mapping[str, frozenset[str]]


def wanted(course: Course, assignments: Iterable[str]) -> list[Wanted]:
    """What the notebooks of a course are known by."""
    source = course.solutions if phases_in(course.solutions) else course.notebooks
    return [
        Wanted(
            assignment,
            {
                path.stem: grade_ids(path.read_bytes())
                for path in notebooks_in(source / assignment)
            },
        )
        for assignment in assignments
    ]


def grade_ids(notebook: bytes) -> frozenset[str]:
    """nbgrader's ids in a notebook; none if it can't be read."""
    try:
        cells = json.loads(notebook)["cells"]
        found = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return frozenset()
    return frozenset(each for each in found if isinstance(each, str))


def only(asked: Sequence[Wanted]) -> tuple[str, str] | None:
    """The assignment and its notebook, where no other can be meant."""
    every = [(each.assignment, stem) for each in asked for stem in each.notebooks]
    return every[0] if len(every) == 1 else None


def match(
    owner: Owner, found: Found, asked: Sequence[Wanted], files: Files
) -> tuple[str, str] | None:
    """The assignment and the notebook that a file is, if it is one."""
    named = stem(owner, found)
    every = [(each, known) for each in asked for known in each.notebooks]
    for said in (named, names.unnumbered(named)):
        same = [
            (each.assignment, known)
            for each, known in every
            if said == known or said.casefold() == known.casefold()
        ]
        if len(same) == 1:
            return same[0]
    try:
        inside = grade_ids(files.read(found))
    except Unreadable:
        return None
    shared = sorted(
        (
            (len(inside & each.notebooks[known]), each.assignment, known)
            for each, known in every
        ),
        reverse=True,
    )
    if not shared or shared[0][0] == 0:
        return None
    if len(shared) > 1 and shared[1][0] == shared[0][0]:
        return None
    return shared[0][1:]


def misnamed(
    given: Iterable[tuple[Owner, Found]], files: Files
) -> list[tuple[Owner, Found]]:
    """The notebooks that a browser saved under another ending."""
    return [
        (owner, found)
        for owner, found in given
        if PurePosixPath(owner.inside[-1]).suffix.lower() in ("", ".json", ".txt")
        and _is_notebook(found, files)
    ]


def _is_notebook(found: Found, files: Files) -> bool:
    try:
        inside = json.loads(files.read(found))
    except (Unreadable, ValueError, RecursionError):
        return False
    return isinstance(inside, dict) and {"cells", "nbformat"} <= inside.keys()


def stem(owner: Owner, found: Found) -> str:
    """What its learner called it: platforms put the student in front."""
    return names.stem(owner.inside[-1] if owner.inside else found.parts[-1])
