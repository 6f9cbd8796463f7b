"""Kinesis's streams as an event source.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moto.kinesis.models import Record, kinesis_backends

from grader.cloud import kinesis
from grader.cloud.kinesis.shards import StoredShard, StoredStream
from grader.cloud.polling.shards import Shard, ShardRecord


@dataclass(frozen=True)
class StreamShard:
    """A shard of a stream; those that it came from have to be read first."""

    stream: StoredStream
    shard: StoredShard
    role: Callable[[], str]

    @property
    def id(self) -> str:
        return str(self.shard.shard_id)

    @property
    def parents(self) -> list[str]:
        one = self.shard
        return [parent for parent in (one.parent, one.adjacent_parent) if parent]

    @property
    def trimmed(self) -> int:
        return self.shard.trimmed

    @property
    def retention(self) -> float:
        return self.stream.retention

    def read(self, after: int, limit: int) -> list[ShardRecord]:
        found = self.shard.read(after, limit, retention=self.retention)
        role = self.role() if found else ""
        return [self._record(one, role) for one in found]

    def number_at(self, moment: float) -> int:
        return self.shard.number_at(moment, retention=self.retention)

    def ends_at(self, number: int) -> bool:
        return not self.shard.is_open and number >= self.shard.last

    def _record(self, one: Record, role: str) -> ShardRecord:
        told = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": one.partition_key,
            "sequenceNumber": str(one.sequence_number),
            "data": one.data,
            "approximateArrivalTimestamp": round(one.created_at, 3),
        }
        event = {
            "kinesis": told,
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.id}:{one.sequence_number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role,
            "awsRegion": self.stream.region,
            "eventSourceARN": self.stream.arn,
        }
        data = base64.b64decode(one.data).decode(errors="replace")
        return ShardRecord(
            one.sequence_number,
            one.created_at,
            one.partition_key,
            event,
            {**told, "data": data},
            one.trace_header,
        )


class KinesisStreams:
    """Kinesis as a source of events; ``role`` tells the ARN of the role that reads."""

    batch_info = "KinesisBatchInfo"
    actions: Sequence[str] = (
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:DescribeStream",
        "kinesis:ListShards",
        "kinesis:ListStreams",
    )
    observers: list[Callable[[str], None]] = kinesis.observers

    def __init__(self, role: Callable[[], str]) -> None:
        self._role = role

    def shards(self, arn: str) -> list[Shard]:
        stream = find(arn)
        if stream is None:
            return []
        return [StreamShard(stream, one, self._role) for one in stream.shards.values()]


def find(arn: str) -> StoredStream | None:
    """Return a stream by its ARN."""
    region, account = arn.split(":")[3:5]
    name = arn.partition(":stream/")[2]
    found: StoredStream | None = kinesis_backends[account][region].streams.get(name)
    return found
