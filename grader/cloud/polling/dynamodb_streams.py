"""Tables' streams as an event source.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud import dynamodb
from grader.cloud.dynamodb import streams
from grader.cloud.dynamodb.streams import Stream, StreamRecord
from grader.cloud.polling.shards import Shard, ShardRecord


@dataclass(frozen=True)
class TableShard:
    """The shard of a table's stream."""

    stream: Stream
    parents: tuple[str, ...] = ()
    retention: float = streams.RETENTION

    @property
    def id(self) -> str:
        return self.stream.shard_id

    @property
    def trimmed(self) -> int:
        return self.stream.trimmed

    def read(self, after: int, limit: int) -> list[ShardRecord]:
        found = self.stream.read(after, limit)
        return [_record(self.stream.arn, one) for one in found]

    def number_at(self, moment: float) -> int:
        return self.stream.number_at(moment)

    def ends_at(self, number: int) -> bool:
        return self.stream.ended is not None and number >= self.stream.last


class TableStreams:
    """DynamoDB as a source of events."""

    batch_info = "DDBStreamBatchInfo"
    actions: Sequence[str] = (
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:DescribeStream",
        "dynamodb:ListStreams",
    )
    observers: list[Callable[[str], None]] = dynamodb.stream_observers

    def shards(self, arn: str) -> list[Shard]:
        stream = streams.find(arn)
        return [TableShard(stream)] if stream is not None else []


def _record(arn: str, one: StreamRecord) -> ShardRecord:
    event: dict[str, Any] = {**one.shape, "eventSourceARN": arn}
    if "userIdentity" in event:
        event["userIdentity"] = _identity(event["userIdentity"])
    # The same moment as the record tells, in whole seconds.
    at = float(one.shape["dynamodb"]["ApproximateCreationDateTime"])
    return ShardRecord(one.number, at, one.key, event, event, one.trace_header)


def _identity(identity: Mapping[str, str]) -> dict[str, str]:
    """Spell who deleted as events do; the API has capitals.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    """
    return {"type": identity["Type"], "principalId": identity["PrincipalId"]}
