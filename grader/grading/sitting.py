"""One sitting: a notebook's cells run in a kernel, beside a lab where they need one.

The lab and its examiner are outside the sandbox. A verdict belongs to the test cell
that was running when it fell; what runs a check in any other cell decides nothing.

What is hidden in test cells runs when all cells have: a learner's function sees what it
is called with, and whatever it makes of that, no output can tell any more. Each hidden
part runs in a fork of the kernel from the place where it stands.
"""

from __future__ import annotations

import builtins
import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from grader.errors import GraderError
from grader.grading import examined_cells, verdicts
from grader.grading.assignment import SourceCell
from grader.grading.bundle import Limits
from grader.grading.cell_names import names
from grader.grading.examined_cells import CheckCall, Finding
from grader.grading.hidden_names import borrowed
from grader.grading.kernels import Finding as Tested
from grader.grading.kernels import Fork, Kernel, PlainTest, Ran
from grader.grading.kernels.outputs import Output
from grader.grading.kernels.test_cells import hidden_lines
from grader.grading.labs import Lab
from grader.grading.repairing import RepairedCell
from grader.grading.seats import Seat, Setting
from grader.grading.shared_state import leave_something
from grader.grading.verdicts import Verdict
from grader.grading.workshop import Workshop
from grader.sandbox import Isolation

_WAITS = re.compile(r"\b(wait[34]?|waitpid|waitid)\b")
"""What code looks like that may wait for its children, whichever ends."""


@dataclass(frozen=True)
class Sat:
    """One cell after the sitting."""

    ran: Ran
    """Until something hidden ran: of this a learner may be told."""
    hidden: Ran | None = None
    """What came of the hidden part, once it was begun. Of that nothing is told but
    whether it's passed: what a learner's code makes of it may tell what is hidden."""
    calls: tuple[CheckCall, ...] = ()
    """The checks that it had to call."""
    verdicts: tuple[Verdict, ...] = ()
    """Those that fell while it ran."""
    tested: Tested | None = None
    """What came of a test cell that calls none."""

    @property
    def outputs(self) -> list[Output]:
        """Those of both parts."""
        return self.ran.outputs + (self.hidden.outputs if self.hidden else [])

    @property
    def seconds(self) -> float:
        """What both parts took."""
        return self.ran.seconds + (self.hidden.seconds if self.hidden else 0.0)

    @property
    def finding(self) -> Finding:
        """What the verdicts say of it."""
        return examined_cells.finding(self.calls, list(self.verdicts))

    @property
    def failure(self) -> str:
        """Why a test cell isn't passed; empty if it is, and for any other cell."""
        if self.tested is not None:
            return "" if self.tested.passed else self.tested.message
        return "" if not self.calls or self.finding.passed else self.finding.message


@dataclass(frozen=True)
class Sitting:
    """What came of it."""

    cells: Mapping[int, Sat]
    """By place; a cell that didn't run isn't there."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """The next rung for each check that wasn't passed."""


def sit(
    cells: Sequence[RepairedCell],
    running: frozenset[int],
    *,
    workshop: Workshop,
    isolation: Isolation,
    limits: Limits,
    material: Path,
    files: Mapping[str, bytes],
) -> Sitting:
    """Run the cells that have to run, in their order.

    Nothing that they do raises, and nothing of it is left behind.

    Args:
        running: the places of the cells that run.
        material: the course's data, on this machine.
        files: what lies beside the notebook, by relative name.

    Raises:
        GraderError: this machine or its walls couldn't be used.
    """
    examined = {
        at: calls
        for at in running
        if cells[at].is_test and (calls := examined_cells.calls(cells[at].source))
    }
    setting = Setting(
        isolation=isolation,
        material=material,
        limits=limits,
        examined=bool(examined),
        pretending=any("moto" in cell.source for cell in cells),
    )
    with workshop.seats.seat(setting) as seat:
        kernel, lab = seat.kernel, seat.lab
        kernel.give(files)
        kernel.awaits_children = any(_WAITS.search(cell.source) for cell in cells)
        plain = {at for at in running if cells[at].is_test and at not in examined}
        again = leave_something(cells, running, plain)
        learners = _taken_builtins(cells)
        sat = {}
        later: dict[int, Callable[[Sat], Sat]] = {}
        for at in sorted(running):
            try:
                if at in plain:
                    test = _test(at, cells, running, learners)
                    sat[at] = Sat(kernel.begin(test), tested=test.finding)
                    if at in again:
                        # What is hidden is no business of the kernel's.
                        kernel.run(_origin(cells[at]).released)
                    if test.waits:
                        later[at] = partial(_finished, test, kernel)
                elif lab is not None and at in examined:
                    sat[at], finish = _examined(cells[at], examined[at], seat, lab)
                    if finish is not None:
                        later[at] = finish
                else:
                    sat[at] = Sat(kernel.run(cells[at].source))
            except GraderError as fault:
                # It began, so this is the learner's doing: no processes left, say.
                sat[at] = _lost(fault, examined.get(at), is_plain=at in plain)
        kernel.reveal()
        for at, finish in later.items():
            try:
                sat[at] = finish(sat[at])
            except GraderError as fault:
                sat[at] = replace(sat[at], hidden=_no_kernel(fault))
        return Sitting(sat, dict(_hints(sat, seat.lab)) if seat.lab else {})


