"""An event as it travels over buses.

Follows "AWS service event metadata" in the EventBridge user guide.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from grader.cloud import lineage


class BusName(NamedTuple):
    """Which bus is meant, of all accounts and Regions."""

    account: str
    region: str
    name: str = "default"

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{self.name}"


@dataclass(frozen=True)
class Event:
    """What rules and targets get to see, and where it has been.

    ``ingested`` is lab time in epoch seconds. ``forwarded_by`` are the rules that
    passed it on from bus to bus, by their ARNs. ``only_rules`` are those that a replay
    is for; None is all of them. ``begun`` is the trace of the call that caused it,
    where that came without one: no target sees it.
    """

    body: Mapping[str, Any]
    ingested: float
    trace_header: str | None = None
    forwarded_by: tuple[str, ...] = ()
    only_rules: frozenset[str] | None = None
    begun: str | None = None

    @cached_property
    def chain(self) -> str:
        """The trace header by which all functions that get the event belong together.

        Made up where no call caused it.
        """
        return self.trace_header or self.begun or lineage.root(sampled=False)

    @cached_property
    def text(self) -> str:
        """The event as JSON."""
        return json.dumps(self.body, separators=(",", ":"))


def envelope(
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    account: str,
    region: str,
    at: float,
    resources: Iterable[str] = (),
) -> dict[str, Any]:
    """Put the detail of an event into EventBridge's frame; ``at`` is epoch seconds."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": timestamp(at),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }


def timestamp(at: float) -> str:
    """Write a moment as events do: in whole seconds."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment(stamp: str) -> float:
    """Read a moment, in epoch seconds."""
    return datetime.fromisoformat(stamp).timestamp()
