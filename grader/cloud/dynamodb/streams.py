"""The streams of tables: each change to an item, in order, for a day.

moto keeps one shard as long as the table lives, trims nothing, and tells a made-up size
and us-east-1 in each record. Follows "Change data capture for DynamoDB Streams" in the
DynamoDB developer guide. A stream has one shard here; on AWS a table's partitions have
one each, which are replaced every few hours.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from grader.cloud import dynamodb
from grader.cloud.access.audit_trail import current_chain
from grader.cloud.dynamodb.item_sizes import item_size
from grader.cloud.dynamodb.values import Attributes
from grader.facts import dynamodb as limits

# Seconds that a record, and a stream that ended, can be read.
RETENTION = limits.STREAM_RETENTION.value
# The shortest that AWS has; it leaves gaps between them, too.
_FIRST_NUMBER, _GAP = 100_000_000_000_000_000_000, 111
_NEW, _OLD = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"), ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")


@dataclass(frozen=True)
class StreamRecord:
    """A change to one item.

    ``at`` is lab time in epoch seconds; ``size`` in bytes; ``key`` is the item's whole
    primary key as text; ``shape`` is the record as the API writes it;
    ``trace_header`` is that of whoever wrote.
    """

    number: int
    at: float
    size: int
    key: str
    shape: Mapping[str, Any]
    trace_header: str | None


class Stream:
    """One stream of a table: its records, oldest first.

    Numbers of records go up. ``trimmed`` is the highest one that is gone, ``last`` the
    highest one given so far; both are below every number that is still to come.
    """

    def __init__(self, table: Any, view_type: str, label: str) -> None:
        self.arn = f"{table.table_arn}/stream/{label}"
        self.label = label
        self.view_type = view_type
        self.table_name: str = table.name
        self.key_schema = table.schema
        self.created = time.time()
        self.ended: float | None = None
        self.first = self.trimmed = self.last = _FIRST_NUMBER
        moment = int(self.created * 1000)
        self.shard_id = f"shardId-{moment:020d}-{secrets.token_hex(4)}"
        self._region: str = table.region_name
        self._keys: list[str] = [key["AttributeName"] for key in table.schema]
        self._records: list[StreamRecord] = []
        # Its own, not that of the items: whoever reads a stream waits for no writer.
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> Stream:
        """Stay the one stream where moto copies a table for its backup."""
        return self

    def add(
        self,
        before: Attributes | None,
        after: Attributes | None,
        more: Mapping[str, Any],
    ) -> None:
        """Note what an item was and what it is now; ``more`` is added to the record."""
        one = after if after is not None else before
        assert one is not None, "nothing changed"
        keys = {name: one[name] for name in self._keys}
        images: dict[str, Any] = {}
        if after is not None and self.view_type in _NEW:
            images["NewImage"] = after
        if before is not None and self.view_type in _OLD:
            images["OldImage"] = before
        size = item_size(keys) + sum(map(item_size, images.values()))
        name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        with self._lock:
            self._trim()
            at = time.time()
            self.last += _GAP
            shape = {
                "eventID": uuid.uuid4().hex,
                "eventName": name,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": self._region,
                "dynamodb": {
                    # "Rounded down to the closest second".
                    "ApproximateCreationDateTime": int(at),
                    "Keys": keys,
                    **images,
                    "SequenceNumber": str(self.last),
                    "SizeBytes": size,
                    "StreamViewType": self.view_type,
                },
                **more,
            }
            key = json.dumps(keys, sort_keys=True)
            self._records.append(
                StreamRecord(self.last, at, size, key, shape, current_chain())
            )
        for told in tuple(dynamodb.stream_observers):
            told(self.arn)

    def read(self, after: int, limit: int) -> list[StreamRecord]:
        """Return the oldest records above a number that aren't trimmed yet."""
        with self._lock:
            self._trim()
            start = bisect_right(self._records, after, key=attrgetter("number"))
            return self._records[start : start + limit]

    def number_at(self, moment: float) -> int:
        """Return a number below every record from a moment (epoch seconds) on."""
        with self._lock:
            self._trim()
            for one in self._records:
                if one.at >= moment:
                    return one.number - 1
            return self.last

    def end(self) -> None:
        """Take no record any more; those that are there can still be read."""
        self.ended = time.time()

    @property
    def forgotten(self) -> bool:
        """Whether it ended so long ago that nothing knows it any more."""
        return self.ended is not None and time.time() >= self.ended + RETENTION

    def _trim(self) -> None:
        oldest = time.time() - RETENTION
        gone = 0
        for one in self._records:
            if one.at > oldest:
                break
            self.trimmed = one.number
            gone += 1
        del self._records[:gone]


def streams(backend: Any) -> dict[str, Stream]:
    """Return the streams of one account and Region by ARN, those that ended, too."""
    found: dict[str, Stream] = backend.__dict__.setdefault("streams", {})
    for arn in [arn for arn, one in found.items() if one.forgotten]:
        del found[arn]
    return found


def find(arn: str) -> Stream | None:
    """Return a stream by its ARN."""
    region, account = arn.split(":")[3:5]
    return streams(dynamodb_backends[account][region]).get(arn)


def specify(table: Any, specification: Mapping[str, Any] | None) -> None:
    """Begin a stream of a table, or end it.

    In place of moto's ``Table.set_stream_specification``, which can't begin a second
    one. A template's specification doesn't say that it is enabled.
    """
    wanted = specification or {}
    current: Stream | None = table.__dict__.get("stream")
    view_type = wanted.get("StreamViewType")
    if wanted.get("StreamEnabled", view_type is not None) and view_type is not None:
        table.stream = _begin(table, view_type)
        table.latest_stream_label = table.stream.label
        table.stream_specification = {
            "StreamEnabled": True,
            "StreamViewType": view_type,
        }
        return
    if current is not None:
        current.end()
    table.stream = None
    table.stream_specification = {"StreamEnabled": False}


def _begin(table: Any, view_type: str) -> Stream:
    known = streams(dynamodb_backends[table.account_id][table.region_name])
    now = datetime.fromtimestamp(time.time(), UTC)
    while True:
        label = now.isoformat(timespec="milliseconds").removesuffix("+00:00")
        stream = Stream(table, view_type, label)
        if stream.arn not in known:
            known[stream.arn] = stream
            return stream
        now += timedelta(milliseconds=1)


def _update(_backend: Any, table: Any, specification: Mapping[str, Any]) -> None:
    table.set_stream_specification(specification)


def install() -> None:
    """Let moto's tables have these streams."""
    Table.set_stream_specification = specify
    # moto's refuses a table that had a stream before.
    DynamoDBBackend.update_table_streams = _update
