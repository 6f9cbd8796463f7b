"""Log groups and streams in moto's storage, so that moto's services write into them.

moto keeps events for ever, counts characters instead of bytes, and sends every event
to every subscription; ``LogStream`` doesn't.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import moto.logs.urls
from moto.logs import models
from moto.logs.models import logs_backends

from grader.cloud.logs import errors
from grader.cloud.logs.log_events import OVERHEAD, LogEvent
from grader.cloud.logs.metric_filters import MetricFilter
from grader.cloud.logs.patterns import parse
from grader.cloud.monitoring import Incoming
from grader.facts import cloudwatch

# In ms, as log events count time.
_DAY = 86_400_000


class LogStream(models.LogStream):  # type: ignore[misc]
    """One stream's events, in the order in which they came."""

    def __init__(self, log_group: LogGroup, name: str) -> None:
        self._kept: list[LogEvent] = []
        self._lock = threading.Lock()
        super().__init__(log_group, name)

    @property
    def events(self) -> list[LogEvent]:
        """The events that the group's retention has left, as of now."""
        self._expire()
        return self._kept

    @events.setter
    def events(self, events: list[LogEvent]) -> None:
        self._kept = events

    @property
    def last_ingestion_time(self) -> datetime | None:
        """When events came last."""
        if self._ingested is None:
            return None
        # moto's times are in UTC without saying so.
        return datetime.fromtimestamp(self._ingested / 1000, UTC).replace(tzinfo=None)

    @last_ingestion_time.setter
    def last_ingestion_time(self, when: None) -> None:
        self._ingested: int | None = when

    @property
    def message_bytes(self) -> int:
        """Bytes of all messages, as they're billed for being kept."""
        return int(self.stored_bytes) - OVERHEAD * len(self._kept)

    def put_log_events(self, log_events: Iterable[Mapping[str, Any]]) -> str:
        """Store events, and give them to the group's filters."""
        now = int(time.time() * 1000)
        events = [LogEvent(one["timestamp"], one["message"], now) for one in log_events]
        size = sum([event.size for event in events])
        with self._lock:
            self._ingested = now
            self.stored_bytes += size
            self._kept.extend(events)
            self.upload_sequence_token += 1
        self.log_group.grow(size - OVERHEAD * len(events))
        if events:
            self.log_group.came(self, events, size)
        return f"{self.upload_sequence_token:056d}"

    def _expire(self) -> None:
        retention = self.log_group.retention
        if retention is None or not self._kept:
            return
        oldest = time.time() * 1000 - retention
        with self._lock:
            if all(event.timestamp >= oldest for event in self._kept):
                return
            before = self.message_bytes
            self._kept = [event for event in self._kept if event.timestamp >= oldest]
            self.stored_bytes = sum(event.size for event in self._kept)
            self.log_group.grow(self.message_bytes - before)


