"""A class's files, sorted by student and assignment."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.grading.course import Course, notebooks_in, phases_in
from grader.grading.intake import names
from grader.grading.intake.files import (
    Files,
    Found,
    LeftOut,
    Unreadable,
    is_of_the_system,
    shown,
)
from grader.grading.intake.names import Owner
from grader.grading.intake.timestamps import Timestamp, timestamp

SUBMISSION_LIMIT = 128_000_000
"""Bytes of all files of a submission."""
FILES_LIMIT = 1_000
"""Files of a submission beside its notebooks."""
_TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Wanted:
    """An assignment: the ids of the cells of each of its notebooks, by their stems."""

    assignment: str
    notebooks: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class HandIn:
    """What counts of all that a student handed in for an assignment."""

    student: str
    assignment: str
    notebooks: Mapping[str, Found]
    files: Mapping[str, Found]
    timestamp: Timestamp
    resubmissions: tuple[str, ...] = ()
    """Notebooks that don't count because a later one does."""
    problems: tuple[str, ...] = ()
    """Why there is no notebook that can be read."""
    name: str = ""
    platform_id: str = ""
    late: bool = False
    """The learning platform says so, and not by how much."""

    def read(self, files: Files) -> tuple[dict[str, Any], tuple[str, ...]]:
        """A submission as `grade` takes it, and a sentence on each unreadable file."""
        left = SUBMISSION_LIMIT
        contents: dict[str, dict[str, str]] = {"notebooks": {}, "files": {}}
        problems = list(self.problems)
        for kind, found in (("notebooks", self.notebooks), ("files", self.files)):
            for name, file in found.items():
                try:
                    if file.size > left:
                        raise Unreadable(
                            f"a submission has {SUBMISSION_LIMIT} bytes at most"
                        )
                    content = files.read(file)
                except Unreadable as fault:
                    problems.append(f"{file.shown}: {fault}")
                    continue
                left -= len(content)
                contents[kind][name] = base64.b64encode(content).decode()
        submission = {
            "student": self.student,
            "assignment": self.assignment,
            "timestamp": self.timestamp.iso,
            "resubmissions": list(self.resubmissions),
            **contents,
        }
        return submission, tuple(problems)


@dataclass(frozen=True)
class Intake:
    """What a class handed in, and a sentence on each thing that isn't part of it."""

    hand_ins: tuple[HandIn, ...]
    remarks: tuple[str, ...]


@dataclass
class _Pile:
    """Everything of one student, or of one student for one assignment."""

    notebooks: list[tuple[Owner, Found]] = field(default_factory=list)
    files: list[tuple[Owner, Found]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)


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


def take_in(
    place: Path, asked: Sequence[Wanted], files: Files, *, known: Iterable[str] = ()
) -> Intake:
    """Sort a class's files, in the order of students' ids.

    Args:
        place: a folder or an archive.
        known: all assignments of the course, so that others are told apart.
    """
    remarks = _Remarks()
    assignments = {*known, *(each.assignment for each in asked)}
    stems = {stem for each in asked for stem in each.notebooks}
    piles = _piles(place, files, assignments, stems, remarks)
    hand_ins: list[HandIn] = []
    for (student, assignment), pile in sorted(piles.items()):
        if assignment:
            relevant = [each for each in asked if each.assignment == assignment]
        else:
            relevant = list(asked)
        if relevant:
            hand_ins += _sorted_out(student, pile, relevant, files, remarks)
    merged = _merged(hand_ins, remarks)
    _tell_of_similar(merged, remarks)
    return Intake(tuple(merged), tuple(remarks.all()))


