"""Every file of a class on the pile of whom it is from, before any is chosen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from grader.grading.intake import names
from grader.grading.intake.files import (
    EMPTY_FOLDER,
    Files,
    Found,
    LeftOut,
    is_of_the_system,
    shown,
)
from grader.grading.intake.names import Owner

_CHECKPOINTS = ".ipynb_checkpoints"


@dataclass
class Pile:
    """Everything of one student, or of one student for one assignment."""

    notebooks: list[tuple[Owner, Found]] = field(default_factory=list)
    files: list[tuple[Owner, Found]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)


class Remarks:
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


def piles(
    place: Path,
    files: Files,
    assignments: set[str],
    stems: set[str],
    remarks: Remarks,
) -> dict[tuple[str, str], Pile]:
    """Every file that is somebody's, by student and assignment.

    What is left out and nobody's is told. The assignment is empty where only the
    notebook itself can tell.

    Args:
        stems: of the notebooks, so that none is taken for a student.
    """
    found = list(files.walk(place))
    around = _wrapping(found, assignments)
    piled: dict[tuple[str, str], Pile] = defaultdict(Pile)
    for each in found:
        parts = each.place if isinstance(each, LeftOut) else each.parts
        owner = names.owner(parts[around:] or parts, assignments) if parts else None
        if isinstance(each, LeftOut):
            if owner and owner.student and _is_handed_in(each, owner):
                pile = piled[owner.student, owner.assignment]
                pile.left_out.append(each)
                pile.owners.append(owner)
            else:
                remarks.leave_out(each)
        elif owner is None or (
            owner.student in stems and _names_nobody(parts, assignments)
        ):
            remarks.say(f"left out: {each.shown}: whose it is can't be told")
        elif not owner.student:
            remarks.say(f"left out: {each.shown}: that is no name of a student")
        else:
            pile = piled[owner.student, owner.assignment]
            kind = pile.notebooks if names.is_notebook(each.parts[-1]) else pile.files
            kind.append((owner, each))
            pile.owners.append(owner)
    return piled


def _is_handed_in(what: LeftOut, owner: Owner) -> bool:
    """Whether somebody who has nothing else handed at least this in."""
    if what.reason == EMPTY_FOLDER:
        return bool(owner.assignment or owner.platform_id)
    if is_of_the_system(what.parts):
        # JupyterLab's own copy of a notebook, when the notebook itself was forgotten.
        return _CHECKPOINTS in owner.inside and _CHECKPOINTS[1:] not in owner.student
    return True


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