class LogGroup(models.LogGroup):  # type: ignore[misc]
    """One log group: its streams, its retention and its filters."""

    def __init__(self, account_id: str, region: str, name: str, **kwargs: Any) -> None:
        super().__init__(account_id, region, name, **kwargs)
        self.metric_filters: dict[str, MetricFilter] = {}
        self._message_bytes = 0
        self._growing = threading.Lock()

    def message_bytes(self) -> int:
        """Bytes of all messages that its retention has left.

        They're asked for at each hour that the clock is moved by, so they are counted
        when they come and go.
        """
        if self.retention is not None:
            for stream in list(self.streams.values()):
                stream._expire()
        return self._message_bytes

    def grow(self, size: int) -> None:
        """Count messages that came, or went, in bytes."""
        with self._growing:
            self._message_bytes += size

    @property
    def retention(self) -> int | None:
        """How long events are kept, in ms; None for ever."""
        days = self.retention_in_days
        return None if days is None else int(days) * _DAY

    def create_log_stream(self, log_stream_name: str) -> None:
        """Create a stream."""
        if log_stream_name in self.streams:
            raise errors.existing("log stream")
        self.streams[log_stream_name] = LogStream(self, log_stream_name)

    def delete_log_stream(self, log_stream_name: str) -> None:
        """Delete a stream and its events."""
        self.grow(-self.streams.pop(log_stream_name).message_bytes)

    def put_subscription_filter(
        self, filter_name: str, filter_pattern: str, destination_arn: str, role_arn: str
    ) -> None:
        """Subscribe; moto refuses to change one of two subscriptions."""
        most = cloudwatch.SUBSCRIPTION_FILTERS.value
        others = [name for name in self.subscription_filters if name != filter_name]
        if len(others) >= most:
            raise errors.limit_exceeded()
        self.subscription_filters[filter_name] = models.SubscriptionFilter(
            filter_name, self.name, filter_pattern, destination_arn, role_arn
        )

    def came(self, stream: LogStream, events: list[LogEvent], size: int) -> None:
        """Give new events to the metric filters and subscriptions."""
        batch = Incoming(
            self.account_id,
            self.region,
            self.name,
            events[0].ingestion_time / 1000,
            len(events),
            size,
        )
        for tell in _batch_observers:
            tell(batch)
        for one in list(self.metric_filters.values()):
            one.publish(events, account=self.account_id, region=self.region)
        for subscription in list(self.subscription_filters.values()):
            pattern = parse(subscription.filter_pattern)
            matching = [event for event in events if pattern.match(event.message)]
            if not matching:
                continue
            stream._send_log_events(
                service=subscription.destination_arn.split(":")[2],
                destination_arn=subscription.destination_arn,
                filter_name=subscription.name,
                log_events=[
                    {
                        "id": event.event_id,
                        "timestamp": event.timestamp,
                        "message": event.message,
                    }
                    for event in matching
                ],
            )

    def to_describe_dict(self) -> dict[str, Any]:
        """Describe the group with AWS's member names."""
        for stream in list(self.streams.values()):
            stream._expire()
        described: dict[str, Any] = super().to_describe_dict()
        described["metricFilterCount"] = len(self.metric_filters)
        described["logGroupClass"] = "STANDARD"
        return described


class LogsBackend(models.LogsBackend):  # type: ignore[misc]
    """One account's log groups in one Region."""

    @property
    def _url_module(self) -> ModuleType:
        urls: ModuleType = moto.logs.urls
        return urls

    def create_log_group(
        self, log_group_name: str, tags: dict[str, str] | None, **kwargs: Any
    ) -> LogGroup:
        """Create a group."""
        if log_group_name in self.groups:
            raise errors.existing("log group")
        group = self._new(log_group_name, **kwargs)
        self.tag_resource(group.arn, tags or {})
        return group

    def ensure_log_group(self, log_group_name: str) -> None:
        """Create a group for another of moto's services, unless it exists."""
        if log_group_name not in self.groups:
            self._new(log_group_name)

    def _new(self, name: str, **kwargs: Any) -> LogGroup:
        group = LogGroup(self.account_id, self.region_name, name, **kwargs)
        self.groups[name] = group
        return group

    def group(self, name: str | None, identifier: str | None = None) -> LogGroup:
        """Find a group by its name, or by its name or ARN as an identifier.

        Raises:
            AWSError: ResourceNotFoundException, InvalidParameterException.
        """
        if (name is None) == (identifier is None):
            raise errors.invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be specified."
            )
        if name is None:
            assert identifier is not None
            name = identifier
            if name.startswith("arn:"):
                name = name.split(":", 6)[-1].removesuffix(":*")
        found: LogGroup | None = self.groups.get(name)
        if found is None:
            raise errors.missing("log group")
        return found

    def stream(self, group: LogGroup, name: str) -> LogStream:
        """Find a stream of a group.

        Raises:
            AWSError: ResourceNotFoundException.
        """
        found: LogStream | None = group.streams.get(name)
        if found is None:
            raise errors.missing("log stream")
        return found


_batch_observers: list[Callable[[Incoming], None]] = []


def on_batch(observer: Callable[[Incoming], None]) -> None:
    """Say who is told of each batch of events that a group took."""
    _batch_observers[:] = [observer]


def install() -> None:
    """Make moto keep its log groups in ``LogsBackend``."""
    if logs_backends.backend is not LogsBackend:
        logs_backends.backend = LogsBackend
        logs_backends.clear()


def backend(account: str, region: str) -> LogsBackend:
    """Return the log groups of one account and Region."""
    install()
    found: LogsBackend = logs_backends[account][region]
    return found
