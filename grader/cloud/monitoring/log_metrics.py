"""What comes into log groups, in the namespace AWS/Logs.

moto has none. Follows "Monitoring with CloudWatch metrics" in the CloudWatch Logs user
guide: IncomingLogEvents and IncomingBytes, of each group and of all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog
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
        for one in batches:
            store = storage.backend(one.account, one.region).metrics
            for dimensions in ((), (("LogGroupName", one.group),)):
                for metric, value, unit in (
                    ("IncomingLogEvents", one.events, "Count"),
                    ("IncomingBytes", one.size, "Bytes"),
                ):
                    store.record(
                        Metric(NAMESPACE, metric, dimensions),
                        value,
                        at=one.at,
                        unit=unit,
                    )
