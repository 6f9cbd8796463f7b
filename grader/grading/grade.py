"""Grading one submission: bytes and a bundle in, a result as JSON out.

It needs neither gradebook nor course folder, so it runs wherever the package is. What a
learner wrote never raises here, and nothing of it is left behind.

    submission = {"student", "assignment", "timestamp": ISO 8601 or null,
                  "notebooks": {stem: base64}, "files": {relative name: base64}}
    result = {"version", "student", "assignment", "digest", "timestamp",
              "status": "graded" or "unreadable", "isolation", "seconds",
              "problems": [note], "integrity": [note],
              "notebooks": {stem: {"marks": [mark], "executed": notebook or null}}}

Notes are `graded.Note`, marks those of `judging`.
"""

from __future__ import annotations

import base64
import binascii
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from grader.errors import GraderError
from grader.grading import attempts, causes, judging, pipeline, workshop
from grader.grading.assignment import (
    Assignment,
    SourceCell,
    SourceNotebook,
    assignment_of,
)
from grader.grading.bundle import digest
from grader.grading.candidates import HandedIn, handed_in
from grader.grading.executed import executed
from grader.grading.fair_sitting import fair_sitting
from grader.grading.graded import Kind, Note
from grader.grading.needed_cells import is_own
from grader.grading.repairing import Repaired, RepairedCell, repaired
from grader.grading.sitting import Sat, Sitting, sit
from grader.sandbox import Isolation

VERSION = 1
FILES_LIMIT = 64_000_000
"""Bytes of all files that a learner hands in beside the notebooks."""
_ENDS: Mapping[str, Kind] = {
    "timeout": "time limit",
    "total": "time limit",
    "died": "lost kernel",
    "lost": "lost kernel",
    "memory": "memory limit",
    "output": "output limit",
}
"""What a problem is called, by how a cell's run ended."""
_FOR_ALL = ("total", "lost")
"""Ends of a submission, and so of each cell from there on."""


