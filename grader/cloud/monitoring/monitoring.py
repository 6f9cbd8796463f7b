"""CloudWatch within one cloud."""

from __future__ import annotations

from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.clock import Clock
from grader.cloud.monitoring import control, storage
from grader.cloud.monitoring.alarm_clock import AlarmClock


class Monitoring:
    """Takes the place of moto's CloudWatch from ``install`` to ``close``."""

    def __init__(self, clock: Clock, asynchronous: AsynchronousInvoker) -> None:
        self.alarms = AlarmClock(clock, asynchronous)

    def install(self) -> None:
        """Answer CloudWatch's requests, and watch over every metric for alarms."""
        control.install(self.alarms)
        storage.on_data(self.alarms.data_came)

    def close(self) -> None:
        """Evaluate no alarm any more."""
        storage.on_data(None)
        self.alarms.close()
