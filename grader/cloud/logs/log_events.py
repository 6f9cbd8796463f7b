"""One log event.

moto's own keeps a list of all events there ever were, for its dashboard.
"""

from __future__ import annotations

import itertools
from typing import Any

from grader.facts import cloudwatch

OVERHEAD = cloudwatch.EVENT_OVERHEAD.value
"""Bytes that AWS counts for each event beside its message."""

_ids = itertools.count()


class LogEvent:
    """A message with the times, in ms, at which it happened and came in."""

    __slots__ = ("event_id", "ingestion_time", "message", "timestamp")

    def __init__(self, timestamp: int, message: str, ingestion_time: int) -> None:
        self.timestamp = timestamp
        self.message = message
        self.ingestion_time = ingestion_time
        self.event_id = next(_ids)

    @property
    def size(self) -> int:
        """What the event counts for, in bytes."""
        message = self.message
        length = len(message) if message.isascii() else len(message.encode())
        return length + OVERHEAD

    def to_response_dict(self) -> dict[str, Any]:
        """Describe the event as GetLogEvents does; moto calls this, too."""
        return {
            "timestamp": self.timestamp,
            "message": self.message,
            "ingestionTime": self.ingestion_time,
        }

    def to_filter_dict(self) -> dict[str, Any]:
        """Describe the event as FilterLogEvents does; moto calls this, too."""
        return {**self.to_response_dict(), "eventId": f"{self.event_id:056d}"}
