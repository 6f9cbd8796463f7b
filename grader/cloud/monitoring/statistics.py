"""Statistics by their names: Sum, p99, TM(10%:90%) and their like.

Follows "CloudWatch statistics definitions" in the CloudWatch user guide. A percentile
is the value at its rank among the samples. AWS estimates percentiles from a
histogram, so its own can differ in the third digit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from grader.cloud.monitoring.distributions import Distribution

Statistic = Callable[[Distribution], float | None]

_SIMPLE: dict[str, Statistic] = {
    "SampleCount": lambda samples: samples.count,
    "Sum": lambda samples: samples.sum,
    "Average": lambda samples: samples.sum / samples.count if samples.count else None,
    "Minimum": lambda samples: samples.minimum,
    "Maximum": lambda samples: samples.maximum,
}
SIMPLE = tuple(_SIMPLE)
"""The statistics that any data has, also a statistic set."""

_NUMBER = r"\d+(?:\.\d{1,10})?"
_PERCENTILE = re.compile(rf"p({_NUMBER})")
_UP_TO = re.compile(rf"(tm|tc|ts|wm)({_NUMBER})")
_BETWEEN = re.compile(rf"(TM|TC|TS|WM|PR)\(({_NUMBER}%?)?:({_NUMBER}%?)?\)")
_Pairs = list[tuple[float, float]]


def percentile(name: str) -> float | None:
    """The 99.5 of ``p99.5``; None for another statistic."""
    found = _PERCENTILE.fullmatch(name)
    return float(found[1]) if found and float(found[1]) <= 100 else None


@lru_cache(maxsize=256)
def statistic(name: str) -> Statistic | None:
    """Give the calculation behind a statistic's name; None where there is none.

    A calculation answers None where the samples don't allow it.
    """
    if name in _SIMPLE:
        return _SIMPLE[name]
    if (rank := percentile(name)) is not None:
        return _of_samples(lambda pairs: _at_rank(pairs, rank))
    if name == "IQM":
        name = "TM(25%:75%)"
    if (found := _UP_TO.fullmatch(name)) and float(found[2]) <= 100:
        name = f"{found[1].upper()}(:{found[2]}%)"
    bounds = _bounds(name)
    if bounds is None:
        return None
    return _of_samples(_RANGED[name[:2]](bounds))


@dataclass(frozen=True)
class _Bounds:
    """The range of a trimmed statistic: percentages of the samples, or values."""

    low: float | None
    high: float | None
    percent: bool


def _bounds(name: str) -> _Bounds | None:
    found = _BETWEEN.fullmatch(name)
    if not found:
        return None
    kind, *texts = found.groups()
    given = [text for text in texts if text]
    percent = [text.endswith("%") for text in given]
    if not given or len(set(percent)) > 1 or (kind == "PR" and percent[0]):
        return None
    low, high = (float(text.rstrip("%")) if text else None for text in texts)
    if percent[0] and max(low or 0, high or 0) > 100:
        return None
    if low is not None and high is not None and low >= high:
        return None
    return _Bounds(low, high, percent[0])


def _of_samples(calculate: Callable[[_Pairs], float | None]) -> Statistic:
    """Make a statistic that needs the samples themselves, and none below zero."""

    def calculated(samples: Distribution) -> float | None:
        if not samples.values or samples.minimum < 0:
            return None
        return calculate(sorted(samples.values.items()))

    return calculated


def _count(pairs: _Pairs) -> float:
    return sum(times for _, times in pairs)


def _sum(pairs: _Pairs) -> float:
    return sum(value * times for value, times in pairs)


def _at_rank(pairs: _Pairs, percent: float) -> float:
    """The largest of the smallest ``percent`` of the samples."""
    wanted = _rank(percent, _count(pairs))
    reached = 0.0
    for value, times in pairs:
        reached += times
        if reached >= wanted:
            return value
    return pairs[-1][0]


def _rank(percent: float, count: float) -> int:
    # 0.28 * 100 isn't 28 in binary.
    return math.ceil(round(percent * count / 100, 9))


def _kept(pairs: _Pairs, bounds: _Bounds) -> _Pairs:
    """The samples in a range, its lower bound excluded, its upper one included."""
    if not bounds.percent:
        low = -math.inf if bounds.low is None else bounds.low
        high = math.inf if bounds.high is None else bounds.high
        return [pair for pair in pairs if low < pair[0] <= high]
    count = _count(pairs)
    first = math.floor(round((bounds.low or 0.0) * count / 100, 9))
    last = _rank(100.0 if bounds.high is None else bounds.high, count)
    return list(_between(pairs, first, last))


def _between(pairs: _Pairs, first: float, last: float) -> Iterator[tuple[float, float]]:
    """The samples after the first so many, up to the last so many."""
    begin = 0.0
    for value, times in pairs:
        end = begin + times
        inside = min(end, last) - max(begin, first)
        if inside > 0:
            yield value, inside
        begin = end


def _trimmed_mean(bounds: _Bounds) -> Callable[[_Pairs], float | None]:
    def mean(pairs: _Pairs) -> float | None:
        kept = _kept(pairs, bounds)
        return _sum(kept) / _count(kept) if kept else None

    return mean


def _trimmed_count(bounds: _Bounds) -> Callable[[_Pairs], float | None]:
    return lambda pairs: _count(_kept(pairs, bounds))


def _trimmed_sum(bounds: _Bounds) -> Callable[[_Pairs], float | None]:
    return lambda pairs: _sum(_kept(pairs, bounds))


def _winsorized_mean(bounds: _Bounds) -> Callable[[_Pairs], float | None]:
    def mean(pairs: _Pairs) -> float | None:
        low, high = bounds.low, bounds.high
        if bounds.percent:
            low = None if low is None else _at_rank(pairs, low)
            high = None if high is None else _at_rank(pairs, high)
        least = -math.inf if low is None else low
        most = math.inf if high is None else high
        drawn_in = [(min(max(value, least), most), times) for value, times in pairs]
        return _sum(drawn_in) / _count(drawn_in)

    return mean


def _percentile_rank(bounds: _Bounds) -> Callable[[_Pairs], float | None]:
    return lambda pairs: 100 * _count(_kept(pairs, bounds)) / _count(pairs)


_RANGED: dict[str, Callable[[_Bounds], Callable[[_Pairs], float | None]]] = {
    "TM": _trimmed_mean,
    "TC": _trimmed_count,
    "TS": _trimmed_sum,
    "WM": _winsorized_mean,
    "PR": _percentile_rank,
}
