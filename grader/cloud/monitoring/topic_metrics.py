"""What became of messages of topics, in the namespace AWS/SNS.

moto has none. Follows "Monitoring Amazon SNS topics using CloudWatch" in the SNS
developer guide; metrics of SMS and of mobile push aren't there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.metrics import Metric

NAMESPACE = "AWS/SNS"
_BYTES = "PublishSize"


class _Count(NamedTuple):
    """Something that happened to a message, at a moment of lab time."""

    topic_arn: str
    metric: str
    at: float
    value: float


class TopicMetrics:
    """Takes what topics tell, and makes data of it later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._counts: Backlog[_Count] = Backlog(self._put, lambda: watched(NAMESPACE))
        self.flush = self._counts.flush

    def counted(self, topic_arn: str, metric: str, value: float) -> None:
        """Take a value of one of SNS's metrics, in CloudWatch's name for it."""
        self._counts.note(_Count(topic_arn, metric, time.time(), value))

    def _put(self, found: list[_Count]) -> None:
        groups = by_minute(found, lambda one: one[:2], lambda one: one.at)
        for ((topic_arn, metric), minute), alike in groups.items():
            region, account, name = topic_arn.split(":")[3:]
            storage.backend(account, region).metrics.merge(
                Metric(NAMESPACE, metric, (("TopicName", name),)),
                samples(one.value for one in alike),
                at=minute,
                unit="Bytes" if metric == _BYTES else "Count",
            )
