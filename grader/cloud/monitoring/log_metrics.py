"""What comes into log groups, in the namespace AWS/Logs.

moto has none. Follows "Monitoring with CloudWatch metrics" in the CloudWatch Logs user
guide: IncomingLogEvents and IncomingBytes, of each group and of all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.metrics import Metric

NAMESPACE = "AWS/Logs"


class Incoming(NamedTuple):
    """A batch of events that a group took at a moment of lab time."""

    account: str
    region: str
    group: str
    at: float
    events: int
    size: int


class LogMetrics:
    """Takes batches, and makes data of them later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._batches: Backlog[Incoming] = Backlog(
            self._put, lambda: watched(NAMESPACE)
        )
        self.came = self._batches.note
        self.flush = self._batches.flush

    def _put(self, batches: list[Incoming]) -> None:
        groups = by_minute(
            batches,
            lambda one: (one.account, one.region, one.group),
            lambda one: one.at,
        )
        for ((account, region, group), minute), alike in groups.items():
            store = storage.backend(account, region).metrics
            measured = (
                ("IncomingLogEvents", "Count", samples(one.events for one in alike)),
                ("IncomingBytes", "Bytes", samples(one.size for one in alike)),
            )
            for dimensions in ((), (("LogGroupName", group),)):
                for metric, unit, found in measured:
                    store.merge(
                        Metric(NAMESPACE, metric, dimensions),
                        found,
                        at=minute,
                        unit=unit,
                    )
