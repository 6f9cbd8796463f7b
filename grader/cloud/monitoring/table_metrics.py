"""What tables consume, in the namespace AWS/DynamoDB.

moto has none. Follows "DynamoDB metrics and dimensions" in the DynamoDB developer
guide: the consumed units of each table, and of each of its global indexes apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.metrics import Dimensions, Metric

if TYPE_CHECKING:
    from grader.cloud.dynamodb.calls import Call
    from grader.cloud.dynamodb.capacity import Consumed

NAMESPACE = "AWS/DynamoDB"


class _Units(NamedTuple):
    """Units that one request consumed of a table or an index."""

    account: str
    region: str
    metric: str
    dimensions: Dimensions
    at: float
    units: float


class TableMetrics:
    """Takes what requests consume, and makes data of it later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._units: Backlog[_Units] = Backlog(self._put, lambda: watched(NAMESPACE))
        self.flush = self._units.flush

    def consumed(self, call: Call) -> None:
        """Take a request to DynamoDB."""
        for kind, parts in (
            ("Read", call.consumed_reads),
            ("Write", call.consumed_writes),
        ):
            for part in parts:
                for dimensions, units in _consumers(part):
                    self._units.note(
                        _Units(
                            call.account,
                            call.region,
                            f"Consumed{kind}CapacityUnits",
                            dimensions,
                            time.time(),
                            units,
                        )
                    )

    def _put(self, found: list[_Units]) -> None:
        groups = by_minute(found, lambda one: one[:4], lambda one: one.at)
        for ((account, region, metric, dimensions), minute), alike in groups.items():
            storage.backend(account, region).metrics.merge(
                Metric(NAMESPACE, metric, dimensions),
                samples(one.units for one in alike),
                at=minute,
                unit="Count",
            )


def _consumers(part: Consumed) -> Iterator[tuple[Dimensions, float]]:
    """The table with its local indexes, and each global index."""
    table = ("TableName", part.table.name)
    own = float(part.own)
    global_indexes = {index.name for index in part.table.global_indexes}
    for name, units in part.indexes.items():
        if name in global_indexes:
            yield (("GlobalSecondaryIndexName", name), table), float(units)
        else:
            own += float(units)
    if own:
        yield (table,), own
