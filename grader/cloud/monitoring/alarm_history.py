"""What became of alarms: DescribeAlarmHistory.

moto has none. CloudWatch keeps it for two weeks, also of alarms that were deleted.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.monitoring import pages
from grader.cloud.monitoring.alarms import Alarm, State
from grader.cloud.monitoring.moments import epoch, moment, stamp
from grader.facts import cloudwatch

_KEPT = cloudwatch.ALARM_HISTORY.value
_ITEMS = 10_000
_PAGE = 100

Members = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One thing that happened to an alarm; ``kind`` is AWS's HistoryItemType."""

    alarm: str
    alarm_kind: str
    kind: str
    summary: str
    data: str
    at: float


class History:
    """The history of one account's alarms in one Region, newest last."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque(maxlen=_ITEMS)
        self._lock = threading.Lock()

    def configured(self, alarm: Alarm, *, operation: str, at: float) -> None:
        """Note that an alarm was created, updated or deleted."""
        told = {
            "Create": ("created", "createdAlarm"),
            "Update": ("updated", "updatedAlarm"),
            "Delete": ("deleted", "deletedAlarm"),
        }
        verb, member = told[operation]
        data = {
            "version": "1.0",
            "type": operation,
            member: _plain(alarm.described()),
        }
        summary = f'Alarm "{alarm.name}" {verb}'
        self._note(alarm, "ConfigurationUpdate", summary, data, at)

    def changed(self, alarm: Alarm, *, old: State, new: State) -> None:
        """Note that an alarm is in another state."""
        data = {"version": "1.0", "oldState": _state(old), "newState": _state(new)}
        summary = f"Alarm updated from {old.value} to {new.value}"
        self._note(alarm, "StateUpdate", summary, data, new.since)

    def acted(
        self, alarm: Alarm, *, action: str, error: str | None, message: Any, at: float
    ) -> None:
        """Note an action, and why it failed if it did."""
        data: dict[str, Any] = {
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(alarm.state.since * 1000),
            "notificationResource": action,
        }
        if error:
            data["error"] = error
        elif message is not None:
            data["publishedMessage"] = message
        did = "Failed to execute" if error else "Successfully executed"
        self._note(alarm, "Action", f"{did} action {action}", data, at)

    def described(self, members: Members) -> dict[str, Any]:
        """Answer DescribeAlarmHistory.

        Raises:
            Refusal: InvalidNextToken.
        """
        kinds = members.get("AlarmTypes") or ["MetricAlarm"]
        start = members.get("StartDate")
        end = members.get("EndDate")
        since = max(time.time() - _KEPT, epoch(start) if start else 0.0)
        with self._lock:
            found = [
                item
                for item in self._items
                if item.at >= since
                and (end is None or item.at <= epoch(end))
                and members.get("AlarmName") in (None, item.alarm)
                and members.get("HistoryItemType") in (None, item.kind)
                and ("AlarmName" in members or item.alarm_kind in kinds)
            ]
        if members.get("ScanBy") != "TimestampAscending":
            found.reverse()
        size = members.get("MaxRecords") or _PAGE
        page, token = pages.page(found, size, members.get("NextToken"))
        answer: dict[str, Any] = {
            "AlarmHistoryItems": [_described(one) for one in page]
        }
        if token:
            answer["NextToken"] = token
        return answer

    def _note(
        self, alarm: Alarm, kind: str, summary: str, data: Members, at: float
    ) -> None:
        text = json.dumps(data, separators=(",", ":"))
        item = Item(alarm.name, alarm.kind, kind, summary, text, at)
        with self._lock:
            self._items.append(item)


def _described(item: Item) -> dict[str, Any]:
    return {
        "AlarmName": item.alarm,
        "AlarmType": item.alarm_kind,
        "Timestamp": moment(item.at),
        "HistoryItemType": item.kind,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }


def _state(state: State) -> dict[str, Any]:
    told: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.data is not None:
        told["stateReasonData"] = json.loads(state.data)
    return told


def _plain(described: Members) -> dict[str, Any]:
    """Write an alarm's members as histories do: lower camel case, times as text."""
    plain: dict[str, Any] = {}
    for name, value in described.items():
        if hasattr(value, "timestamp"):
            value = stamp(value.timestamp())
        plain[name[0].lower() + name[1:]] = value
    return plain
