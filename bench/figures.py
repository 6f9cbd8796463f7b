"""Measured figures: what many samples come down to, and how they are written."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `low` and `high` are the quartiles of its samples."""

    value: float
    low: float
    high: float
    samples: int
    note: str = ""


@dataclass(frozen=True)
class Missing:
    """A value that could not be measured, and why."""

    reason: str


Reading = Figure | Missing


def median_of(samples: Sequence[float], *, note: str = "") -> Reading:
    """The median of the samples, with their quartiles."""
    if not samples:
        return Missing("no sample was taken")
    if len(samples) == 1:
        low = high = samples[0]
    else:
        low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Figure(statistics.median(samples), low, high, len(samples), note)


def times_better(ours: Reading, theirs: Reading, *, higher: bool) -> float | None:
    """How many times better ours is: 2.0 is twice as good, 0.5 half as good.

    `higher` says that a larger value is the better one. None when either of them
    is missing or zero.
    """
    if isinstance(ours, Missing) or isinstance(theirs, Missing):
        return None
    if not ours.value or not theirs.value:
        return None
    if higher:
        return ours.value / theirs.value
    return theirs.value / ours.value


def written(value: float) -> str:
    """A value with three significant digits, never in exponent form."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    if abs(value) >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}"
