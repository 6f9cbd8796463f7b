"""Archives: what a bus keeps of its events, and for how long.

moto keeps events for ever, in a form that no rule matches, and counts the bytes of a
list. Follows "Archiving events in Amazon EventBridge" in the EventBridge user guide;
AWS's counts are up to a day behind, these aren't.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from moto.events.models import Archive as MotoArchive

from grader.cloud.access.stored_names import backend as stored
from grader.cloud.eventbridge.events import Event
from grader.cloud.eventbridge.rule_names import RuleName

RULE_PREFIX = "Events-Archive-"
"""How AWS names the rule by which an archive gets its events."""
OWNER = "prod.vhs.events.aws.internal"
"""Who manages those rules."""
_DAY = 86_400


class Archive(MotoArchive):  # type: ignore[misc]
    """One archive, with its events in the order in which they came."""

    def __init__(self, *arguments: Any) -> None:
        self._kept: list[Event] = []
        self._lock = threading.Lock()
        super().__init__(*arguments)

    @property
    def events(self) -> list[Event]:
        """What the retention has left, as of now."""
        days = int(self.retention or 0)
        with self._lock:
            if days:
                oldest = time.time() - days * _DAY
                self._kept = [one for one in self._kept if one.ingested > oldest]
            return list(self._kept)

    @events.setter
    def events(self, events: list[Event]) -> None:
        self._kept = events

    def add(self, event: Event) -> None:
        with self._lock:
            self._kept.append(event)

    def describe_short(self) -> dict[str, Any]:
        """Describe the archive, with the number and bytes of its events."""
        events = self.events
        return {
            **super().describe_short(),
            "SizeBytes": sum(len(event.text.encode()) for event in events),
            "EventCount": len(events),
        }


def keep(rule: RuleName, event: Event) -> None:
    """Put an event into the archive whose rule took it."""
    backend = stored("moto.events.models", "events", rule.account, rule.region)
    archives = backend.archives if backend is not None else {}
    archive = archives.get(rule.name.removeprefix(RULE_PREFIX))
    if archive is not None:
        archive.add(event)


def pattern_of(text: str | None) -> str:
    """The pattern of an archive's rule, which leaves out what is replayed."""
    pattern = json.loads(text) if text else {}
    return json.dumps({**pattern, "replay-name": [{"exists": False}]})


def target_of(region: str, rule: str) -> dict[str, str]:
    """The target of an archive's rule; AWS shows no more of it."""
    return {"Id": rule, "Arn": f"arn:aws:events:{region}:::"}
