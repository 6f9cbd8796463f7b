"""The results of metric queries over a stretch of time."""

from __future__ import annotations

from collections.abc import Sequence

from grader.cloud.monitoring.errors import Refusal, validation
from grader.cloud.monitoring.expression_values import Array, Grid, TimeSeries, Value
from grader.cloud.monitoring.expressions import Scope, parse_expression
from grader.cloud.monitoring.metric_queries import MetricQuery
from grader.cloud.monitoring.metric_statistics import first_period
from grader.cloud.monitoring.metric_store import MINUTE, MetricStore


class QueryResults(Scope):
    """Reads metrics and evaluates expressions, each once, when they are asked for.

    ``start`` is where periods begin; without it each metric's own rounding decides.
    """

    def __init__(
        self,
        queries: Sequence[MetricQuery],
        store: MetricStore,
        *,
        start: float,
        end: float,
        now: float,
        aligned: bool = True,
    ) -> None:
        self._queries = {query.id: query for query in queries}
        self._store = store
        self._start = start
        self._end = end
        self._now = now
        self._aligned = aligned
        self._found: dict[str, Value] = {}
        self._asked: list[str] = []
        periods = [query.stat.period for query in queries if query.stat is not None]
        periods = periods or [query.period for query in queries if query.period]
        shortest = min(periods, default=MINUTE)
        self.grid = Grid(self._first(shortest), end, shortest)

    def of(self, query: MetricQuery) -> Array:
        """The series of a query's result.

        Raises:
            Refusal: ValidationError for an expression that has none.
        """
        value = self.named(query.id)
        if isinstance(value, TimeSeries):
            return (value,)
        if isinstance(value, tuple):
            return value
        raise _error(query.id, "The result is a scalar, not a time series")

    def named(self, name: str) -> Value:
        """The value of a query, by its id."""
        if name in self._found:
            return self._found[name]
        query = self._queries.get(name)
        if query is None:
            raise validation(f"Unrecognized identifier '{name}'")
        if name in self._asked:
            raise validation(f"Expression '{name}' refers to itself")
        self._asked.append(name)
        value = self._found[name] = self._value(query)
        self._asked.remove(name)
        return value

    def metrics(self, part: str) -> Array:
        """The metrics whose ids have a part, in the order of the request."""
        found = [
            self.named(query.id)
            for query in self._queries.values()
            if query.stat is not None and part in query.id
        ]
        return tuple(one for one in found if isinstance(one, TimeSeries))

    def _value(self, query: MetricQuery) -> Value:
        if query.stat is not None:
            stat = query.stat
            values = stat.read(
                self._store,
                start=self._first(stat.period),
                end=self._end,
                now=self._now,
                finest=self._aligned,
            )
            return TimeSeries(values, query.label or stat.metric.name, stat.period)
        assert query.expression is not None
        try:
            return parse_expression(query.expression).evaluate(self)
        except Refusal as refusal:
            if refusal.code != "ValidationError":
                raise
            raise _error(query.id, str(refusal.message)) from None

    def _first(self, period: int) -> int:
        if not self._aligned:
            return int(self._start)
        return first_period(self._start, period, self._now)


def _error(name: str, message: str) -> Refusal:
    if message.startswith("Error in expression"):
        return validation(message)
    return validation(f"Error in expression '{name}': {message}")


def check_expressions(queries: Sequence[MetricQuery]) -> None:
    """Refuse expressions that can't be read, or refer to what isn't there.

    Raises:
        Refusal: ValidationError, InvalidParameterValue for what isn't modelled.
    """
    known = {query.id for query in queries}
    for query in queries:
        if query.expression is None:
            continue
        try:
            expression = parse_expression(query.expression)
        except Refusal as refusal:
            if refusal.code != "ValidationError":
                raise
            raise _error(query.id, str(refusal.message)) from None
        for name in expression.names:
            if name not in known:
                raise _error(query.id, f"Unrecognized identifier '{name}'")


def check_single_series(queries: Sequence[MetricQuery], result: MetricQuery) -> None:
    """Refuse queries for an alarm whose result isn't one time series.

    Raises:
        Refusal: ValidationError.
    """
    nothing = MetricStore(lambda _: None, lambda: None)
    found = QueryResults(queries, nothing, start=0, end=0, now=0, aligned=False)
    if len(found.of(result)) != 1:
        raise validation("The metrics list of an alarm must produce one time series.")
