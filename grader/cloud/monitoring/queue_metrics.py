"""What queues hold and what happens to their messages, in the namespace AWS/SQS.

moto has none. Follows "Available CloudWatch metrics for Amazon SQS": what a queue holds
is measured at each full minute while it holds something or was used in the last six
hours. Nothing runs for that: the minutes since the last look are filled in before a
queue changes, and before anybody reads metrics.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from moto.sqs.models import Message, Queue, sqs_backends

from grader.cloud.clock import Clock
from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.metric_store import HOUR, MINUTE
from grader.cloud.monitoring.metrics import Metric
from grader.cloud.monitoring.storage import MonitoringBackend

NAMESPACE = "AWS/SQS"
_ACTIVE = 6 * HOUR
"""Seconds after which an empty queue that nobody uses isn't measured any more."""
_BYTES = "SentMessageSize"


class _Happened(NamedTuple):
    """Something that happened to messages of a queue."""

    account: str
    region: str
    queue: str
    metric: str
    at: float
    value: float


class QueueMetrics:
    """Takes what happens at once, and what queues hold by the minute."""

    def __init__(self, clock: Clock, watched: Callable[[str], bool]) -> None:
        self._clock = clock
        self._watched = watched
        self._happened: Backlog[_Happened] = Backlog(
            self._put, lambda: watched(NAMESPACE)
        )

    def changing(self, queue: Queue) -> None:
        """Measure what a queue held until now; it is in use."""
        self._measure(queue)
        now = time.time()
        vars(queue)["used_at"] = now
        if self._watched(NAMESPACE):
            # Alarms hear of what it holds then.
            following = (now // MINUTE + 1) * MINUTE
            if vars(queue).get("measured_next") != following:
                vars(queue)["measured_next"] = following
                self._clock.call_at(following, lambda: self._measure(queue))

    def counted(self, queue: Queue, metric: str, value: float) -> None:
        """Take something that happened."""
        place = queue.account_id, queue.region, queue.name
        self._happened.note(_Happened(*place, metric, time.time(), value))

    def gather(self, backend: MonitoringBackend) -> None:
        """Add what isn't data of a backend's metrics yet."""
        self._happened.flush()
        regions = sqs_backends.get(backend.account_id) or {}
        if backend.region_name in regions:
            for queue in list(regions[backend.region_name].queues.values()):
                with queue._messages_lock:
                    self._measure(queue)

    def _put(self, found: list[_Happened]) -> None:
        groups = by_minute(found, lambda one: one[:4], lambda one: one.at)
        for ((account, region, name, metric), minute), alike in groups.items():
            storage.backend(account, region).metrics.merge(
                Metric(NAMESPACE, metric, (("QueueName", name),)),
                samples(one.value for one in alike),
                at=minute,
                unit="Bytes" if metric == _BYTES else "Count",
            )

    def _measure(self, queue: Queue) -> None:
        """Fill in the full minutes since a queue was measured last."""
        kept = vars(queue)
        now = int(time.time() // MINUTE * MINUTE)
        last: int | None = kept.get("measured")
        kept["measured"] = now
        if last is None or last == now:
            return
        until = kept.get("used_at", 0.0) + _ACTIVE
        metrics = storage.backend(queue.account_id, queue.region).metrics
        dimensions = (("QueueName", queue.name),)
        # Messages that are too old are there until somebody looks.
        kept_for = queue.message_retention_period
        messages = list(queue._messages)
        for minute in range(last + MINUTE, now + MINUTE, MINUTE):
            oldest = (minute - kept_for) * 1000
            messages = [one for one in messages if one.sent_timestamp > oldest]
            if not messages and minute > until:
                break
            for metric, value, unit in _levels(messages, minute):
                metrics.record(
                    Metric(NAMESPACE, metric, dimensions), value, at=minute, unit=unit
                )


def _levels(messages: list[Message], at: int) -> list[tuple[str, float, str]]:
    """What a queue with such messages holds at a moment: metric, value and unit."""
    moment = at * 1000
    hidden = sum(one.visible_at > moment for one in messages)
    delayed = sum(one.delayed_until > moment for one in messages)
    oldest = min((one.sent_timestamp for one in messages), default=moment)
    visible = len(messages) - hidden - delayed
    return [
        ("ApproximateNumberOfMessagesVisible", visible, "Count"),
        ("ApproximateNumberOfMessagesNotVisible", hidden, "Count"),
        ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
        (
            "ApproximateAgeOfOldestMessage",
            max(0.0, (moment - oldest) / 1000),
            "Seconds",
        ),
    ]