@dataclass(frozen=True)
class _Marked:
    """One notebook, marked."""

    marks: list[judging.Mark]
    executed: dict[str, Any] | None = None
    problems: tuple[Note, ...] = ()
    integrity: tuple[Note, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        return {"marks": self.marks, "executed": self.executed}


def grade(
    submission: Mapping[str, Any],
    bundle: Mapping[str, Any],
    *,
    isolation: Isolation | None = None,
) -> dict[str, Any]:
    """Grade one submission.

    Args:
        isolation: what a probe of this machine found; else it is found out once.

    Raises:
        WrongUse: another version made the bundle.
        GraderError: this machine or its walls couldn't be used.
    """
    began = time.monotonic()
    pipeline.prepare_imports()
    assignment = assignment_of(bundle)
    walls = isolation or workshop.isolation()
    problems: list[Note] = []
    found = handed_in(submission.get("notebooks") or {}, assignment.notebooks)
    marked = {}
    for stem, source in assignment.notebooks.items():
        if stem not in found:
            problems.append(
                Note("missing file", "", f"Nothing was handed in for {stem}.ipynb")
            )
        else:
            marked[stem] = _marked(source, found[stem], submission, assignment, walls)
    workshop.workshop().seats.cleared()
    is_read = any(one.executed is not None for one in marked.values())
    return {
        "version": VERSION,
        "student": submission["student"],
        "assignment": assignment.name,
        "digest": result_digest(submission, bundle),
        "timestamp": submission.get("timestamp"),
        "status": "graded" if is_read or not marked else "unreadable",
        "isolation": walls.to_json(),
        "seconds": round(time.monotonic() - began, 3),
        "problems": [
            asdict(note)
            for note in (
                *problems,
                *(note for one in marked.values() for note in one.problems),
            )
        ],
        "integrity": [
            asdict(note) for one in marked.values() for note in one.integrity
        ],
        "notebooks": {stem: one.as_json for stem, one in marked.items()},
    }


def result_digest(submission: Mapping[str, Any], bundle: Mapping[str, Any]) -> str:
    """What a result is of: the same submission and bundle have the same."""
    return digest({"submission": submission, "bundle": bundle["digest"]})


def _marked(
    source: SourceNotebook,
    handed: HandedIn,
    submission: Mapping[str, Any],
    assignment: Assignment,
    walls: Isolation,
) -> _Marked:
    if handed.notebook is None:
        note = Note("unreadable", "", f"{source.stem}.ipynb: {handed.unreadable}")
        marks = [judging.nothing(cell, handed.unreadable) for cell in source.marked]
        return _Marked(marks, None, (*handed.notes, note))
    try:
        fixed, sitting = fair_sitting(
            repaired(handed.notebook.cells, source),
            source,
            _sitter(submission, assignment, walls),
            whole=assignment.limits.whole,
        )
        return _judged(source, handed, fixed, sitting)
    except GraderError:
        raise
    except Exception as fault:  # noqa: BLE001 - nobody is without a result
        said = "".join(traceback.format_exception(fault))
        message = "Grading itself broke, which is our fault and costs nobody anything."
        note = Note("grading broke", "", f"{message}\n{said}")
        marks = [judging.undecided(cell, message) for cell in source.marked]
        return _Marked(marks, None, (*handed.notes, note))


def _sitter(
    submission: Mapping[str, Any], assignment: Assignment, walls: Isolation
) -> Callable[[Sequence[RepairedCell], frozenset[int]], Sitting]:
    shop = workshop.workshop()
    files = _files(submission.get("files") or {}, assignment.files)

    def sat(cells: Sequence[RepairedCell], running: frozenset[int]) -> Sitting:
        return sit(
            cells,
            running,
            workshop=shop,
            isolation=walls,
            limits=assignment.limits,
            material=shop.material(assignment),
            files=files,
        )

    return sat


def _judged(
    source: SourceNotebook, handed: HandedIn, fixed: Repaired, sitting: Sitting
) -> _Marked:
    by_name = {
        cell.origin.grade_id: (at, cell)
        for at, cell in enumerate(fixed.cells)
        if cell.origin is not None and cell.origin.is_marked
    }
    marks = []
    for wanted in source.marked:
        at, cell = by_name[wanted.grade_id]
        sat = sitting.cells.get(at)
        mark = _mark(wanted, cell, sat, sitting.hints)
        if sat is not None and (cause := causes.cause(at, fixed.cells, sitting.cells)):
            mark = {**mark, "message": f"{mark['message'].rstrip('.')}. {cause}"}
        marks.append(mark)
    ended = (
        *_left_out(fixed.cells, sitting.cells),
        *_ended(fixed.cells, sitting.cells),
    )
    return _Marked(
        marks,
        executed(source, fixed.cells, sitting.cells),
        (*handed.notes, *fixed.problems, *ended),
        (
            *fixed.integrity,
            *attempts.attempts(fixed.cells),
            *_claims(fixed.cells, sitting.cells),
        ),
    )


def _mark(
    wanted: SourceCell, cell: RepairedCell, sat: Sat | None, hints: Mapping[str, str]
) -> judging.Mark:
    if not wanted.is_test or sat is None:
        return judging.by_hand(wanted, is_written=cell.is_written)
    if sat.tested is not None:
        return judging.by_tests(wanted, sat)
    return judging.by_checks(wanted, sat, hints)


def _ended(cells: Sequence[RepairedCell], sat: Mapping[int, Sat]) -> Iterable[Note]:
    """The cells that didn't come to their own end."""
    unfinished: dict[str, list[int]] = {}
    for at, one in sat.items():
        if one.ran.end:
            # What ends a submission as a whole ends all of its later cells.
            together = one.ran.end in _FOR_ALL
            unfinished.setdefault(one.ran.end if together else f"{at}", []).append(at)
        if one.hidden is not None and one.hidden.end:
            yield Note("hidden part", cells[at].name, _sentence(one.hidden.note))
    for first, *later in unfinished.values():
        ran = sat[first].ran
        said = _sentence(ran.note)
        if later:
            said += f"; {len(later)} more {'cells' if later[1:] else 'cell'} didn't run"
        yield Note(_ENDS[ran.end], cells[first].name, said)


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}"


def _left_out(cells: Sequence[RepairedCell], sat: Mapping[int, Sat]) -> Iterable[Note]:
    """The cells of the learner's own that were in the way of a test."""
    left = [
        cell.name
        for at, cell in enumerate(cells)
        if is_own(cell) and cell.source.strip() and at not in sat
    ]
    if left:
        yield Note(
            "tried out",
            "",
            f"What {', '.join(left[:10])} made was in the way of a test, which passed "
            "without what was tried out",
        )


def _claims(cells: Sequence[RepairedCell], sat: Mapping[int, Sat]) -> Iterable[Note]:
    """The test cells that ended well without having been examined."""
    for at, one in sat.items():
        if not one.calls or one.ran.end or (one.hidden and one.hidden.end):
            continue
        failed = any(output["output_type"] == "error" for output in one.outputs)
        if not failed and not one.finding.passed and one.finding.verdict is None:
            yield Note(
                "forged verdict",
                cells[at].name,
                "The test cell ended without an error, but the examiner was never "
                "asked: something had taken its place in the kernel",
            )


def _files(given: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, bytes]:
    """What lies beside the notebook: theirs, and over them the course's own."""
    found: dict[str, bytes] = {}
    left = FILES_LIMIT
    for name, text in [*given.items(), *ours.items()]:
        try:
            content = base64.b64decode(text)
        except (binascii.Error, ValueError):
            continue
        if name in ours or (_is_inside(name) and len(content) <= left):
            left -= len(content)
            found[name] = content
    return found


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
