"""Streams and their shards: where a record goes, and how long it stays.

moto numbers records from 1, keeps them for ever, moves them when shards split or merge
and goes on writing to the parents, and knows no shard for the last hash key. Follows
"Kinesis Data Streams terminology and concepts" and "Reshard a stream" in the developer
guide.
"""

from __future__ import annotations

import itertools
import threading
import time
from bisect import bisect_right
from operator import attrgetter
from typing import Any

import moto.kinesis.models
from moto.kinesis.exceptions import InvalidArgumentError
from moto.kinesis.models import Record, Shard, Stream
from moto.utilities.utils import md5_hash

from grader.cloud import kinesis
from grader.cloud.access.audit_trail import current_chain

_HOUR = 3600
# As long as AWS's are.
_FIRST_NUMBER = (
    49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136 * 10**6
)


class StoredShard(Shard):  # type: ignore[misc]
    """A shard and what it keeps of its records, oldest first.

    Numbers of records go up. ``trimmed`` is the highest one that is gone, ``last`` the
    highest one given so far.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.kept: list[Record] = []
        self.first = self.last = self.trimmed = 0
        self.lock = threading.Lock()

    def begin(self, number: int) -> None:
        """Take records with higher numbers from now on."""
        self.first = self.last = self.trimmed = number

    def add(self, number: int, record: Record) -> None:
        self.kept.append(record)
        self.last = number

    def read(self, after: int, limit: int, *, retention: float) -> list[Record]:
        """Return the oldest records above a number that aren't trimmed yet.

        ``retention`` is in seconds.
        """
        with self.lock:
            self._trim(retention)
            start = bisect_right(self.kept, after, key=attrgetter("sequence_number"))
            return self.kept[start : start + limit]

    def number_at(self, moment: float, *, retention: float) -> int:
        """Return a number below every record from a moment (epoch seconds) on."""
        with self.lock:
            self._trim(retention)
            for one in self.kept:
                if one.created_at >= moment:
                    return int(one.sequence_number) - 1
            return self.last

    def _trim(self, retention: float) -> None:
        oldest = time.time() - retention
        gone = 0
        for one in self.kept:
            if one.created_at > oldest:
                break
            self.trimmed = one.sequence_number
            gone += 1
        del self.kept[:gone]

    def get_min_sequence_number(self) -> int:
        """Where the shard begins, as it is described. moto forgets with its records."""
        return self.first

    def get_max_sequence_number(self) -> int:
        """Where a closed shard ends."""
        return self.last


class StoredStream(Stream):  # type: ignore[misc]
    """A stream that writes to its open shards only."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._writing = threading.Lock()
        super().__init__(*arguments, **settings)
        for shard in self.shards.values():
            shard.begin(next(self._numbers))

    @property
    def retention(self) -> float:
        """How long records stay, in seconds."""
        return float(self.retention_period_hours) * _HOUR

    @property
    def open_shards(self) -> int:
        """How many shards take records."""
        return sum(shard.is_open for shard in self.shards.values())

    def get_shard_for_key(self, partition_key: str, explicit_hash_key: str) -> Shard:
        """Find the open shard whose range has the key's hash, both ends included."""
        if explicit_hash_key:
            hashed = int(explicit_hash_key)
            if hashed >= 2**128:
                raise InvalidArgumentError(
                    f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range:"
                    f" [0, 2^128-1]. Specified value was {explicit_hash_key}"
                )
        else:
            hashed = int(md5_hash(partition_key.encode()).hexdigest(), 16)
        for shard in self.shards.values():
            if shard.is_open and shard.starting_hash <= hashed <= shard.ending_hash:
                return shard
        raise AssertionError("the open shards have every hash")

    def put_record(
        self, partition_key: str, explicit_hash_key: str, data: str
    ) -> tuple[str, str]:
        """Write a record, and tell who waits for it; moto invokes functions here."""
        with self._writing:
            shard = self.get_shard_for_key(partition_key, explicit_hash_key)
            with shard.lock:
                number = next(self._numbers)
                record = Record(partition_key, data, number, explicit_hash_key)
                record.trace_header = current_chain()
                shard.add(number, record)
        self._tell()
        return str(number), shard.shard_id

    def split_shard(self, shard_to_split: str, new_starting_hash_key: str) -> None:
        """Close a shard, and go on in two. moto moves the records."""
        shard = self.shards[shard_to_split]
        start = int(new_starting_hash_key)
        self._check_open(shard)
        if not shard.starting_hash + 1 < start < shard.ending_hash:
            raise InvalidArgumentError(
                f"NewStartingHashKey {start} used in SplitShard() on shard"
                f" {shard.shard_id} in stream {self.stream_name} under account"
                f" {self.account_id} is not both greater than one plus the shard's"
                f" StartingHashKey {shard.starting_hash} and less than the shard's"
                f" EndingHashKey {shard.ending_hash - 1}."
            )
        with self._writing:
            shard.is_open = False
            self._open(shard.starting_hash, start - 1, shard.shard_id)
            self._open(start, shard.ending_hash, shard.shard_id)
        self._tell()

    def merge_shards(self, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        """Close two neighbours, and go on in one. moto moves the records."""
        one, other = (self.shards[shard_to_merge], self.shards[adjacent_shard_to_merge])
        self._check_open(one)
        self._check_open(other)
        low, high = sorted((one, other), key=lambda shard: int(shard.starting_hash))
        if low.ending_hash + 1 != high.starting_hash:
            raise InvalidArgumentError(
                f"Shards {one.shard_id} and {other.shard_id} in stream"
                f" {self.stream_name} under account {self.account_id} are not an"
                " adjacent pair of shards eligible for merging"
            )
        with self._writing:
            one.is_open = other.is_open = False
            self._open(
                low.starting_hash, high.ending_hash, one.shard_id, other.shard_id
            )
        self._tell()

    def _check_open(self, shard: Shard) -> None:
        if not shard.is_open:
            raise InvalidArgumentError(
                f"Shard {shard.shard_id} in stream {self.stream_name} under account"
                f" {self.account_id} has already been merged or split, and thus is not"
                " eligible for merging or splitting."
            )

    def _open(
        self, start: int, end: int, parent: str, adjacent: str | None = None
    ) -> None:
        shard = StoredShard(len(self.shards), start, end, parent, adjacent)
        shard.begin(next(self._numbers))
        self.shards[shard.shard_id] = shard

    def _tell(self) -> None:
        for told in tuple(kinesis.observers):
            told(self.arn)


def install() -> None:
    """Let moto make such streams and shards."""
    moto.kinesis.models.Shard = StoredShard
    moto.kinesis.models.Stream = StoredStream
