"""The event with which Lambda invokes a function for messages of a queue.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.sqs.models import Message

from grader.cloud.queues.queues import CHAIN
from grader.cloud.queues.receiving import SOURCE

_ENVELOPE = 1024
"""Bytes of a record without body and attributes, at most."""


def event(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Write the event of a batch."""
    return json.dumps({"Records": list(records)}, separators=(",", ":")).encode()


def record(message: Message, queue_arn: str) -> dict[str, Any]:
    """Describe a message as its record in the event."""
    drawn: dict[str, Any] = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": _attributes(message),
        "messageAttributes": {
            name: _attribute(value)
            for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if message.message_attributes:
        drawn["md5OfMessageAttributes"] = message.attribute_md5
    return drawn


def size(message: Message) -> int:
    """Say how many bytes of an event a message takes, at most."""
    attributes = json.dumps(message.message_attributes, default=_text)
    return len(json.dumps(message.body)) + len(attributes) + _ENVELOPE


def trace_header(message: Message) -> str | None:
    """Return the trace of whoever sent the message, if it was traced."""
    given = message.system_attributes.get("AWSTraceHeader") or {}
    header: str | None = given.get("StringValue")
    return header


def chain(message: Message) -> str | None:
    """Return the trace header of the chain of events that a message belongs to.

    Whoever sends without a trace begins a chain, of which the event says nothing.
    """
    begun: str | None = vars(message).get(CHAIN)
    return trace_header(message) or begun


def _attributes(message: Message) -> dict[str, str]:
    """What SQS says of the message; text, whatever it is."""
    told = {
        "ApproximateReceiveCount": message.approximate_receive_count,
        "AWSTraceHeader": trace_header(message),
        "SentTimestamp": message.sent_timestamp,
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "SenderId": message.sender_id,
        "MessageDeduplicationId": message.deduplication_id,
        "ApproximateFirstReceiveTimestamp": (
            message.approximate_first_receive_timestamp
        ),
        "DeadLetterQueueSourceArn": vars(message).get(SOURCE),
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    if value.get("StringValue") is not None:
        drawn["stringValue"] = value["StringValue"]
    if value.get("BinaryValue") is not None:
        drawn["binaryValue"] = _text(value["BinaryValue"])
    # SQS has room for lists of values, and takes none.
    drawn["stringListValues"] = []
    drawn["binaryListValues"] = []
    drawn["dataType"] = value["DataType"]
    return drawn


def _text(value: bytes | str) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