class _Remarks:
    """Sentences for the instructor; what systems leave behind is only counted."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._of_systems: dict[str, int] = defaultdict(int)

    def say(self, sentence: str) -> None:
        self._said.append(sentence)

    def leave_out(self, what: LeftOut) -> None:
        for part in what.parts:
            if is_of_the_system((part,)):
                self._of_systems[part] += 1
                return
        self.say(f"left out: {what}")

    def all(self) -> list[str]:
        counted = [
            f"{shown(name)} ({count})"
            for name, count in sorted(self._of_systems.items())[:20]
        ]
        told = f"left out, of systems and editors: {', '.join(counted)}"
        return [*self._said, *([told] if counted else [])]


def _piles(
    place: Path,
    files: Files,
    assignments: set[str],
    stems: set[str],
    remarks: _Remarks,
) -> dict[tuple[str, str], _Pile]:
    found = list(files.walk(place))
    around = _wrapping(found, assignments)
    piles: dict[tuple[str, str], _Pile] = defaultdict(_Pile)
    for each in found:
        parts = each.place if isinstance(each, LeftOut) else each.parts
        owner = names.owner(parts[around:] or parts, assignments) if parts else None
        if isinstance(each, LeftOut):
            remarks.leave_out(each)
            if owner and owner.student and not is_of_the_system(each.parts):
                pile = piles[owner.student, owner.assignment]
                pile.left_out.append(each)
                pile.owners.append(owner)
        elif owner is None or (
            owner.student in stems and _names_nobody(parts, assignments)
        ):
            remarks.say(f"left out: {each.shown}: whose it is can't be told")
        elif not owner.student:
            remarks.say(f"left out: {each.shown}: that is no name of a student")
        else:
            pile = piles[owner.student, owner.assignment]
            kind = pile.notebooks if names.is_notebook(each.parts[-1]) else pile.files
            kind.append((owner, each))
            pile.owners.append(owner)
    return piles


def _names_nobody(parts: tuple[str, ...], assignments: set[str]) -> bool:
    """Whether only the file's own name could be a student's."""
    folders = parts[:-1]
    return not folders or (len(folders) == 1 and folders[0] in assignments)


def _wrapping(found: list[Found | LeftOut], assignments: set[str]) -> int:
    """How many folders are around the whole class: one, if all students are in it."""
    tops = {each.parts[0] for each in found if not is_of_the_system(each.parts)}
    notebooks = [
        each.parts
        for each in found
        if isinstance(each, Found) and names.is_notebook(each.parts[-1])
    ]
    second = {parts[1] for parts in notebooks if len(parts) > 2}
    directly = any(len(parts) < 3 for parts in notebooks)
    several = len(second) > 1 and not second & assignments
    return 1 if len(tops) == 1 and several and not directly else 0


def _sorted_out(
    student: str,
    pile: _Pile,
    asked: list[Wanted],
    files: Files,
    remarks: _Remarks,
) -> list[HandIn]:
    candidates: dict[tuple[str, str], list[tuple[Owner, Found]]] = defaultdict(list)
    unknown = []
    for owner, found in pile.notebooks:
        match = _match(owner, found, asked, files)
        if match:
            candidates[match].append((owner, found))
        else:
            unknown.append((owner, found))
    only = _only(asked)
    if only and not candidates and len(unknown) == 1:
        candidates[only] = unknown
        unknown = []
    for _, found in unknown:
        remarks.say(f"left out: {found.shown}: no notebook of this course")
    by_assignment: dict[str, dict[str, list[tuple[Owner, Found]]]] = defaultdict(dict)
    for (assignment, stem), choices in candidates.items():
        by_assignment[assignment][stem] = choices
    if not by_assignment and len(asked) == 1:
        by_assignment[asked[0].assignment] = {}
    if not by_assignment:
        for _, found in pile.files:
            remarks.say(f"left out: {found.shown}: for which assignment can't be told")
    return [
        _hand_in(student, assignment, chosen, pile, files, remarks)
        for assignment, chosen in by_assignment.items()
    ]


def _only(asked: list[Wanted]) -> tuple[str, str] | None:
    every = [(each.assignment, stem) for each in asked for stem in each.notebooks]
    return every[0] if len(every) == 1 else None


def _match(
    owner: Owner, found: Found, asked: list[Wanted], files: Files
) -> tuple[str, str] | None:
    """Which notebook of the course it is: by its name, else by the cells in it."""
    stem = _stem(owner, found)
    every = [(each, known) for each in asked for known in each.notebooks]
    for said in (stem, names.unnumbered(stem)):
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


def _hand_in(
    student: str,
    assignment: str,
    candidates: dict[str, list[tuple[Owner, Found]]],
    pile: _Pile,
    files: Files,
    remarks: _Remarks,
) -> HandIn:
    chosen: dict[str, Found] = {}
    others: list[str] = []
    for stem, choices in candidates.items():
        *former, last = sorted(choices, key=lambda choice: _recency(choice, stem))
        chosen[stem] = last[1]
        if _stem(*last) != stem:
            remarks.say(f"{student}: {last[1].shown} counts as {stem}.ipynb")
        for each in former:
            if _is_beside(each, last) and _stem(*each) not in {*candidates, *chosen}:
                # Copies in one folder: whoever grades sees which one has the answers.
                chosen[_stem(*each)] = each[1]
            else:
                others.append(each[1].shown)
    for name in others:
        remarks.say(f"{student}: {name} doesn't count, another one does")
    beside, stamp = _beside(chosen, pile, files)
    if stamp.problem:
        remarks.say(f"{student}: {stamp.problem}")
    if len(beside) > FILES_LIMIT:
        remarks.say(f"{student}: {len(beside)} files, the first {FILES_LIMIT} are read")
        beside = dict(sorted(beside.items())[:FILES_LIMIT])
    problems = [str(each) for each in pile.left_out]
    if not chosen and not problems:
        problems = [f"there is no notebook among {', '.join(sorted(beside)[:5])}"]
    owner = pile.owners[-1]
    late = any(each.late for each in pile.owners)
    if late and stamp.iso is None:
        remarks.say(f"{student}: late, says the platform, without a time: no penalty")
    return HandIn(
        student,
        assignment,
        chosen,
        beside,
        timestamp=stamp,
        resubmissions=tuple(others),
        problems=() if chosen else tuple(problems),
        name=owner.name,
        platform_id=owner.platform_id,
        late=late,
    )


def _recency(choice: tuple[Owner, Found], stem: str) -> tuple[int, bool, float]:
    owner, found = choice
    return owner.order, _stem(owner, found) == stem, found.modified


def _is_beside(one: tuple[Owner, Found], other: tuple[Owner, Found]) -> bool:
    same_folder = one[1].parts[:-1] == other[1].parts[:-1]
    return same_folder and one[0].order == other[0].order


def _stem(owner: Owner, found: Found) -> str:
    # A platform puts the student in front of a file's name.
    return names.stem(owner.inside[-1] if owner.inside else found.parts[-1])


def _beside(
    chosen: Mapping[str, Found], pile: _Pile, files: Files
) -> tuple[dict[str, Found], Timestamp]:
    """The other files, named from the notebook's folder, and the time of handing in."""
    folders = {found.parts[:-1] for found in chosen.values()}
    beside: dict[str, Found] = {}
    stamps = []
    for owner, found in pile.files:
        if owner.inside[-1] == _TIMESTAMP:
            stamps.append(found)
            continue
        at = next(
            (folder for folder in folders if found.parts[: len(folder)] == folder), None
        )
        inside = owner.inside if at is None else found.parts[len(at) :]
        beside["/".join(inside)] = found
    stamps.sort(key=lambda found: (found.parts[:-1] in folders, -len(found.parts)))
    return beside, timestamp(stamps[-1], files) if stamps else Timestamp()


