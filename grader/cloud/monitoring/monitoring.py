"""CloudWatch within one cloud."""

from __future__ import annotations

from grader.cloud import dynamodb
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.clock import Clock
from grader.cloud.invocation import Invoker
from grader.cloud.monitoring import control, storage, storage_metrics
from grader.cloud.monitoring.alarm_clock import AlarmClock
from grader.cloud.monitoring.event_metrics import EventMetrics
from grader.cloud.monitoring.gateway_metrics import GatewayMetrics
from grader.cloud.monitoring.lambda_metrics import LambdaMetrics
from grader.cloud.monitoring.log_metrics import LogMetrics
from grader.cloud.monitoring.queue_metrics import QueueMetrics
from grader.cloud.monitoring.table_metrics import TableMetrics
from grader.cloud.monitoring.topic_metrics import TopicMetrics
from grader.cloud.queues import observers


class Monitoring:
    """Takes the place of moto's CloudWatch from ``install`` to ``close``."""

    def __init__(
        self, clock: Clock, invoker: Invoker, asynchronous: AsynchronousInvoker
    ) -> None:
        self._alarms = AlarmClock(clock, asynchronous)
        self._functions = LambdaMetrics(self._alarms.watches)
        self.gateway = GatewayMetrics(self._alarms.watches)
        self.polled = self._functions.polled
        self.logs = LogMetrics(self._alarms.watches)
        self.events = EventMetrics(self._alarms.watches)
        self.topics = TopicMetrics(self._alarms.watches)
        self._tables = TableMetrics(self._alarms.watches)
        self._queues = QueueMetrics(clock, self._alarms.watches)
        invoker.on_end.append(self._functions.ended)
        invoker.on_throttle.append(self._functions.throttled)
        asynchronous.on_measure.append(self._functions.measured)

    def install(self) -> None:
        """Answer CloudWatch's requests, and watch over every metric for alarms."""
        control.install(self._alarms)
        dynamodb.observers.append(self._tables.consumed)
        observers.observe(self._queues)
        storage.attend(
            self._alarms.data_came,
            lambda _: self._functions.flush(),
            lambda _: self.gateway.flush(),
            lambda _: self.events.flush(),
            lambda _: self.topics.flush(),
            lambda _: self._tables.flush(),
            self._queues.gather,
            storage_metrics.measure,
            lambda _: self.logs.flush(),
        )

    def close(self) -> None:
        """Evaluate no alarm any more."""
        dynamodb.observers.remove(self._tables.consumed)
        observers.observe(None)
        storage.attend(None)
        self._alarms.close()
