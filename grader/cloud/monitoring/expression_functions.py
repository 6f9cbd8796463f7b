"""The functions of metric math.

Follows "Functions supported for metric math" in the CloudWatch user guide. What needs
more than the metrics of the request (anomaly detection, search, quotas, Contributor
Insights, functions as data sources) is refused.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from grader.cloud.monitoring.errors import Refusal, unmodelled
from grader.cloud.monitoring.expression_values import (
    Array,
    Grid,
    TimeSeries,
    Value,
    each,
    mapped,
    wrong,
)

Function = Callable[[Sequence[Value], Grid], Value]
WORDS = ("REPEAT", "LINEAR", "ASC", "DESC")
"""Words that stand as arguments without quotes, beside the names of reductions."""

_UNMODELLED = {
    "ANOMALY_DETECTION_BAND": "anomaly detection (ANOMALY_DETECTION_BAND)",
    "SEARCH": "search expressions (SEARCH)",
    "SERVICE_QUOTA": "usage metrics (SERVICE_QUOTA)",
    "INSIGHT_RULE_METRIC": "Contributor Insights (INSIGHT_RULE_METRIC)",
    "LAMBDA": "functions as data sources (LAMBDA)",
    "DB_PERF_INSIGHTS": "Performance Insights (DB_PERF_INSIGHTS)",
}


def function(name: str) -> Function:
    """Give a function by its name, in capitals.

    Raises:
        Refusal: ValidationError for no such function, InvalidParameterValue for one
            that the local cloud doesn't model.
    """
    if name in _UNMODELLED:
        raise unmodelled(_UNMODELLED[name])
    found = _FUNCTIONS.get(name)
    if found is None:
        raise wrong(f"Function '{name}' not found")
    return found


def _one(arguments: Sequence[Value], name: str) -> Value:
    if len(arguments) != 1:
        raise _count(name)
    return arguments[0]


def _count(name: str) -> Refusal:
    return wrong(f"The number of arguments of function '{name}' is wrong")


def _array(value: Value, name: str) -> Array:
    if isinstance(value, TimeSeries):
        return (value,)
    if not isinstance(value, tuple):
        raise wrong(f"Function '{name}' needs an array of time series")
    return value


def _scalar(value: Value, name: str) -> float:
    if not isinstance(value, float):
        raise wrong(f"Function '{name}' needs a scalar")
    return value


def _mapping(name: str, change: Callable[[float], float | None]) -> Function:
    return lambda arguments, _: mapped(change, _one(arguments, name))


def _logarithm(calculate: Callable[[float], float]) -> Callable[[float], float | None]:
    return lambda value: calculate(value) if value > 0 else None


REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
    "STDDEV": statistics.pstdev,
    "DATAPOINT_COUNT": lambda values: float(len(values)),
}


def _reducing(name: str) -> Function:
    """Reduce a series to a scalar, or an array to one series."""
    reduce = REDUCTIONS[name]

    def reduced(arguments: Sequence[Value], grid: Grid) -> Value:
        value = _one(arguments, name)
        if isinstance(value, TimeSeries):
            values = list(value.values.values())
            return float(reduce(values)) if values else 0.0
        series = _array(value, name)
        found = {}
        for time in sorted({time for one in series for time in one.values}):
            values = [one.values[time] for one in series if time in one.values]
            if name == "AVG":
                # A series that has no value then counts as 0.
                values += [0.0] * (len(series) - len(values))
            found[time] = float(reduce(values))
        periods = [one.period for one in series]
        return TimeSeries(found, name, max(periods, default=grid.period))

    return reduced


def _stepping(name: str, step: Callable[[float, float, int], float]) -> Function:
    """Combine each value with the one before it and the seconds between them."""

    def stepped(one: TimeSeries) -> TimeSeries:
        times = sorted(one.values)
        values = {
            time: step(one.values[time], one.values[before], time - before)
            for before, time in pairwise(times)
        }
        return TimeSeries(values, one.label, one.period)

    return lambda arguments, _: each(stepped, _one(arguments, name))


def _running_sum(arguments: Sequence[Value], _: Grid) -> Value:
    def summed(one: TimeSeries) -> TimeSeries:
        total, values = 0.0, {}
        for time in sorted(one.values):
            total += one.values[time]
            values[time] = total
        return TimeSeries(values, one.label, one.period)

    return each(summed, _one(arguments, "RUNNING_SUM"))


def _fill(arguments: Sequence[Value], grid: Grid) -> Value:
    if len(arguments) != 2:
        raise _count("FILL")
    value, filler = arguments
    if isinstance(filler, str) and filler not in ("REPEAT", "LINEAR"):
        raise wrong("Function 'FILL' fills with a scalar, a series, REPEAT or LINEAR")
    if isinstance(filler, tuple):
        raise wrong("Function 'FILL' fills with one time series, not with an array")

    def filled(one: TimeSeries) -> TimeSeries:
        times = list(grid.times(one.period))
        found = dict(one.values)
        for time in times:
            if time not in one.values:
                filling = _filling(one, filler, time)
                if filling is not None:
                    found[time] = filling
        return TimeSeries(dict(sorted(found.items())), one.label, one.period)

    return each(filled, value)


def _filling(
    one: TimeSeries, filler: float | TimeSeries | str, time: int
) -> float | None:
    if isinstance(filler, float):
        return filler
    if isinstance(filler, TimeSeries):
        return filler.values.get(time)
    before = max((known for known in one.values if known < time), default=None)
    if before is None:
        return None
    if filler == "REPEAT":
        return one.values[before]
    after = min((known for known in one.values if known > time), default=None)
    if after is None:
        return None
    share = (time - before) / (after - before)
    return one.values[before] + share * (one.values[after] - one.values[before])


def _if(arguments: Sequence[Value], grid: Grid) -> Value:
    if len(arguments) not in (2, 3):
        raise _count("IF")
    condition, then, *rest = arguments
    otherwise = rest[0] if rest else None
    for argument in arguments:
        if isinstance(argument, tuple | str):
            raise wrong("Function 'IF' needs time series or scalars")
    if isinstance(condition, float):
        chosen = then if condition else otherwise
        if isinstance(chosen, float):
            return _constant(chosen, grid)
        return chosen if chosen is not None else TimeSeries({}, "", grid.period)
    assert isinstance(condition, TimeSeries)
    values = {}
    for time, holds in condition.values.items():
        # A series that has no value where the condition holds counts as 0.
        value = _at(then, time, 0.0) if holds else _at(otherwise, time, None)
        if value is not None:
            values[time] = value
    return TimeSeries(values, condition.label, condition.period)


def _at(value: Value | None, time: int, missing: float | None) -> float | None:
    if isinstance(value, TimeSeries):
        return value.values.get(time, missing)
    return value if isinstance(value, float) else None


def _constant(value: float, grid: Grid) -> TimeSeries:
    times = grid.times(grid.period)
    return TimeSeries(dict.fromkeys(times, value), "", grid.period)


def _time_series(arguments: Sequence[Value], grid: Grid) -> Value:
    value = _scalar(_one(arguments, "TIME_SERIES"), "TIME_SERIES")
    return _constant(value, grid)


def _calendar(name: str, read: Callable[[datetime], float]) -> Function:
    """Values that a series' timestamps have, also where it has none itself."""

    def dated(one: TimeSeries, grid: Grid) -> TimeSeries:
        times = grid.times(one.period)
        values = {time: read(datetime.fromtimestamp(time, UTC)) for time in times}
        return TimeSeries(values, one.label, one.period)

    return lambda arguments, grid: each(
        lambda one: dated(one, grid), _one(arguments, name)
    )


