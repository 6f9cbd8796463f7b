"""The rows of the table: what is measured, in which unit, and what we aim at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.figures import Figure, Missing, Reading, written

OURS = "ours"
STUB = "instant stub"
MINISTACK = "MiniStack"
OFFLINE = "serverless-offline"
MOTO = "moto server"
INTERPRETER = "bare interpreter"
NBGRADER = "nbgrader"

Readings = Mapping[str, Reading]


@dataclass(frozen=True)
class Verdict:
    """Whether a goal is met; `met` is None when a figure that decides it is missing."""

    met: bool | None
    why: str


@dataclass(frozen=True)
class Goal:
    """What we aim at in a row: in words, and the function that judges it."""

    words: str
    judge: Callable[[Readings], Verdict]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    title: str
    unit: str
    readings: Readings
    goal: Goal | None = None
    higher: bool = False


def _ours(readings: Readings) -> Figure | Verdict:
    reading = readings.get(OURS, Missing("not measured"))
    if isinstance(reading, Missing):
        return Verdict(None, "not measured")
    return reading


def at_most(limit: float, unit: str) -> Goal:
    """Our value is `limit` or less."""

    def judge(readings: Readings) -> Verdict:
        ours = _ours(readings)
        if isinstance(ours, Verdict):
            return ours
        return Verdict(ours.value <= limit, f"{written(ours.value)} {unit}")

    return Goal(f"≤ {limit:g} {unit}", judge)


def at_least(limit: float, unit: str) -> Goal:
    """Our value is `limit` or more."""

    def judge(readings: Readings) -> Verdict:
        ours = _ours(readings)
        if isinstance(ours, Verdict):
            return ours
        return Verdict(ours.value >= limit, f"{written(ours.value)} {unit}")

    return Goal(f"≥ {limit:g} {unit}", judge)


def faster(times: float, peer: str) -> Goal:
    """A peer takes `times` as long as we do, or longer."""

    def judge(readings: Readings) -> Verdict:
        ours = _ours(readings)
        if isinstance(ours, Verdict):
            return ours
        theirs = readings.get(peer, Missing("not measured"))
        if isinstance(theirs, Missing):
            return Verdict(None, f"{peer} was not measured")
        ratio = theirs.value / ours.value
        return Verdict(ratio >= times, f"{ratio:.1f}×")

    return Goal(f"≥ {times:g}× faster than {peer}", judge)


def near_the_stub(times: float) -> Goal:
    """At most so many times the instant stub, and faster than each peer."""

    def judge(readings: Readings) -> Verdict:
        ours = _ours(readings)
        if isinstance(ours, Verdict):
            return ours
        stub = readings.get(STUB, Missing("not measured"))
        if isinstance(stub, Missing):
            return Verdict(None, f"the {STUB} was not measured")
        ratio = ours.value / stub.value
        why = f"{ratio:.2f}× the stub"
        peers = {name: readings.get(name) for name in (MINISTACK, OFFLINE)}
        faster = [
            name
            for name, peer in peers.items()
            if isinstance(peer, Figure) and peer.value <= ours.value
        ]
        if faster:
            why += f"; not faster than {' and '.join(faster)}"
        if ratio > times or faster:
            return Verdict(False, why)
        absent = [name for name, peer in peers.items() if not isinstance(peer, Figure)]
        if absent:
            return Verdict(None, f"{why}; {' and '.join(absent)} not measured")
        return Verdict(True, why)

    return Goal(f"≤ {times:g}× the instant stub, faster than each peer", judge)
