"""The records of batches that were given up, as an on-failure destination gets them.

Follows "Retain discarded records for a DynamoDB event source in Lambda" and the same of
Kinesis in the Lambda developer guide.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from grader.cloud import destinations
from grader.cloud.access.denials import sentence
from grader.cloud.execution import Invocation
from grader.cloud.polling import batch_invocation
from grader.cloud.polling.batch_invocation import Result
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.polling.platform import Platform
from grader.cloud.polling.shards import ShardRecord
from grader.cloud.polling.stream_batches import Batch

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
AGE_EXCEEDED = "RecordAgeExceeded"


def describe(
    mapping: EventSourceMapping,
    batch: Batch,
    condition: str,
    *,
    batch_info: str,
    shard: str,
    request_id: str,
    invocation: Invocation | None,
    at: float,
) -> dict[str, Any]:
    """Describe a batch that was given up, without its records.

    ``batch_info`` is the name of the member about the stream; ``invocation`` the last
    one, if there was any; ``at`` is epoch seconds.
    """
    first, last = batch.records[0], batch.records[-1]
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": mapping.settings.function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.invocations,
        },
        "version": "1.0",
        "timestamp": destinations.timestamp(at),
        batch_info: {
            "shardId": shard,
            "startSequenceNumber": str(first.number),
            "endSequenceNumber": str(last.number),
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch.records),
            "streamArn": mapping.source_arn,
        },
    }
    if invocation is not None:
        record["responseContext"] = {
            "statusCode": invocation.status,
            "executedVersion": invocation.executed_version,
        }
        if invocation.function_error is not None:
            record["responseContext"]["functionError"] = invocation.function_error
    return record


def _arrival(record: ShardRecord) -> str:
    if record.at.is_integer():
        return f"{datetime.fromtimestamp(record.at, UTC):%Y-%m-%dT%H:%M:%S}Z"
    return destinations.timestamp(record.at)


def _send(
    mapping: EventSourceMapping,
    destination: str,
    record: dict[str, Any],
    batch: Batch,
    *,
    shard: str,
    at: float,
) -> None:
    """Send what was given up to a queue, a topic, or with its records to a bucket.

    Raises:
        Exception: whatever the destination's service answered.
    """
    service = destination.split(":")[2]
    if service == "s3":
        when = datetime.fromtimestamp(at, UTC)
        key = (
            f"aws/lambda/{mapping.uuid}/{shard}/{when:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}"
            f"-{uuid.uuid4()}"
        )
        record = {**record, "payload": batch.event.decode()}
    body = json.dumps(record, separators=(",", ":"))
    if service == "s3":
        destinations.put_object(mapping.account, destination, key, body)
    elif service == "sqs":
        destinations.send_message(destination, body, {})
    elif service == "sns":
        destinations.publish(destination, body, {})
    else:
        raise ValueError(f"{destination} isn't a kind of destination that streams have")


class Discards:
    """Discards the batches of one shard that are given up, and tells of it."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        platform: Platform,
        batch_info: str,
        shard: str,
    ) -> None:
        self._mapping = mapping
        self._platform = platform
        self._batch_info = batch_info
        self._shard = shard

    def discard(self, batch: Batch, condition: str, last: Result | None) -> None:
        """Note that a batch is lost, and tell the destination, if there is one.

        ``last`` is how its last attempt ended, if there was any.
        """
        request_id = last.request_id if last is not None else None
        self._platform.note(
            self._mapping,
            "dropped",
            f"{counted(len(batch.records))} of {self._shard} were discarded after"
            f" {batch.invocations} attempts: {condition}.",
            request_id=request_id,
        )
        destination = self._mapping.settings.on_failure
        if destination is None:
            return
        at = self._platform.clock.now()
        record = describe(
            self._mapping,
            batch,
            condition,
            batch_info=self._batch_info,
            shard=self._shard,
            request_id=request_id or str(uuid.uuid4()),
            invocation=last.invocation if last is not None else None,
            at=at,
        )
        try:
            self._check_permission(destination)
            _send(self._mapping, destination, record, batch, shard=self._shard, at=at)
        except Exception as error:  # noqa: BLE001 - any service's own error
            self._platform.note(
                self._mapping,
                "destination",
                f"What became of {counted(len(batch.records))} couldn't be sent to"
                f" {destination}: {error}",
                request_id=request_id,
            )

    def _check_permission(self, destination: str) -> None:
        """Lambda sends in the role of the function.

        Raises: PermissionError, in AWS's words.
        """
        version = batch_invocation.resolved(self._mapping).version
        decision = self._platform.roles.sending(version, destination)
        if not decision.allowed:
            raise PermissionError(sentence(decision))


def counted(number: int) -> str:
    """Say how many records there are."""
    return "1 record" if number == 1 else f"{number} records"
