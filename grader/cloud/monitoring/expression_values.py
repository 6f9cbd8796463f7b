"""What metric math calculates with: numbers, time series, arrays of time series.

Follows "Basic arithmetic functions" and "Comparison and logical operators" in "Using
metric math" of the CloudWatch user guide: missing values count as 0, and a value that
would divide by 0 is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from grader.cloud.monitoring.errors import Refusal, validation

Values = Mapping[int, float]


@dataclass(frozen=True)
class TimeSeries:
    """Values by the start of their period (epoch seconds), with a name for people."""

    values: Values
    label: str
    period: int


@dataclass(frozen=True)
class Grid:
    """The periods of a request, from ``start`` up to ``end`` (epoch seconds).

    ``period`` is that of series that no metric is behind.
    """

    start: int
    end: float
    period: int

    def times(self, period: int) -> Iterable[int]:
        """The start of each period."""
        return range(self.start, math.ceil(self.end), period)


Array = tuple[TimeSeries, ...]
Value = float | TimeSeries | Array | str
Operator = Callable[[float, float], float | None]


def wrong(text: str) -> Refusal:
    """Refuse what an expression asks for."""
    return validation(text)


def combined(operator: Operator, left: Value, right: Value) -> Value:
    """Apply an operator: per timestamp, and per series of an array.

    Raises:
        Refusal: ValidationError.
    """
    if isinstance(left, str) or isinstance(right, str):
        raise wrong("Text can only be an argument of a function")
    if isinstance(left, tuple) or isinstance(right, tuple):
        return _over_arrays(operator, left, right)
    if isinstance(left, TimeSeries) or isinstance(right, TimeSeries):
        return _over_series(operator, left, right)
    result = operator(left, right)
    if result is None:
        raise wrong("Division by zero")
    return result


def _over_arrays(
    operator: Operator,
    left: float | TimeSeries | Array,
    right: float | TimeSeries | Array,
) -> Array:
    if isinstance(left, tuple) and isinstance(right, tuple):
        raise wrong("Two arrays can't be operands of one operator")
    many = left if isinstance(left, tuple) else right
    assert isinstance(many, tuple)
    series = []
    for one in many:
        pair = (one, right) if many is left else (left, one)
        result = combined(operator, *pair)
        assert isinstance(result, TimeSeries)
        series.append(TimeSeries(result.values, one.label, result.period))
    return tuple(series)


def _over_series(
    operator: Operator, left: float | TimeSeries, right: float | TimeSeries
) -> TimeSeries:
    known = [one for one in (left, right) if isinstance(one, TimeSeries)]
    times = sorted({time for one in known for time in one.values})

    def at(one: float | TimeSeries, time: int) -> float:
        return one.values.get(time, 0.0) if isinstance(one, TimeSeries) else one

    found = {time: operator(at(left, time), at(right, time)) for time in times}
    values = {time: value for time, value in found.items() if value is not None}
    return TimeSeries(values, known[0].label, max(one.period for one in known))


def mapped(change: Callable[[float], float | None], value: Value) -> Value:
    """Apply a function of one number to everything in a value."""
    return combined(lambda one, _: change(one), value, 0.0)


def each(change: Callable[[TimeSeries], TimeSeries], value: Value) -> Value:
    """Apply a function of a series to a series, or to each of an array.

    Raises:
        Refusal: ValidationError.
    """
    if isinstance(value, tuple):
        return tuple(change(one) for one in value)
    if isinstance(value, TimeSeries):
        return change(value)
    raise wrong("A time series is needed where there is a scalar")


def _divided(one: float, other: float) -> float | None:
    return None if other == 0 else one / other


def _power(one: float, other: float) -> float | None:
    try:
        result = one**other
    except (ZeroDivisionError, OverflowError):
        return None
    return None if isinstance(result, complex) else float(result)


OPERATORS: dict[str, Operator] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": _divided,
    "^": _power,
    "==": lambda one, other: float(one == other),
    "!=": lambda one, other: float(one != other),
    "<": lambda one, other: float(one < other),
    ">": lambda one, other: float(one > other),
    "<=": lambda one, other: float(one <= other),
    ">=": lambda one, other: float(one >= other),
    "AND": lambda one, other: float(bool(one) and bool(other)),
    "OR": lambda one, other: float(bool(one) or bool(other)),
}