def _lost(
    fault: GraderError, calls: tuple[CheckCall, ...] | None, *, is_plain: bool
) -> Sat:
    """A cell for which no kernel could be had any more."""
    tested = Tested(False, 0.0, message="The test didn't run.") if is_plain else None
    return Sat(_no_kernel(fault), calls=calls or (), tested=tested)


def _no_kernel(fault: GraderError) -> Ran:
    return Ran([], 0.0, "lost", f"no new kernel could be started: {fault}")


def _examined(
    cell: RepairedCell, calls: tuple[CheckCall, ...], seat: Seat, lab: Lab
) -> tuple[Sat, Callable[[Sat], Sat] | None]:
    """What came of a test cell, and what finishes it, if it's passed until there."""
    released = _origin(cell).released
    test = examined_cells.attached(released, lab.endpoint_url)
    with _falling(lab) as fallen:
        # A check leaves nothing behind that a new kernel would need.
        ran = seat.kernel.run(test, again=False, examined=True)
    sat = Sat(ran, calls=calls, verdicts=tuple(fallen))
    right = examined_cells.finding(examined_cells.calls(released), fallen).passed
    _, waiting = examined_cells.parted(cell.source, hidden_lines(cell.source, released))
    if not waiting or ran.end or not right:
        return sat, None
    fork = seat.kernel.put_off(examined_cells.attached(waiting, lab.endpoint_url))
    hidden_calls = examined_cells.calls(waiting)
    return sat, partial(_examined_later, fork, seat, hidden_calls)


def _examined_later(
    fork: Fork, seat: Seat, hidden: Collection[CheckCall], before: Sat
) -> Sat:
    """What came of it when what is hidden has run, too.

    A hidden variation works in an account of its own, so any lab will do for it; a
    later cell may have ended the one that was there.

    Args:
        hidden: the calls whose verdicts may fall. A learner's code may call the others
            again, and what they say is shown.
    """
    if seat.lab is None or not _answers(seat.lab):
        seat.renew_lab()
    assert seat.lab is not None
    with _falling(seat.lab) as fallen:
        ran = seat.kernel.finish(fork)
    asked = {(call.check, call.variation) for call in hidden}
    mine = [one for one in fallen if (one.check, one.variation) in asked]
    return replace(before, hidden=ran, verdicts=(*before.verdicts, *mine))


def _finished(test: PlainTest, kernel: Kernel, before: Sat) -> Sat:
    ran = kernel.finish(test)
    return replace(before, hidden=ran, tested=test.finding)


def _test(
    at: int,
    cells: Sequence[RepairedCell],
    running: frozenset[int],
    learners: frozenset[str],
) -> PlainTest:
    origin, needs = _origin(cells[at]), borrowed(at, cells, running)
    return PlainTest(
        cells[at].source,
        origin.points or 0.0,
        released="" if needs.is_visibly_needed else origin.released,
        borrowed=needs.source,
        learners=learners,
    )


def _origin(cell: RepairedCell) -> SourceCell:
    assert cell.origin is not None
    return cell.origin


def _taken_builtins(cells: Sequence[RepairedCell]) -> frozenset[str]:
    """The builtins that an exercise has its learners write, such as `sum`."""
    stubs = [
        cell.origin.released
        for cell in cells
        if cell.origin is not None and cell.origin.solution
    ]
    written = {name for stub in stubs for name in names(stub).binds}
    return frozenset(written & set(dir(builtins)))


@contextlib.contextmanager
def _falling(lab: Lab) -> Iterator[list[Verdict]]:
    """The verdicts that fall meanwhile, when it's over."""
    before = len(_verdicts(lab))
    fallen: list[Verdict] = []
    yield fallen
    fallen += _verdicts(lab)[before:]


def _answers(lab: Lab) -> bool:
    try:
        verdicts.read(lab.endpoint_url, lab.token)
    except verdicts.VerdictsUnavailable:
        return False
    return lab.alive


def _verdicts(lab: Lab) -> list[Verdict]:
    try:
        read = verdicts.read(lab.endpoint_url, lab.token)
    except verdicts.VerdictsUnavailable:
        # The learner's code ended the lab: what was decided before still counts.
        return []
    # As long as the lab lives, nobody else can have answered at its port.
    return read if lab.alive else []


def _hints(sat: Mapping[int, Sat], lab: Lab) -> Iterator[tuple[str, str]]:
    for cell in sat.values():
        if cell.calls and not cell.finding.passed:
            with contextlib.suppress(verdicts.VerdictsUnavailable):
                for check in dict.fromkeys(call.check for call in cell.calls):
                    yield check, verdicts.next_hint(lab.endpoint_url, check)
