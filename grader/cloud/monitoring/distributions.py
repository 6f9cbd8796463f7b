"""The samples of a metric within a stretch of time."""

from __future__ import annotations


class Distribution:
    """How many samples there were, of which values.

    ``values`` counts each value; it is None where a statistic set, whose samples
    nobody knows, is among them.
    """

    __slots__ = ("count", "maximum", "minimum", "sum", "values")

    def __init__(self) -> None:
        self.count = 0.0
        self.sum = 0.0
        self.minimum = float("inf")
        self.maximum = float("-inf")
        self.values: dict[float, float] | None = {}

    def add(self, value: float, times: float = 1.0) -> None:
        """Add a value that occurred so many times."""
        self.count += times
        self.sum += value * times
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        if self.values is not None:
            self.values[value] = self.values.get(value, 0.0) + times

    def add_set(
        self, *, count: float, total: float, minimum: float, maximum: float
    ) -> None:
        """Add a statistic set; one of equal samples is as good as the samples."""
        if minimum == maximum and total == minimum * count:
            self.add(minimum, count)
            return
        self.count += count
        self.sum += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)
        self.values = None

    def merge(self, other: Distribution) -> None:
        """Add what another stretch of time has."""
        self.count += other.count
        self.sum += other.sum
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        if other.values is None:
            self.values = None
        elif self.values is not None:
            for value, times in other.values.items():
                self.values[value] = self.values.get(value, 0.0) + times
