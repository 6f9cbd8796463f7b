"""One evaluation of a metric alarm, and when its outcome can next be another.

The windows slide: an alarm with periods of 5 minutes looks every minute at the last
5 minutes. Follows "Alarm evaluation" in the CloudWatch user guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.cloud.monitoring.alarm_judgement import (
    OPERATORS,
    Judgement,
    evaluation_range,
    judge,
)
from grader.cloud.monitoring.alarm_reasons import Datapoint, reason, reason_data
from grader.cloud.monitoring.alarm_settings import Watched
from grader.cloud.monitoring.alarms import State
from grader.cloud.monitoring.metric_store import MINUTE, MetricStore
from grader.cloud.monitoring.query_results import QueryResults

_SHORT = 10


def interval(watched: Watched) -> int:
    """Seconds between evaluations."""
    return _SHORT if watched.period < MINUTE else MINUTE


def next_turn(watched: Watched, now: float) -> int:
    """The first moment after ``now`` at which the alarm is evaluated."""
    step = interval(watched)
    return int(now // step + 1) * step


def evaluate(watched: Watched, store: MetricStore, at: int) -> State | None:
    """Evaluate an alarm at one of its turns; None where it stays in its state."""
    points = _points(watched, store, at)
    terms = watched.terms
    breaches = OPERATORS[terms.operator]
    breaching = [
        None if point.value is None else breaches(point.value, terms.threshold)
        for point in points
    ]
    judgement = judge(
        breaching,
        evaluation_periods=terms.evaluation_periods,
        datapoints_to_alarm=terms.datapoints_to_alarm,
        missing=terms.missing,
    )
    if judgement.state is None or _too_few_samples(watched, judgement, points):
        return None
    stat = watched.result.stat
    data = reason_data(
        judgement,
        points,
        at=at,
        period=watched.period,
        statistic=None if stat is None else stat.stat,
        unit=None if stat is None else stat.unit,
        threshold=terms.threshold,
    )
    text = reason(judgement, points, breaching, terms)
    return State(judgement.state, text, data, at)


def next_change(watched: Watched, store: MetricStore, after: int) -> int | None:
    """The first turn after ``after`` that sees other data; None while nothing comes.

    Data enters the windows in the turn after its minute, moves from one to the next
    with each period, and leaves the range at last.
    """
    step, period = interval(watched), watched.period
    reach = period * evaluation_range(watched.terms.evaluation_periods)
    soonest: int | None = None
    for time in _times(watched, store, after - reach):
        passed = max(0, (after - time) // period)
        turn = _turn_after(time + passed * period, step)
        if turn <= after:
            turn = _turn_after(time + (passed + 1) * period, step)
        soonest = turn if soonest is None else min(soonest, turn)
        if soonest <= after + step:
            break
    return soonest


def _turn_after(moment: int, step: int) -> int:
    return (moment // step + 1) * step


def _times(watched: Watched, store: MetricStore, start: float) -> Iterator[int]:
    for stat in watched.stats:
        yield from store.times(stat.metric, start=start, unit=stat.unit)


def _points(watched: Watched, store: MetricStore, at: int) -> list[Datapoint]:
    """The periods of the evaluation range that ends at a turn, oldest first."""
    count = evaluation_range(watched.terms.evaluation_periods)
    starts = [at - watched.period * back for back in range(count, 0, -1)]
    results = QueryResults(
        watched.queries, store, start=starts[0], end=at, now=at, aligned=False
    )
    series = results.of(watched.result)
    if len(series) != 1:
        raise ValueError(f"an alarm's result has {len(series)} time series")
    samples = _samples(watched, store, starts[0], at)
    return [
        Datapoint(start, series[0].values.get(start), samples.get(start))
        for start in starts
    ]


def _samples(
    watched: Watched, store: MetricStore, start: int, end: int
) -> dict[int, float]:
    """How many samples a metric's periods have; an expression's have none."""
    stat = watched.result.stat
    if stat is None:
        return {}
    points = store.periods(
        stat.metric,
        start=start,
        end=end,
        period=watched.period,
        now=end,
        unit=stat.unit,
        finest=False,
    )
    return {point.start: point.samples.count for point in points}


def _too_few_samples(
    watched: Watched, judgement: Judgement, points: list[Datapoint]
) -> bool:
    """Say whether a percentile's few samples make the alarm stay as it is."""
    rank = watched.percentile
    if watched.low_samples != "ignore" or rank is None or not judgement.evaluated:
        return False
    share = rank / 100
    needed = 10 / (1 - share) if 0.5 <= share < 1 else 10 / share if share else 0
    samples = sum(points[place].samples or 0 for place in judgement.evaluated)
    return samples < needed