def _merged(hand_ins: list[HandIn], remarks: _Remarks) -> list[HandIn]:
    """One hand-in per student and assignment, where files lay in several places."""
    kept: dict[tuple[str, str], HandIn] = {}
    for each in hand_ins:
        key = (each.student, each.assignment)
        other = kept.get(key)
        if other is None or not other.notebooks:
            kept[key] = each
        elif each.notebooks:
            first, last = sorted((other, each), key=_latest)
            replaced = [found.shown for found in first.notebooks.values()]
            for name in replaced:
                remarks.say(f"{each.student}: {name} doesn't count, another one does")
            kept[key] = last
    return [kept[key] for key in sorted(kept)]


def _latest(hand_in: HandIn) -> tuple[str, float]:
    modified = max(found.modified for found in hand_in.notebooks.values())
    return hand_in.timestamp.iso or "", modified


def _tell_of_similar(hand_ins: list[HandIn], remarks: _Remarks) -> None:
    by_name: dict[str, set[str]] = defaultdict(set)
    for each in hand_ins:
        by_name[each.student.casefold()].add(each.student)
        if each.name and each.name != each.student:
            by_name[each.name.casefold()].add(each.student)
    for students in by_name.values():
        if len(students) > 1:
            alike = " and ".join(sorted(students))
            remarks.say(f"{alike} are {len(students)} students with one name")
