"""CloudWatch's metrics and alarms in moto's storage, so that moto's services find them.

moto keeps metrics in a list that it reads from end to end, and alarms that never
change by themselves; ``MonitoringBackend`` has its own of both.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import moto.cloudwatch.urls
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from grader.cloud.monitoring.alarm_history import History
from grader.cloud.monitoring.alarms import Alarm
from grader.cloud.monitoring.metric_store import MetricStore
from grader.cloud.monitoring.metrics import Metric, dimensions


class MonitoringBackend(CloudWatchBackend):  # type: ignore[misc]
    """One account's metrics and alarms in one Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.metrics = MetricStore(self._data_came, self._gather)
        self.history = History()
        # The day, by its midnight, for which each bucket was measured last.
        self.measured: dict[str, int] = {}
        self.alarms: dict[str, Alarm] = {}

    def _data_came(self, metric: Metric) -> None:
        for observer in _observers:
            observer(self, metric)

    def _gather(self) -> None:
        for source in _sources:
            source(self)

    @property
    def _url_module(self) -> ModuleType:
        urls: ModuleType = moto.cloudwatch.urls
        return urls

    def put_metric_data(self, namespace: str, metric_data: Iterable[Any]) -> None:
        """Take the metrics of another of moto's services."""
        for datum in metric_data:
            self.metrics.record(
                Metric(
                    namespace, datum["MetricName"], dimensions(datum.get("Dimensions"))
                ),
                float(datum["Value"]),
                at=time.time(),
                unit=datum.get("Unit") or "None",
            )


Observer = Callable[[MonitoringBackend, Metric], None]
Source = Callable[[MonitoringBackend], None]
_observers: list[Observer] = []
_sources: list[Source] = []


def attend(observer: Observer | None, *sources: Source) -> None:
    """Say who is told of metrics that get data, and who adds some before reading.

    None ends that.
    """
    _observers[:] = [observer] if observer is not None else []
    _sources[:] = sources


def install() -> None:
    """Make moto keep its metrics and alarms in ``MonitoringBackend``."""
    if cloudwatch_backends.backend is not MonitoringBackend:
        cloudwatch_backends.backend = MonitoringBackend
        cloudwatch_backends.clear()


def backend(account: str, region: str) -> MonitoringBackend:
    """Return the storage of one account and Region."""
    install()
    found: MonitoringBackend = cloudwatch_backends[account][region]
    return found
