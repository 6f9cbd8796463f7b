"""Shards of a stream as a poller reads them, whatever the stream's service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol


@dataclass(frozen=True)
class ShardRecord:
    """A record of a shard.

    ``at`` is when it came, in epoch seconds; records of one ``key`` stay in order;
    ``event`` is the record as a function gets it, ``filtered`` as filters see it;
    ``trace_header`` is that of whoever wrote it.
    """

    number: int
    at: float
    key: str
    event: Mapping[str, Any]
    filtered: Mapping[str, Any]
    trace_header: str | None = None

    @cached_property
    def text(self) -> str:
        """The record in JSON, as it is part of an event."""
        return json.dumps(self.event, separators=(",", ":"))


class Shard(Protocol):
    """One shard; numbers of its records go up."""

    @property
    def id(self) -> str: ...

    @property
    def parents(self) -> Sequence[str]:
        """The ids of the shards that have to be read before it."""

    @property
    def trimmed(self) -> int:
        """The highest number of a record that is gone, below that of any other."""

    @property
    def retention(self) -> float:
        """Seconds after which a record is gone."""

    def read(self, after: int, limit: int) -> list[ShardRecord]:
        """Return the oldest records with higher numbers."""

    def number_at(self, moment: float) -> int:
        """Return a number below every record from a moment (epoch seconds) on."""

    def ends_at(self, number: int) -> bool:
        """Say whether nothing comes after a record of this number any more."""


class StreamSource(Protocol):
    """A service that has streams.

    ``batch_info`` is the member that describes a batch to a destination. The execution
    role needs all of ``actions`` to make a mapping, the first of them to read.
    """

    batch_info: str
    actions: Sequence[str]
    observers: list[Callable[[str], None]]

    def shards(self, arn: str) -> list[Shard]:
        """Return a stream's shards, oldest first; none if it is gone."""
