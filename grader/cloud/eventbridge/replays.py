"""Replays: archived events once more, through the rules of their bus.

moto plays all of an archive, whatever the window, within StartReplay. Follows
"Replaying archived events in Amazon EventBridge" in the EventBridge user guide.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from moto.events.models import Replay as MotoReplay
from moto.events.models import ReplayState

from grader.cloud.eventbridge import errors
from grader.cloud.eventbridge.archives import Archive
from grader.cloud.eventbridge.bridge import EventBridge
from grader.cloud.eventbridge.events import BusName, Event, moment
from grader.facts import eventbridge

_ACTIVE = (ReplayState.STARTING, ReplayState.RUNNING)


class Replay(MotoReplay):  # type: ignore[misc]
    """One replay, from STARTING to COMPLETED or CANCELLED."""

    last_replayed: float | None = None

    def describe_short(self) -> dict[str, Any]:
        """Describe the replay, with the time of the event that it played last."""
        described: dict[str, Any] = super().describe_short()
        if self.last_replayed is not None:
            described["EventLastReplayedTime"] = self.last_replayed
        return {key: one for key, one in described.items() if one is not None}

    def describe(self) -> dict[str, Any]:
        """Describe all of it."""
        described: dict[str, Any] = super().describe()
        return {key: one for key, one in described.items() if one is not None}

    @property
    def active(self) -> bool:
        return self.state in _ACTIVE


def check(
    archive: Archive, destination: Mapping[str, Any], rules: Mapping[str, Any]
) -> None:
    """Refuse a replay to another bus than the archive's, or to rules not on it.

    Raises:
        JsonRESTError: ValidationException.
    """
    if destination["Arn"] != archive.source_arn:
        raise errors.not_valid(
            "Destination.Arn", "Cross event bus replay is not permitted."
        )
    known = {rule.arn for rule in rules.values()}
    for arn in destination.get("FilterArns") or []:
        if arn not in known:
            raise errors.not_valid(
                "Destination.FilterArns", f"Rule {arn} does not exist on the event bus."
            )


def check_number(active: int) -> None:
    """Refuse more replays at once than an account may have.

    Raises:
        JsonRESTError: LimitExceededException.
    """
    if active >= eventbridge.ACTIVE_REPLAYS.value:
        raise errors.limit_exceeded()


def play(replay: Replay, archive: Archive, bridge: EventBridge) -> None:
    """Put the events of the window on their bus again, the oldest first.

    A replayed event has an id of its own, and the replay's name beside the rest.
    """
    start, end = float(replay.event_start_time), float(replay.event_end_time)
    rules = replay.destination.get("FilterArns")
    bus = BusName(replay.account_id, replay.region, archive.event_bus_name)
    if replay.state is ReplayState.STARTING:
        replay.state = ReplayState.RUNNING
    chosen = [event for event in archive.events if start <= _time(event) <= end]
    for event in sorted(chosen, key=_time):
        if replay.state is not ReplayState.RUNNING:
            break
        body = {
            **event.body,
            "id": str(uuid.uuid4()),
            "replay-name": replay.name,
        }
        only = frozenset(rules) if rules else None
        bridge.publish(bus, Event(body, time.time(), only_rules=only))
        replay.last_replayed = _time(event)
    cancelled = replay.state is ReplayState.CANCELLING
    replay.state = ReplayState.CANCELLED if cancelled else ReplayState.COMPLETED
    replay.end_time = time.time()


def cancel(replay: Replay) -> None:
    """Stop a replay that isn't over.

    Raises:
        JsonRESTError: IllegalStatusException.
    """
    if not replay.active:
        raise errors.illegal_status(
            f"Replay {replay.name} is not in a valid state for this operation."
        )
    replay.state = ReplayState.CANCELLING


def _time(event: Event) -> float:
    return moment(event.body["time"])
