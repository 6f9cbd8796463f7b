"""Where the outcome of an asynchronous invocation goes: dead letters, destinations.

Follows "Capturing records of Lambda asynchronous invocations" in the Lambda developer
guide. The role's permission to send isn't asked for.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.utilities.arns import parse_arn

from grader.cloud.execution import Invocation
from grader.cloud.topics import services as topic_services

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"

_ERROR_MESSAGE_BYTES = 1024


@dataclass(frozen=True)
class Outcome:
    """How an asynchronous invocation ended.

    ``function_arn`` carries the qualifier (``$LATEST`` without one). ``answer`` is the
    function's last one; ``refusal`` is the status and message with which Lambda
    itself turned the last attempt away, where it did.
    """

    request_id: str
    function_arn: str
    condition: str
    invocations: int
    payload: bytes
    answer: Invocation | None = None
    refusal: tuple[int, str] | None = None
    trace_header: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.condition == SUCCESS


def invocation_record(outcome: Outcome, *, at: float) -> dict[str, Any]:
    """Describe an outcome as Lambda does to a destination; ``at`` is epoch seconds."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(at),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": outcome.function_arn,
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.invocations,
        },
        "requestPayload": json.loads(outcome.payload or b"{}"),
    }
    if outcome.answer is not None:
        record["responseContext"] = {
            "statusCode": outcome.answer.status,
            "executedVersion": outcome.answer.executed_version,
        }
        if outcome.answer.function_error is not None:
            record["responseContext"]["functionError"] = outcome.answer.function_error
        record["responsePayload"] = json.loads(outcome.answer.payload or b"null")
    return record


def send_record(
    outcome: Outcome,
    destination: str,
    *,
    at: float,
    invoke: Callable[[str, bytes], object],
) -> None:
    """Send an outcome's record to a queue, topic, function, event bus or bucket.

    ``invoke`` takes a function's ARN and a payload to invoke it asynchronously.

    Raises:
        Exception: whatever the destination's service answered.
    """
    record = invocation_record(outcome, at=at)
    body = json.dumps(record, separators=(",", ":"))
    service = parse_arn(destination).service
    if service == "sqs":
        send_message(destination, body, {}, outcome.trace_header)
    elif service == "sns":
        publish(destination, body, {}, outcome.trace_header)
    elif service == "lambda":
        invoke(destination, body.encode())
    elif service == "events":
        _put_event(outcome, destination, body)
    elif service == "s3":
        _put_object(outcome, destination, body, at=at)
    else:
        raise ValueError(f"{destination} isn't a kind of destination that Lambda has")


def send_dead_letter(outcome: Outcome, target: str) -> None:
    """Send the event itself to a dead-letter queue or topic, with why as attributes."""
    code, message = _error(outcome)
    attributes = {
        "RequestID": ("String", outcome.request_id),
        "ErrorCode": ("Number", str(code)),
        "ErrorMessage": ("String", message),
    }
    # Neither service takes an empty attribute.
    attributes = {name: one for name, one in attributes.items() if one[1]}
    body = outcome.payload.decode()
    if parse_arn(target).service == "sns":
        publish(target, body, attributes, outcome.trace_header)
    else:
        send_message(target, body, attributes, outcome.trace_header)


def _error(outcome: Outcome) -> tuple[int, str]:
    if outcome.refusal is not None:
        return outcome.refusal
    if outcome.answer is None:
        return 200, ""
    answer = json.loads(outcome.answer.payload or b"null")
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    cut = str(message or "").encode()[:_ERROR_MESSAGE_BYTES]
    return outcome.answer.status, cut.decode(errors="ignore")


def send_message(
    arn: str,
    body: str,
    attributes: dict[str, tuple[str, str]],
    trace: str | None = None,
) -> None:
    """Send a message to a queue; attributes are a type and a value by name."""
    from moto.sqs.models import sqs_backends

    traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    queue = parse_arn(arn)
    sqs_backends[queue.account][queue.region].send_message(
        queue.resource_id,
        body,
        message_attributes={
            name: {"DataType": kind, "StringValue": value}
            for name, (kind, value) in attributes.items()
        },
        system_attributes=traced if trace else None,
    )


def publish(
    arn: str,
    body: str,
    attributes: dict[str, tuple[str, str]],
    trace: str | None = None,
) -> None:
    """Publish a message to a topic; attributes are a type and a value by name."""
    topic_services.publish(
        arn,
        body,
        attributes={
            name: {"Type": kind, "Value": value}
            for name, (kind, value) in attributes.items()
        },
        trace_header=trace,
    )


def _put_event(outcome: Outcome, bus: str, body: str) -> None:
    # Costly to import, and few functions have such a destination.
    from grader.cloud.eventbridge import storage

    result = "Success" if outcome.succeeded else "Failure"
    at = parse_arn(bus)
    storage.backend(at.account, at.region).put_events(
        [
            {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {result}",
                "Resources": [bus, outcome.function_arn],
                "Detail": body,
                "EventBusName": bus,
                "TraceHeader": outcome.trace_header,
            }
        ]
    )


def _put_object(outcome: Outcome, bucket: str, body: str, *, at: float) -> None:
    account, name = outcome.function_arn.split(":")[4:7:2]
    when = datetime.fromtimestamp(at, UTC)
    key = f"aws/lambda/async/{name}/{when:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    put_object(account, bucket, key, body)


def put_object(account: str, bucket: str, key: str, body: str) -> None:
    """Store text in a bucket, by the bucket's ARN."""
    from moto.s3.models import s3_backends

    s3_backends[account]["aws"].put_object(
        bucket.rpartition(":")[2], key, body.encode()
    )


def timestamp(at: float) -> str:
    """Write a moment (epoch seconds) as records do, to the millisecond in UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