def _sort(arguments: Sequence[Value], _: Grid) -> Value:
    if len(arguments) not in (3, 4):
        raise _count("SORT")
    series, by, order = _array(arguments[0], "SORT"), arguments[1], arguments[2]
    if by not in ("AVG", "MIN", "MAX", "SUM") or order not in ("ASC", "DESC"):
        raise wrong("Function 'SORT' sorts by AVG, MIN, MAX or SUM, ASC or DESC")
    reduce = REDUCTIONS[str(by)]
    ranked = sorted(
        series,
        key=lambda one: reduce(list(one.values.values()) or [0.0]),
        reverse=order == "DESC",
    )
    if len(arguments) == 4:
        ranked = ranked[: int(_scalar(arguments[3], "SORT"))]
    return tuple(ranked)


def _slice(arguments: Sequence[Value], _: Grid) -> Value:
    if len(arguments) not in (2, 3):
        raise _count("SLICE")
    series = _array(arguments[0], "SLICE")
    bounds = [int(_scalar(one, "SLICE")) for one in arguments[1:]]
    return series[bounds[0] : bounds[1] if len(bounds) == 2 else None]


def _end(name: str, place: int) -> Function:
    def taken(arguments: Sequence[Value], grid: Grid) -> Value:
        series = _array(_one(arguments, name), name)
        return series[place] if series else TimeSeries({}, name, grid.period)

    return taken


