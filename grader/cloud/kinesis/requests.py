"""Kinesis's requests: writing and reading records; the rest is moto's.

moto's iterators never expire and never end, it reads any page, and checks little.
Follows https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from functools import cache
from typing import Any

from botocore.model import ServiceModel
from botocore.session import get_session
from moto.core.responses import ActionResult, EmptyResult
from moto.kinesis import urls
from moto.kinesis.exceptions import InvalidArgumentError, ResourceNotFoundError
from moto.kinesis.models import Record
from moto.kinesis.responses import KinesisResponse

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import constraints
from grader.cloud.kinesis import errors, shards
from grader.cloud.kinesis.shards import StoredShard, StoredStream
from grader.facts import kinesis as limits

_RECORDS = limits.RECORDS_READ.value
_BYTES = limits.READ_SIZE.value
_LIFETIME = limits.SHARD_ITERATOR_LIFETIME.value
_RECORD_SIZE = limits.RECORD_SIZE.value
# What moto takes and ignores, with the value that changes nothing.
_IGNORED = {
    "DryRun": False,
    "MaxRecordSizeInKiB": _RECORD_SIZE // 1024,
    "RecordDistributionStrategy": None,
    "StreamId": None,
    "WarmThroughputMiBps": None,
}
_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class KinesisRequests(KinesisResponse):  # type: ignore[misc]
    """One request, in moto's form."""

    def call_action(self) -> Any:
        """Check a request against the model first; moto doesn't."""
        try:
            self._check(self._get_action())
        except errors.Refusal as refusal:
            status, headers, body = self.serialized(ActionResult(refusal))
            headers, body = self._enrich_response(headers, body)
            return status, headers, body
        return super().call_action()

    def _check(self, name: str) -> None:
        members = self._members
        for ignored, harmless in _IGNORED.items():
            if members.get(ignored) not in (None, harmless):
                raise errors.unmodelled(ignored)
        if name in _service().operation_names:
            try:
                constraints.check(_service().operation_model(name), members)
            except AWSError as error:
                raise errors.invalid(str(error.message)) from None

    @property
    def _members(self) -> dict[str, Any]:
        found = json.loads(self.body or "{}")
        return {name: value for name, value in found.items() if value is not None}

    def _stream(self) -> StoredStream:
        members = self._members
        arn, name = members.get("StreamARN"), members.get("StreamName")
        if arn is None and name is None:
            raise InvalidArgumentError("Must specify either StreamName or StreamARN")
        found: StoredStream = self.kinesis_backend.describe_stream(arn, name)
        return found

    def create_stream(self) -> ActionResult:
        """Create a stream; moto drops its tags and fails without a number of shards."""
        members = self._members
        mode = members.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED")
        if mode == "PROVISIONED" and "ShardCount" not in members:
            raise InvalidArgumentError("ShardCount must be specified")
        super().create_stream()
        if tags := members.get("Tags"):
            self.kinesis_backend.add_tags_to_stream(
                None, members["StreamName"], dict(tags)
            )
        return EmptyResult()

    def update_shard_count(self) -> ActionResult:
        """Split or merge shards; moto goes half the way where it is too far."""
        members, stream = self._members, self._stream()
        now, wanted = stream.open_shards, members["TargetShardCount"]
        limit = None
        if wanted > 2 * now:
            limit = "up over double"
        elif 2 * wanted < now:
            limit = "down below half"
        if limit is not None:
            raise errors.limit_exceeded(
                f"UpdateShardCount cannot scale {limit} your current open shard count."
                f" Current open shard count: {now} Target shard count: {wanted}"
            )
        return super().update_shard_count()

    def put_record(self) -> ActionResult:
        """Write a record; moto takes one of any size."""
        size = len(base64.b64decode(self._members["Data"]))
        if size > _RECORD_SIZE:
            raise errors.invalid(
                "1 validation error detected: Value at 'data' failed to satisfy"
                f" constraint: Member must have length less than or equal to"
                f" {_RECORD_SIZE}",
            )
        self._stream()
        return super().put_record()

    def put_records(self) -> ActionResult:
        """Write records, each to its shard."""
        self._stream()
        return super().put_records()

    def get_shard_iterator(self) -> ActionResult:
        """Begin to read a shard at a place; the place is good for five minutes."""
        members, stream = self._members, self._stream()
        shard = stream.shards.get(members["ShardId"])
        if shard is None:
            raise ResourceNotFoundError(
                f"Shard {members['ShardId']} in stream {stream.stream_name} under"
                f" account {stream.account_id} does not exist"
            )
        after = _start(stream, shard, members)
        return ActionResult({"ShardIterator": _iterator(stream, shard, after)})

    def get_records(self) -> ActionResult:
        """Read up to 10,000 records or 10 MB; no next iterator at a shard's end."""
        name, shard_id, after, created = _read(self._members["ShardIterator"])
        stream: StoredStream = self.kinesis_backend.describe_stream(None, name)
        now = time.time()
        if now > created + _LIFETIME:
            raise errors.expired(_expired(created, now))
        shard = stream.shards[shard_id]
        limit = self._members.get("Limit") or _RECORDS
        page: list[Record] = []
        size = 0
        for one in shard.read(after, limit, retention=stream.retention):
            size += len(one.data) * 3 // 4 + len(one.partition_key)
            if page and size > _BYTES:
                break
            page.append(one)
        at = page[-1].sequence_number if page else max(after, shard.trimmed)
        answer: dict[str, Any] = {
            "Records": [one.to_json() for one in page],
            "MillisBehindLatest": _behind(shard, at, now),
        }
        if shard.is_open or at < shard.last:
            answer["NextShardIterator"] = _iterator(stream, shard, at)
        else:
            answer["ChildShards"] = _children(stream, shard)
        return ActionResult(answer)


