"""Making a submission gradable, whatever its learner or an editor did to its cells.

What learners wrote stays where they put it. What the course wrote and locked, test
cells above all, is the course's own again: its text, its type, once each, in the
course's order, each test below the answers that it is about.

Of several copies of an answer, the last above its test that isn't the stub counts; if
there is none, the last anywhere that isn't the stub; if there is none either, the last.
A stub that was left alone runs ahead of other cells that write what it asks for. What
was written into a test cell, and is missing elsewhere, is a cell of its own above it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.grading import tampering
from grader.grading.answers_in_tests import Inside, answers_in_tests
from grader.grading.assignment import SourceCell, SourceNotebook
from grader.grading.cell_names import names
from grader.grading.graded import Note
from grader.grading.identifying import identified, is_as_given
from grader.grading.submitted_notebooks import SubmittedCell


@dataclass(frozen=True)
class RepairedCell:
    """A cell as it will run and be kept."""

    cell_type: str
    source: str
    origin: SourceCell | None = None
    """The course's cell that it is; None for one of the learner's own."""
    place: int | None = None
    """Where it stood in the learner's notebook, from 0; None for one put back."""
    idle: bool = False
    """A stub that must not run: it would hide what was written elsewhere."""
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def is_written(self) -> bool:
        """Whether its text is the learner's."""
        return self.origin is None or self.source != self.origin.released

    @property
    def is_test(self) -> bool:
        """Whether it is one of the course's test cells."""
        return self.origin is not None and self.origin.is_test

    @property
    def name(self) -> str:
        """What notes call it."""
        if self.origin is not None and self.origin.grade_id:
            return self.origin.grade_id
        return "" if self.place is None else f"cell {self.place + 1}"


@dataclass(frozen=True)
class Repaired:
    """A submission's cells, made gradable, and what that took."""

    cells: tuple[RepairedCell, ...]
    problems: tuple[Note, ...] = ()
    integrity: tuple[Note, ...] = ()


def repaired(submitted: Sequence[SubmittedCell], source: SourceNotebook) -> Repaired:
    """Repair the cells of one submitted notebook; nothing that was given changes."""
    found = identified(submitted, source.cells)
    claims: dict[int, list[int]] = defaultdict(list)
    for at, index in enumerate(found):
        if index is not None:
            claims[index].append(at)
    counted = _counted(submitted, source.cells, claims)
    inside = answers_in_tests(submitted, source.cells, claims, counted)
    elsewhere = _elsewhere(submitted, source.cells, claims, counted, inside)
    places = _places(len(submitted), source.cells, claims, counted, elsewhere)
    ahead = {
        counted[index]: place
        for index, place in elsewhere.items()
        if place < counted[index]
    }
    kept = [
        (
            (ahead[at], -1, at) if at in ahead else (at, 0, 0),
            _kept(one, at, found[at], source.cells, counted),
        )
        for at, one in enumerate(submitted)
        if (index := found[at]) is None or not source.cells[index].locked
    ]
    ours = [
        ((place, 1, index), _ours(source.cells[index], counted.get(index)))
        for index, place in places.items()
    ]
    own = [
        ((at, 0, 0), RepairedCell("code", part.source, place=at))
        for at, part in inside.items()
    ]
    cells = [cell for _, cell in sorted(kept + own + ours, key=lambda one: one[0])]
    told = tampering.told(submitted, source.cells, claims, counted, inside)
    moved = [
        *_moved(source.cells, places, counted),
        *_written_elsewhere(source.cells, elsewhere),
    ]
    return Repaired(tuple(cells), (*told.problems, *moved), told.integrity)


def _counted(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
) -> dict[int, int]:
    """For each of the course's cells, the place of the one that counts."""
    counted = {}
    for index, places in sorted(claims.items()):
        cell = source[index]
        written = [at for at in places if not is_as_given(submitted[at], cell)]
        if cell.locked or not written:
            counted[index] = places[-1]
            continue
        counted[index] = _last(written, _test_of(index, source, claims, len(submitted)))
    return counted


