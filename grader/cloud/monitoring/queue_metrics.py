"""What queues hold and what happens to their messages, in the namespace AWS/SQS.

moto has none. Follows "Available CloudWatch metrics for Amazon SQS": what a queue holds
is measured at each full minute while it holds something or was used in the last six
hours. Nothing runs for that: before a queue changes, what it held since the last look
is noted, and becomes data of minutes before anybody reads metrics.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from moto.sqs.models import Queue, sqs_backends

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
_UNITS = {
    "ApproximateNumberOfMessagesVisible": "Count",
    "ApproximateNumberOfMessagesNotVisible": "Count",
    "ApproximateNumberOfMessagesDelayed": "Count",
    "ApproximateAgeOfOldestMessage": "Seconds",
}


class _Happened(NamedTuple):
    """Something that happened to messages of a queue."""

    account: str
    region: str
    queue: str
    metric: str
    at: float
    value: float


class _Message(NamedTuple):
    """When a message was sent and from when on it is visible, in epoch ms."""

    sent: float
    visible: float
    delayed: float


class _Held(NamedTuple):
    """What a queue held from one minute up to another (epoch seconds).

    It was measured without messages until ``active``; messages are gone after
    ``kept_for`` seconds.
    """

    account: str
    region: str
    queue: str
    begin: int
    end: int
    active: float
    kept_for: float
    messages: tuple[_Message, ...]


class QueueMetrics:
    """Takes what happens at once, and what queues hold by the minute."""

    def __init__(self, clock: Clock, watched: Callable[[str], bool]) -> None:
        self._clock = clock
        self._watched = watched
        self._happened: Backlog[_Happened] = Backlog(
            self._put, lambda: watched(NAMESPACE)
        )
        self._held: Backlog[_Held] = Backlog(self._fill, lambda: watched(NAMESPACE))

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
        self._measure_all(backend)
        self._held.flush()

    def _measure_all(self, backend: MonitoringBackend) -> None:
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
        """Note what a queue held at the full minutes since it was measured last."""
        kept = vars(queue)
        now = int(time.time() // MINUTE * MINUTE)
        last: int | None = kept.get("measured")
        kept["measured"] = now
        if last is None or last == now:
            return
        self._held.note(
            _Held(
                queue.account_id,
                queue.region,
                queue.name,
                last + MINUTE,
                now + MINUTE,
                kept.get("used_at", 0.0) + _ACTIVE,
                queue.message_retention_period,
                tuple(
                    _Message(one.sent_timestamp, one.visible_at, one.delayed_until)
                    for one in queue._messages
                ),
            )
        )

    def _fill(self, found: list[_Held]) -> None:
        for held in found:
            found_levels: dict[str, dict[int, float]] = {name: {} for name in _UNITS}
            messages = held.messages
            for minute in range(held.begin, held.end, MINUTE):
                # Messages that are too old are there until somebody looks.
                oldest = (minute - held.kept_for) * 1000
                messages = tuple(one for one in messages if one.sent > oldest)
                if not messages and minute > held.active:
                    break
                for name, value in _levels(messages, minute).items():
                    found_levels[name][minute] = value
            metrics = storage.backend(held.account, held.region).metrics
            for name, values in found_levels.items():
                metric = Metric(NAMESPACE, name, (("QueueName", held.queue),))
                metrics.record_each(metric, values, unit=_UNITS[name])


def _levels(messages: Sequence[_Message], at: int) -> dict[str, float]:
    """What a queue with such messages holds at a moment, by metric."""
    moment = at * 1000
    hidden = sum(one.visible > moment for one in messages)
    delayed = sum(one.delayed > moment for one in messages)
    oldest = min((one.sent for one in messages), default=moment)
    return {
        "ApproximateNumberOfMessagesVisible": len(messages) - hidden - delayed,
        "ApproximateNumberOfMessagesNotVisible": hidden,
        "ApproximateNumberOfMessagesDelayed": delayed,
        "ApproximateAgeOfOldestMessage": max(0.0, (moment - oldest) / 1000),
    }