def _start(stream: StoredStream, shard: StoredShard, members: dict[str, Any]) -> int:
    """Return the number after which to read."""
    kind = members["ShardIteratorType"]
    number = members.get("StartingSequenceNumber")
    if (kind in _BY_NUMBER) != (number is not None):
        given = "no StartingSequenceNumber"
        if number is not None:
            given = "also a StartingSequenceNumber"
        raise InvalidArgumentError(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and"
            " StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no"
            f" StartingSequenceNumber. Request specified {kind} and {given}."
        )
    if kind == "LATEST":
        return shard.last
    if kind == "AT_TIMESTAMP":
        moment = members.get("Timestamp")
        if moment is None:
            raise InvalidArgumentError(
                "Must specify timestampInMillis parameter for iterator of type"
                " AT_TIMESTAMP. Current request has no timestamp parameter."
            )
        now = time.time()
        if moment > now:
            raise InvalidArgumentError(
                "The timestampInMillis parameter cannot be greater than the"
                " currentTimestampInMillis. timestampInMillis:"
                f" {int(moment * 1000)}, currentTimestampInMillis: {int(now * 1000)}"
            )
        return shard.number_at(moment, retention=stream.retention)
    if kind == "TRIM_HORIZON":
        shard.read(shard.last, 1, retention=stream.retention)
        return int(shard.trimmed)
    return int(str(number)) - int(kind == "AT_SEQUENCE_NUMBER")


def _behind(shard: StoredShard, at: int, now: float) -> int:
    """Say how far the next record is behind now, in ms; 0 at the shard's tip."""
    for one in list(shard.kept):
        if one.sequence_number > at:
            return max(0, int((now - float(one.created_at)) * 1000))
    return 0


def _children(stream: StoredStream, shard: StoredShard) -> list[dict[str, Any]]:
    return [
        {
            "ShardId": one.shard_id,
            "ParentShards": [
                parent for parent in (one.parent, one.adjacent_parent) if parent
            ],
            "HashKeyRange": one.to_json()["HashKeyRange"],
        }
        for one in stream.shards.values()
        if shard.shard_id in (one.parent, one.adjacent_parent)
    ]


def _iterator(stream: StoredStream, shard: StoredShard, after: int) -> str:
    place = [stream.stream_name, shard.shard_id, after, time.time()]
    return base64.b64encode(json.dumps(place).encode()).decode()


def _read(iterator: str) -> tuple[str, str, int, float]:
    try:
        name, shard_id, after, created = json.loads(
            base64.b64decode(iterator, validate=True)
        )
        return str(name), str(shard_id), int(after), float(created)
    except (ValueError, TypeError, binascii.Error):
        raise InvalidArgumentError("Invalid ShardIterator.") from None


def _expired(created: float, now: float) -> str:
    began, at = (
        time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(moment))
        for moment in (created, now)
    )
    return (
        f"Iterator expired. The iterator was created at time {began} while right now it"
        f" is {at} which is further in the future than the tolerated delay of"
        f" {_LIFETIME * 1000} milliseconds."
    )


@cache
def _service() -> ServiceModel:
    return get_session().get_service_model("kinesis")


def install() -> None:
    """Answer in moto's place from now on."""
    shards.install()
    for path in urls.url_paths:
        urls.url_paths[path] = KinesisRequests.dispatch
