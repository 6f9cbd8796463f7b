"""A class's files, sorted by student and assignment."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.grading.intake import matches
from grader.grading.intake.files import Files, Found, Unreadable
from grader.grading.intake.matches import Wanted
from grader.grading.intake.names import Owner
from grader.grading.intake.piles import Pile, Remarks, piles
from grader.grading.intake.timestamps import Timestamp, timestamp

SUBMISSION_LIMIT = 128_000_000
"""Bytes of all files of a submission."""
FILES_LIMIT = 1_000
"""Files of a submission beside its notebooks."""
_TIMESTAMP = "timestamp.txt"


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


def take_in(
    place: Path, asked: Sequence[Wanted], files: Files, *, known: Iterable[str] = ()
) -> Intake:
    """Sort a class's files, in the order of students' ids.

    Args:
        place: a folder or an archive.
        known: all assignments of the course, so that others are told apart.
    """
    remarks = Remarks()
    assignments = {*known, *(each.assignment for each in asked)}
    stems = {stem for each in asked for stem in each.notebooks}
    piled = piles(place, files, assignments, stems, remarks)
    hand_ins: list[HandIn] = []
    for (student, assignment), pile in sorted(piled.items()):
        if assignment:
            relevant = [each for each in asked if each.assignment == assignment]
        else:
            relevant = list(asked)
        made = _sorted_out(student, pile, relevant, files, remarks) if relevant else []
        _tell_of_left_out(pile, made, remarks)
        hand_ins += made
    merged = _merged(hand_ins, remarks)
    _tell_of_similar(merged, remarks)
    return Intake(tuple(merged), tuple(remarks.all()))


def _sorted_out(
    student: str,
    pile: Pile,
    asked: list[Wanted],
    files: Files,
    remarks: Remarks,
) -> list[HandIn]:
    candidates: dict[tuple[str, str], list[tuple[Owner, Found]]] = defaultdict(list)
    unknown = []
    for owner, found in pile.notebooks or matches.misnamed(pile.files, files):
        match = matches.match(owner, found, asked, files)
        if match:
            candidates[match].append((owner, found))
        else:
            unknown.append((owner, found))
    only = matches.only(asked)
    if only and not candidates and len(unknown) == 1:
        candidates[only] = unknown
        unknown = []
    by_assignment: dict[str, dict[str, list[tuple[Owner, Found]]]] = defaultdict(dict)
    for (assignment, stem), choices in candidates.items():
        by_assignment[assignment][stem] = choices
    if not by_assignment and len(asked) == 1:
        by_assignment[asked[0].assignment] = {}
    what = "beside the others" if candidates else "left out"
    for _, found in unknown:
        remarks.say(f"{what}: {found.shown}: no notebook of this course")
    if candidates:
        # `%run` reads one as `import` reads a module.
        pile = replace(pile, files=[*pile.files, *unknown])
    if not by_assignment:
        for _, found in pile.files:
            remarks.say(f"left out: {found.shown}: for which assignment can't be told")
    return [
        _hand_in(student, assignment, chosen, pile, files, remarks)
        for assignment, chosen in by_assignment.items()
    ]


def _tell_of_left_out(pile: Pile, made: Iterable[HandIn], remarks: Remarks) -> None:
    """Each is told once: why somebody has no notebook is told as their problem."""
    problems = {problem for each in made for problem in each.problems}
    for left in pile.left_out:
        if str(left) not in problems:
            remarks.leave_out(left)


def _hand_in(
    student: str,
    assignment: str,
    candidates: dict[str, list[tuple[Owner, Found]]],
    pile: Pile,
    files: Files,
    remarks: Remarks,
) -> HandIn:
    chosen: dict[str, Found] = {}
    others: list[str] = []
    for stem, choices in candidates.items():
        *former, last = sorted(choices, key=lambda choice: _recency(choice, stem))
        chosen[stem] = last[1]
        if matches.stem(*last) != stem:
            remarks.say(f"{student}: {last[1].shown} counts as {stem}.ipynb")
        for each in former:
            if _is_beside(each, last) and matches.stem(*each) not in {
                *candidates,
                *chosen,
            }:
                # Copies in one folder: whoever grades sees which one has the answers.
                chosen[matches.stem(*each)] = each[1]
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
        among = f" among {', '.join(sorted(beside)[:5])}" if beside else ""
        problems = [f"there is no notebook{among}"]
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
    return owner.order, matches.stem(owner, found) == stem, found.modified


def _is_beside(one: tuple[Owner, Found], other: tuple[Owner, Found]) -> bool:
    same_folder = one[1].parts[:-1] == other[1].parts[:-1]
    return same_folder and one[0].order == other[0].order


def _beside(
    chosen: Mapping[str, Found], pile: Pile, files: Files
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


def _merged(hand_ins: list[HandIn], remarks: Remarks) -> list[HandIn]:
    """One hand-in per student and assignment, where files lay in several places."""
    kept: dict[tuple[str, str], HandIn] = {}
    for each in hand_ins:
        key = (each.student, each.assignment)
        other = kept.get(key)
        if other is None:
            kept[key] = each
        elif not (each.notebooks and other.notebooks):
            empty, kept[key] = (each, other) if other.notebooks else (other, each)
            for problem in empty.problems:
                remarks.say(f"left out: {problem}")
        else:
            first, last = sorted((other, each), key=_latest)
            replaced = [found.shown for found in first.notebooks.values()]
            for name in replaced:
                remarks.say(f"{each.student}: {name} doesn't count, another one does")
            kept[key] = last
    return [kept[key] for key in sorted(kept)]


def _latest(hand_in: HandIn) -> tuple[str, float]:
    modified = max(found.modified for found in hand_in.notebooks.values())
    return hand_in.timestamp.iso or "", modified


def _tell_of_similar(hand_ins: list[HandIn], remarks: Remarks) -> None:
    by_name: dict[str, set[str]] = defaultdict(set)
    for each in hand_ins:
        by_name[each.student.casefold()].add(each.student)
        if each.name and each.name != each.student:
            by_name[each.name.casefold()].add(each.student)
    for students in by_name.values():
        if len(students) > 1:
            alike = " and ".join(sorted(students))
            remarks.say(f"{alike} are {len(students)} students with one name")
