"""The metrics of one account and Region, and what was measured of them.

Data isn't thrown away as it ages: what AWS would have aggregated by then is only found
with the longer periods that AWS still has. Follows "GetMetricStatistics" in the
CloudWatch API reference.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.metrics import Metric
from grader.facts import cloudwatch

MINUTE, HOUR, DAY = 60, 3600, 86_400


def finest_period(age: float) -> int | None:
    """The shortest period, in seconds, of data of an age; None where it is gone."""
    return next(
        (period for limit, period in cloudwatch.METRIC_RETENTION.value if age <= limit),
        None,
    )


@dataclass(frozen=True)
class Point:
    """What was measured in one period, which begins at ``start`` (epoch seconds)."""

    start: int
    unit: str
    samples: Distribution


class _Series:
    """One metric's data in one unit, by the second or minute in which it lies."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.data: dict[int, Distribution] = {}

    def at(self, time: int) -> Distribution:
        found = self.data.get(time)
        if found is None:
            found = self.data[time] = Distribution()
            insort(self.times, time)
        return found

    def between(self, start: float, end: float) -> list[int]:
        return self.times[bisect_left(self.times, start) : bisect_left(self.times, end)]


class MetricStore:
    """Takes samples and gives them back by periods.

    ``watch`` is told of each metric that got data; ``gather`` is called before reading,
    for the services, which have more to add. What isn't a service's comes at once.
    """

    def __init__(
        self,
        watch: Callable[[Metric], None],
        gather: Callable[[], None],
    ) -> None:
        self._lock = threading.RLock()
        self._series: dict[Metric, dict[str, _Series]] = {}
        self._reported: dict[Metric, float] = {}
        self._watch = watch
        self._gather = gather
        self._custom: set[Metric] = set()

    def add(
        self,
        metric: Metric,
        put: Callable[[Distribution], None],
        *,
        at: float,
        unit: str = "None",
        resolution: int = MINUTE,
    ) -> None:
        """Let ``put`` add to the samples of a moment, at a resolution in seconds."""
        time = int(at // resolution * resolution)
        with self._lock:
            put(self._series_of(metric, unit).at(time))
            self._report(metric, at)
        self._watch(metric)

    def record_each(
        self, metric: Metric, values: Mapping[int, float], *, unit: str
    ) -> None:
        """Add a value of a service's own metric for each of many full minutes."""
        if not values:
            return
        with self._lock:
            series = self._series_of(metric, unit)
            for minute, value in values.items():
                series.at(minute).add(value)
            self._report(metric, max(values))
        self._watch(metric)

    def _series_of(self, metric: Metric, unit: str) -> _Series:
        return self._series.setdefault(metric, {}).setdefault(unit, _Series())

    def _report(self, metric: Metric, at: float) -> None:
        if metric not in self._reported and not metric.namespace.startswith("AWS/"):
            self._custom.add(metric)
        self._reported[metric] = max(self._reported.get(metric, 0.0), at)

    def record(
        self, metric: Metric, value: float, *, at: float, unit: str, times: float = 1.0
    ) -> None:
        """Add one value of a service's own metric."""
        self.add(metric, lambda samples: samples.add(value, times), at=at, unit=unit)

    def merge(
        self, metric: Metric, samples: Distribution, *, at: float, unit: str
    ) -> None:
        """Add many samples of one minute of a service's own metric."""
        self.add(metric, lambda kept: kept.merge(samples), at=at, unit=unit)

    def periods(
        self,
        metric: Metric,
        *,
        start: int,
        end: float,
        period: int,
        now: float,
        unit: str | None = None,
        finest: bool = True,
    ) -> list[Point]:
        """Give each period that has data, for each unit that the data has.

        Periods are counted from ``start`` and lie before ``end``. With ``finest``,
        data that AWS keeps only for longer periods by now isn't found.
        """
        self._gather()
        found: dict[tuple[int, str], Distribution] = {}
        with self._lock:
            for one, series in self._series.get(metric, {}).items():
                if unit not in (None, one):
                    continue
                for time in series.between(start, end):
                    if finest and not _available(period, now - time):
                        continue
                    place = start + (time - start) // period * period
                    samples = found.get((place, one))
                    if samples is None:
                        samples = found[place, one] = Distribution()
                    samples.merge(series.data[time])
        return [Point(place, one, found[place, one]) for place, one in sorted(found)]

    def times(self, metric: Metric, *, start: float, unit: str | None) -> list[int]:
        """Give the moments from ``start`` on at which a metric has data."""
        self._gather()
        with self._lock:
            return [
                time
                for one, series in self._series.get(metric, {}).items()
                if unit in (None, one)
                for time in series.times[bisect_left(series.times, start) :]
            ]

    def reported(self) -> list[tuple[Metric, float]]:
        """List every metric with the moment of its latest data."""
        self._gather()
        with self._lock:
            return list(self._reported.items())

    def custom_reporting(self, begin: float, end: float) -> int:
        """Count the metrics that aren't a service's and got data last in that time."""
        with self._lock:
            return sum(begin <= self._reported[one] < end for one in self._custom)


def _available(period: int, age: float) -> bool:
    finest = finest_period(age)
    return finest is not None and period >= finest
