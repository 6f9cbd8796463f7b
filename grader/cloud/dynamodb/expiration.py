"""Time to live: items that go some time after they expired.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html. AWS deletes
an expired item "within a few days"; here that is at the first full hour of lab time
after it expired. Until then it is read, and can be changed, like any other. moto keeps
the setting and never deletes anything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from grader.cloud.clock import Clock, Due
from grader.cloud.dynamodb import items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.items import StoredItem
from grader.cloud.dynamodb.values import Attributes
from grader.facts import dynamodb as limits

_HOUR = 3600
# What expired longer ago than this isn't deleted: more likely it is no time at all.
_TOO_OLD = limits.OLDEST_EXPIRY.value * 365 * 24 * _HOUR
# Nobody lets the lab's clock run so far. Milliseconds written as seconds are later.
_NEVER = 100 * 365 * 24 * _HOUR
_DELETED_BY = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


class Sweeps:
    """When each table is looked through next, on the clock of the cloud."""

    def __init__(self) -> None:
        self._clock: Clock | None = None

    def follow(self, clock: Clock) -> None:
        """Go by this clock from now on."""
        self._clock = clock

    def plan(self, table: Any, when: float) -> None:
        """Look a table through at ``when``, unless that is to happen before."""
        planned: Due | None = table.__dict__.get("sweep")
        if self._clock is None or (planned is not None and planned.when <= when):
            return
        if planned is not None:
            planned.cancel()
        table.sweep = self._clock.call_at(when, lambda: _sweep(table))


sweeps = Sweeps()


def expect(table: Any, item: StoredItem) -> None:
    """See to it that an item that was stored is deleted in time."""
    name = _attribute(table)
    if name is None:
        return
    expires = _expiry(item.attributes, name)
    now = time.time()
    if expires is not None and now - _TOO_OLD < expires < now + _NEVER:
        sweeps.plan(table, _full_hour_after(max(expires, now)))


def _attribute(table: Any) -> str | None:
    """Return the attribute that tells when an item expires, if the table has one."""
    enabled = table.ttl.get("TimeToLiveStatus") == "ENABLED"
    return str(table.ttl["AttributeName"]) if enabled else None


def _expiry(attributes: Attributes, name: str) -> float | None:
    """Return the moment in epoch seconds; None where it isn't a number."""
    number = attributes.get(name, {}).get("N")
    return float(number) if number is not None else None


def _full_hour_after(moment: float) -> float:
    return (moment // _HOUR + 1) * _HOUR


def _sweep(table: Any) -> None:
    with items.lock:
        table.sweep = None
        name = _attribute(table)
        # The table may have been deleted since.
        if name is None or getattr(table, "deleted", False):
            return
        now = time.time()
        for item in list(items.every(table)):
            expires = _expiry(item.attributes, name)
            if expires is None:
                continue
            if now - _TOO_OLD < expires <= now:
                items.replace(table, item, None, userIdentity=_DELETED_BY)
            else:
                expect(table, item)


def update_time_to_live(call: Call) -> dict[str, Any]:
    """Turn expiry on or off.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html.
    AWS takes up to an hour; here it is done at once, and can't be undone for an hour.
    """
    table = call.table()
    wanted: Mapping[str, Any] = call.members["TimeToLiveSpecification"]
    name, enabled = wanted["AttributeName"], wanted["Enabled"]
    current = _attribute(table)
    if enabled and current is not None:
        raise invalid("TimeToLive is already enabled")
    if not enabled and current is None:
        raise invalid("TimeToLive is already disabled")
    if not enabled and current != name:
        raise invalid(
            "TimeToLive is active on a different AttributeName: current AttributeName"
            f" is {current}"
        )
    if time.time() < table.ttl.get("until", 0.0):
        raise invalid(
            "Time to live has been modified multiple times within a fixed interval"
        )
    table.ttl = {
        "TimeToLiveStatus": "ENABLED" if enabled else "DISABLED",
        "AttributeName": name,
        "until": time.time() + _HOUR,
    }
    for item in items.every(table) if enabled else ():
        expect(table, item)
    return {"TimeToLiveSpecification": {"AttributeName": name, "Enabled": enabled}}


def describe_time_to_live(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html"""
    name = _attribute(call.table())
    if name is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    shown = {"TimeToLiveStatus": "ENABLED", "AttributeName": name}
    return {"TimeToLiveDescription": shown}