def _period(arguments: Sequence[Value], _: Grid) -> Value:
    value = _one(arguments, "PERIOD")
    if not isinstance(value, TimeSeries):
        raise wrong("Function 'PERIOD' needs a metric")
    return float(value.period)


def _metric_count(arguments: Sequence[Value], _: Grid) -> Value:
    return float(len(_array(_one(arguments, "METRIC_COUNT"), "METRIC_COUNT")))


def _remove_empty(arguments: Sequence[Value], _: Grid) -> Value:
    series = _array(_one(arguments, "REMOVE_EMPTY"), "REMOVE_EMPTY")
    return tuple(one for one in series if one.values)


def joined(values: Iterable[Value]) -> Array:
    """Put series and arrays in square brackets together.

    Raises:
        Refusal: ValidationError.
    """
    return tuple(one for value in values for one in _array(value, "[]"))


_FUNCTIONS: dict[str, Function] = {
    "ABS": _mapping("ABS", abs),
    "CEIL": _mapping("CEIL", lambda value: float(math.ceil(value))),
    "FLOOR": _mapping("FLOOR", lambda value: float(math.floor(value))),
    "LOG": _mapping("LOG", _logarithm(math.log)),
    "LOG10": _mapping("LOG10", _logarithm(math.log10)),
    **{name: _reducing(name) for name in REDUCTIONS},
    "DIFF": _stepping("DIFF", lambda value, before, _: value - before),
    "DIFF_TIME": _stepping("DIFF_TIME", lambda value, before, span: float(span)),
    "RATE": _stepping("RATE", lambda value, before, span: (value - before) / span),
    "RUNNING_SUM": _running_sum,
    "FILL": _fill,
    "IF": _if,
    "TIME_SERIES": _time_series,
    "PERIOD": _period,
    "METRIC_COUNT": _metric_count,
    "REMOVE_EMPTY": _remove_empty,
    "FIRST": _end("FIRST", 0),
    "LAST": _end("LAST", -1),
    "SORT": _sort,
    "SLICE": _slice,
    "MINUTE": _calendar("MINUTE", lambda when: when.minute),
    "HOUR": _calendar("HOUR", lambda when: when.hour),
    "DAY": _calendar("DAY", lambda when: when.isoweekday()),
    "DATE": _calendar("DATE", lambda when: when.day),
    "MONTH": _calendar("MONTH", lambda when: when.month),
    "YEAR": _calendar("YEAR", lambda when: when.year),
    "EPOCH": _calendar("EPOCH", lambda when: when.timestamp()),
}