def _elsewhere(
    submitted: Sequence[SubmittedCell],
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    counted: Mapping[int, int],
    inside: Mapping[int, Inside],
) -> dict[int, int]:
    """For each stub that was left alone, where its functions are written, if they are.

    They may be in a cell of the learner's own, in the answer to something else, or
    `inside` a test cell.
    """
    given = {
        at
        for index, places in claims.items()
        for at in places
        if source[index].locked or is_as_given(submitted[at], source[index])
    }
    written: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(submitted):
        text = "" if at in given else one.source
        if at in inside:
            text = inside[at].source
        for name in names(text).binds if one.cell_type == "code" else ():
            written[name].append(at)
    found = {}
    for index, place in counted.items():
        cell = source[index]
        if place not in given or not cell.solution or cell.cell_type != "code":
            continue
        wanted = names(cell.released).defines
        if wanted and wanted <= written.keys():
            end = _test_of(index, source, claims, len(submitted))
            found[index] = max(_last(written[name], end) for name in wanted)
    return found


def _test_of(
    index: int,
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    count: int,
) -> int:
    """Where the next test stands; the end of the notebook if there is none."""
    tests = [one for one in claims if one > index and source[one].is_test]
    return claims[min(tests)][-1] if tests else count


def _last(places: Sequence[int], end: int) -> int:
    """The last place above `end`, or the last anywhere."""
    return ([at for at in places if at < end] or places)[-1]


def _places(
    count: int,
    source: Sequence[SourceCell],
    claims: Mapping[int, list[int]],
    counted: Mapping[int, int],
    elsewhere: Mapping[int, int],
) -> dict[int, int]:
    """Behind which of the learner's cells each of ours stands; -1 is the beginning."""
    places: dict[int, int] = {}
    least = -1
    for index, cell in enumerate(source):
        answers = [
            at
            for one, at in (*counted.items(), *elsewhere.items())
            if one < index and source[one].solution
        ]
        if cell.locked:
            place = counted.get(index)
            if place is None:
                place = _before_the_next(index, counted, count)
            if cell.is_test:
                place = max(place, least, *answers, -1)
            elif cell.cell_type == "code":
                later = [
                    at
                    for one, at in counted.items()
                    if one > index and not source[one].locked
                ]
                place = max(min([place, *(at - 1 for at in later)]), -1)
            if cell.cell_type == "code":
                least = max(least, place)
            places[index] = place
        elif cell.grade and index not in claims:
            # An answer that a person marks, and that isn't there.
            places[index] = _before_the_next(index, counted, count)
    return places


def _before_the_next(index: int, counted: Mapping[int, int], count: int) -> int:
    """Where a missing cell stands: behind all that follows the one before it."""
    before = max((at for one, at in counted.items() if one < index), default=-1)
    after = [at for one, at in counted.items() if one > index and at > before]
    return min(after, default=count) - 1


def _kept(
    cell: SubmittedCell,
    at: int,
    index: int | None,
    source: Sequence[SourceCell],
    counted: Mapping[int, int],
) -> RepairedCell:
    origin = None if index is None else source[index]
    if origin is None or index is None or counted[index] != at:
        return RepairedCell(
            cell.cell_type,
            cell.source,
            place=at,
            idle=origin is not None and is_as_given(cell, origin),
            attachments=cell.attachments,
        )
    return RepairedCell(
        origin.cell_type if origin.grade_id else cell.cell_type,
        cell.source,
        origin,
        place=at,
        attachments=cell.attachments,
    )


def _ours(cell: SourceCell, place: int | None) -> RepairedCell:
    return RepairedCell(cell.cell_type, cell.source, cell, place, idle=cell.solution)


def _moved(
    source: Sequence[SourceCell],
    places: Mapping[int, int],
    counted: Mapping[int, int],
) -> Iterator[Note]:
    for index, place in places.items():
        cell = source[index]
        if cell.is_test and counted.get(index, place) != place:
            yield Note(
                "moved cell",
                cell.grade_id or "",
                "The test cell stood above what it tests, or out of order: it ran "
                "below",
            )


def _written_elsewhere(
    source: Sequence[SourceCell], elsewhere: Mapping[int, int]
) -> Iterator[Note]:
    for index, place in sorted(elsewhere.items()):
        yield Note(
            "moved answer",
            source[index].grade_id or "",
            f"It was left as it was given, and cell {place + 1} has what it asks for: "
            "that counts",
        )
