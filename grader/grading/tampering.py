"""What was done to the course's own cells in a submission, in words.

Most of it is done by editors and by accident. What could have been meant to change a
mark is told as a matter of integrity too; none of it costs points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.grading.answers_in_tests import Inside
from grader.grading.assignment import SourceCell
from grader.grading.graded import Kind, Note
from grader.grading.identifying import is_as_given, text_of
from grader.grading.submitted_notebooks import SubmittedCell

_MEANT = frozenset(
    {"edited test", "hidden tests", "tagged test", "changed points", "changed kind"}
)


@dataclass(frozen=True)
class Told:
    """The notes on one submission."""

    problems: tuple[Note, ...]
    integrity: tuple[Note, ...]


def told(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    counted: Mapping[int, int],
    inside: Mapping[int, Inside],
) -> Told:
    """Tell what repairing found.

    Args:
        claims: for each of the course's cells, the places that it was found at.
        counted: for each of them, the one that counts.
        inside: by place, the answers that stood in test cells.
    """
    notes = [
        *_nameless(submitted, source, claims),
        *_foreign(submitted, claims),
    ]
    for index, cell in enumerate(source):
        places = claims.get(index, [])
        notes += _missing(cell) if not places else []
        notes += _copied(cell, places, counted.get(index, 0))
        for at in places:
            notes += _changed(cell, submitted[at], inside.get(at))
    once = tuple(dict.fromkeys(notes))
    return Told(once, tuple(note for note in once if note.kind in _MEANT))


def _nameless(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
) -> Iterator[Note]:
    lost = [
        at
        for index, places in claims.items()
        for at in places
        if source[index].grade_id and submitted[at].grade_id != source[index].grade_id
    ]
    if lost:
        which = ", ".join(str(at + 1) for at in sorted(lost)[:10])
        more = " …" if len(lost) > 10 else ""
        yield Note(
            "lost metadata",
            "",
            f"{len(lost)} cells have lost nbgrader's name (cells {which}{more}), as VS "
            "Code, Colab and tools that strip metadata do it: they were known by their "
            "text or place",
        )


def _foreign(
    submitted: Sequence[SubmittedCell], claims: Mapping[int, list[int]]
) -> Iterator[Note]:
    known = {at for places in claims.values() for at in places}
    for at, cell in enumerate(submitted):
        if at not in known and cell.grade_id:
            yield Note(
                "other release",
                f"cell {at + 1}",
                f"It is named {cell.grade_id!r}, which this assignment doesn't have; "
                "it counts as the learner's own cell",
            )


def _missing(cell: SourceCell) -> list[Note]:
    if cell.is_test:
        said = "The test cell was missing and was put back"
    elif cell.grade:
        said = "The answer is missing: nothing was handed in for it"
    elif cell.locked and cell.cell_type == "code":
        said = "The cell was missing and was put back"
    else:
        return []
    return [Note("missing cell", cell.grade_id or "", said)]


def _copied(cell: SourceCell, places: Sequence[int], counted: int) -> list[Note]:
    if len(places) < 2:
        return []
    where = ", ".join(str(at + 1) for at in places)
    said = f"The cell is there {len(places)} times (cells {where}); it "
    if cell.locked:
        said += "ran once, as the course has it"
    else:
        said += f"counts as written in cell {counted + 1}"
    return [Note("copied cell", cell.grade_id or "", said)]


def _changed(
    cell: SourceCell, found: SubmittedCell, inside: Inside | None
) -> Iterator[Note]:
    name = cell.grade_id or ""
    what = "test cell" if cell.is_test else "cell"
    if cell.locked and not is_as_given(found, cell):
        kind: Kind
        if text_of(found.source) == text_of(cell.source):
            kind, said = "hidden tests", f"The {what} has the hidden tests in it"
        elif _is_as_released(found):
            kind = "other release"
            said = f"The {what} is from another release of the course: today's ran"
        elif inside is not None and inside.joined:
            kind = "moved answer"
            said = "An answer was written into the test cell: it ran above the test"
        else:
            kind = "edited test" if cell.is_test else "edited cell"
            said = f"The {what} was edited: the course's own ran instead"
        yield Note(kind, name, said)
    if cell.grade_id and found.cell_type != cell.cell_type:
        yield Note(
            "changed type",
            name,
            f"The {what} was made a {found.cell_type} cell: it is a {cell.cell_type} "
            "cell again",
        )
    if cell.is_test and found.tags:
        yield Note(
            "tagged test",
            name,
            f"The test cell was tagged {', '.join(found.tags)[:200]}: it ran as ever",
        )
    yield from _flags(cell, found)


def _flags(cell: SourceCell, found: SubmittedCell) -> Iterator[Note]:
    about = found.nbgrader
    if not about or not cell.is_marked:
        return
    name = cell.grade_id or ""
    if "points" in about and not _is_number(about["points"], cell.points):
        yield Note(
            "changed points",
            name,
            f"Its points were set to {str(about['points'])[:40]!r}; they are "
            f"{cell.points or 0:g}",
        )
    wanted = {"grade": cell.grade, "solution": cell.solution, "task": cell.task}
    changed = [
        flag for flag, value in wanted.items() if bool(about.get(flag, value)) != value
    ]
    if changed:
        yield Note(
            "changed kind",
            name,
            f"Its metadata was changed ({', '.join(changed)}): it is what it was",
        )


def _is_number(value: object, wanted: float | None) -> bool:
    try:
        return float(str(value)) == wanted
    except ValueError:
        return False


def _is_as_released(found: SubmittedCell) -> bool:
    """Whether the cell still has the checksum that some release gave it."""
    checksum = found.nbgrader.get("checksum")
    if not isinstance(checksum, str) or found.grade_id is None:
        return False
    from nbformat import NotebookNode
    from nbgrader.utils import compute_checksum

    cell = NotebookNode(
        source=found.source,
        cell_type=found.cell_type,
        metadata=NotebookNode(nbgrader=NotebookNode(found.nbgrader)),
    )
    try:
        return bool(compute_checksum(cell) == checksum)
    except (KeyError, ValueError):
        return False
