"""Reading streams: the API of DynamoDB Streams.

moto's iterators never expire, and what isn't there is a failed assertion. Follows
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.model import ServiceModel
from botocore.session import get_session
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodbstreams import urls
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import HEADERS, Answer, draw, invalid
from grader.cloud.dynamodb.streams import Stream, StreamRecord, find, streams
from grader.cloud.functions import constraints
from grader.facts import dynamodb as limits

Members = Mapping[str, Any]

_LISTED = limits.STREAMS_LISTED.value
_RECORDS = limits.STREAM_RECORDS.value
_BYTES = limits.STREAM_PAGE_SIZE.value
_LIFETIME = limits.SHARD_ITERATOR_LIFETIME.value


def list_streams(backend: Any, members: Members) -> dict[str, Any]:
    """List the streams of a table, or all; those that ended for a day more."""
    wanted = members.get("TableName")
    found = sorted(
        (one for one in streams(backend).values() if wanted in (None, one.table_name)),
        key=lambda one: one.arn,
    )
    start = members.get("ExclusiveStartStreamArn") or ""
    found = [one for one in found if one.arn > start]
    limit = min(members.get("Limit") or _LISTED, _LISTED)
    answer: dict[str, Any] = {
        "Streams": [
            {
                "StreamArn": one.arn,
                "TableName": one.table_name,
                "StreamLabel": one.label,
            }
            for one in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["LastEvaluatedStreamArn"] = found[limit - 1].arn
    return answer


def describe_stream(backend: Any, members: Members) -> dict[str, Any]:
    """Describe a stream and its shard, which is closed once the stream ended."""
    stream = _stream(backend, members["StreamArn"])
    numbers = {"StartingSequenceNumber": str(stream.first)}
    if stream.ended is not None:
        numbers["EndingSequenceNumber"] = str(stream.last)
    shards = [{"ShardId": stream.shard_id, "SequenceNumberRange": numbers}]
    # Of a single shard there is nothing after it, and it has no children.
    if members.get("ExclusiveStartShardId") or members.get("ShardFilter"):
        shards = []
    return {
        "StreamDescription": {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.ended is None else "DISABLED",
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": stream.created,
            "TableName": stream.table_name,
            "KeySchema": stream.key_schema,
            "Shards": shards,
        }
    }


def get_shard_iterator(backend: Any, members: Members) -> dict[str, Any]:
    """Begin to read a shard at a place; the place is good for 15 minutes."""
    stream = _stream(backend, members["StreamArn"])
    if members["ShardId"] != stream.shard_id:
        raise AWSError(
            "ResourceNotFoundException",
            f"Requested resource not found: Shard: {members['ShardId']} not found",
        )
    return {"ShardIterator": _iterator(stream, _start(stream, members))}


def _start(stream: Stream, members: Members) -> int | None:
    """Return the number after which to read; None is wherever the stream begins."""
    kind, number = members["ShardIteratorType"], members.get("SequenceNumber")
    by_number = kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    if by_number != (number is not None):
        verb = "must" if by_number else "must not"
        raise invalid(
            f"SequenceNumber {verb} be specified for ShardIteratorType {kind}"
        )
    if kind == "TRIM_HORIZON":
        return None
    if kind == "LATEST":
        return stream.last
    if kind == "AT_TIMESTAMP":
        moment = members.get("Timestamp")
        if moment is None or moment > time.time():
            raise invalid("Timestamp must be specified and can't be in the future")
        return stream.number_at(moment)
    if not str(number).isdecimal():
        raise invalid("Invalid SequenceNumber")
    at = int(str(number))
    stream.read(stream.last, 1)
    if stream.first < at <= stream.trimmed:
        raise _trimmed()
    return at - 1 if kind == "AT_SEQUENCE_NUMBER" else at


def get_records(backend: Any, members: Members) -> dict[str, Any]:
    """Read up to a thousand records or 1 MB; no next iterator at a stream's end."""
    limit = members.get("Limit") or _RECORDS
    if limit > _RECORDS:
        raise AWSError(
            "LimitExceededException",
            f"Limit {limit} exceeds the maximum of {_RECORDS} records.",
        )
    arn, after, created = _read(members["ShardIterator"])
    stream = _stream(backend, arn)
    if time.time() > created + _LIFETIME:
        raise AWSError("ExpiredIteratorException", "Iterator expired")
    found = stream.read(after if after is not None else stream.trimmed, limit)
    if after is not None and stream.first <= after < stream.trimmed:
        raise _trimmed()
    page: list[StreamRecord] = []
    size = 0
    for one in found:
        size += one.size
        if page and size > _BYTES:
            break
        page.append(one)
    answer: dict[str, Any] = {"Records": [one.shape for one in page]}
    at = page[-1].number if page else after
    if stream.ended is None or (at if at is not None else stream.trimmed) < stream.last:
        answer["NextShardIterator"] = _iterator(stream, at)
    return answer


def _iterator(stream: Stream, after: int | None) -> str:
    place = json.dumps([after, time.time()]).encode()
    return f"{stream.arn}|1|{base64.b64encode(place).decode()}"


def _read(iterator: str) -> tuple[str, int | None, float]:
    try:
        arn, _, place = iterator.split("|")
        after, created = json.loads(base64.b64decode(place, validate=True))
        return arn, None if after is None else int(after), float(created)
    except (ValueError, TypeError, binascii.Error):
        raise invalid("Invalid ShardIterator") from None


def _stream(backend: Any, arn: str) -> Stream:
    if len(arn.split(":")) < 6 or "/stream/" not in arn:
        raise invalid(f"Invalid StreamArn: {arn}")
    found = find(arn)
    here = arn.split(":")[3:5] == [backend.region_name, backend.account_id]
    if found is None or not here:
        raise AWSError(
            "ResourceNotFoundException",
            f"Requested resource not found: Stream: {arn} not found",
        )
    return found


def _trimmed() -> AWSError:
    return AWSError(
        "TrimmedDataAccessException",
        "The data you are trying to access has been trimmed",
    )


class StreamRequests(DynamoDBStreamsHandler):  # type: ignore[misc]
    """One request, in moto's form."""

    def answer(
        self, name: str, operation: Callable[[Any, Members], dict[str, Any]]
    ) -> Answer:
        """Answer one operation."""
        try:
            members = json.loads(self.raw_body or b"{}")
            constraints.check(_service().operation_model(name), members)
            backend = dynamodb_backends[self.current_account][self.region]
            body = operation(backend, members)
        except AWSError as error:
            return draw(error)
        return 200, dict(HEADERS), json.dumps(body)


@cache
def _service() -> ServiceModel:
    return get_session().get_service_model("dynamodbstreams")


def _own(
    name: str, operation: Callable[[Any, Members], dict[str, Any]]
) -> Callable[[StreamRequests], Answer]:
    return lambda request: request.answer(name, operation)


for _name, _operation in {
    "DescribeStream": describe_stream,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
}.items():
    setattr(StreamRequests, camelcase_to_underscores(_name), _own(_name, _operation))


def install() -> None:
    """Answer in moto's place from now on."""
    for path in urls.url_paths:
        urls.url_paths[path] = StreamRequests.dispatch
