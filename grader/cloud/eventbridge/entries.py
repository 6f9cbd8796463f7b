"""What PutEvents takes: entries, each checked by itself.

moto takes any source, any detail that is JSON, and requests of any size. Follows
"PutEvents" in the EventBridge API reference and "Sending events with PutEvents" in the
user guide.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from grader.cloud.access.audit_trail import current_chain
from grader.cloud.eventbridge import errors
from grader.cloud.eventbridge.events import BusName, Event, envelope
from grader.facts import eventbridge

_LIMIT = eventbridge.REQUEST_SIZE.value
_REQUIRED = ("Source", "DetailType", "Detail")

Entry = Mapping[str, Any]


class RefusedEntry(Exception):
    """An entry that becomes no event, with AWS's code for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_size(entries: Sequence[Entry]) -> None:
    """Refuse a request whose entries are too large together.

    Raises:
        JsonRESTError: ValidationException.
    """
    if sum(map(_size, entries)) > _LIMIT:
        raise errors.validation(
            "Total size of the entries in the request is over the limit."
        )


def _size(entry: Entry) -> int:
    """Count an entry's bytes as EventBridge does."""
    texts = [entry.get(name) or "" for name in _REQUIRED]
    texts += entry.get("Resources") or []
    size = sum(len(str(text).encode()) for text in texts)
    return size + (eventbridge.TIME_SIZE.value if entry.get("Time") else 0)


def bus_of(entry: Entry, account: str, region: str) -> BusName:
    """Which bus an entry is for, by a name or an ARN.

    Raises:
        RefusedEntry: for a bus of another Region, which has an endpoint of its own.
    """
    named = entry.get("EventBusName") or "default"
    if not named.startswith("arn:"):
        return BusName(account, region, named)
    _, _, _, of_region, of_account, resource = named.split(":", 5)
    if of_region != region:
        raise _invalid("EventBusName", "Event bus is in another Region.")
    return BusName(of_account, of_region, resource.partition("/")[2])


def event_of(
    entry: Entry, account: str, region: str, trace_header: str | None = None
) -> Event:
    """Make an event of an entry that somebody in an account sent.

    Raises:
        RefusedEntry: InvalidArgument, MalformedDetail, NotAuthorizedForSourceException.
    """
    for name in _REQUIRED:
        if not entry.get(name):
            raise _invalid(name, f"{name} is a required argument.")
    # Only AWS's own services may call themselves so.
    if entry["Source"].startswith("aws."):
        raise RefusedEntry(
            "NotAuthorizedForSourceException", "Not authorized for the source."
        )
    now = time.time()
    body = envelope(
        source=entry["Source"],
        detail_type=entry["DetailType"],
        detail=_detail(entry["Detail"]),
        account=account,
        region=region,
        at=_time(entry["Time"]) if entry.get("Time") else now,
        resources=entry.get("Resources") or (),
    )
    header = entry.get("TraceHeader") or trace_header
    return Event(body, now, header, begun=current_chain())


def _detail(text: str) -> Mapping[str, Any]:
    try:
        detail = json.loads(text)
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        raise RefusedEntry("MalformedDetail", "Detail is malformed.")
    return detail


def _time(given: float | str) -> float:
    if isinstance(given, str):
        return datetime.fromisoformat(given).timestamp()
    return float(given)


def _invalid(name: str, reason: str) -> RefusedEntry:
    return RefusedEntry(
        "InvalidArgument", f"Parameter {name} is not valid. Reason: {reason}"
    )
