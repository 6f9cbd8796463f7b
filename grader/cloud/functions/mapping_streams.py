"""What a stream asks of an event source mapping, and of the execution role."""

from __future__ import annotations

import time
from collections.abc import Sequence

from grader.cloud.access import acting
from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import roles
from grader.cloud.functions.errors import invalid, unmodelled
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.polling.mapping import FOREVER, Settings

# What Lambda needs of the role to poll, as AWS lists it.
READING = {
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
    "kinesis": (
        "GetRecords",
        "GetShardIterator",
        "DescribeStream",
        "ListShards",
        "ListStreams",
    ),
}
_SHORTEST_AGE = 60
_DESTINATIONS = ("s3", "sns", "sqs")


def check_stream(function: StoredFunction, arn: str, settings: Settings) -> None:
    """Refuse a stream that can't be polled for a function.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    if settings.tumbling_window:
        raise unmodelled("TumblingWindowInSeconds of an event source mapping")
    if "/consumer/" in arn:
        raise unmodelled("a consumer with enhanced fan-out as an event source")
    # "Although values less than 60 and greater than -1 fall within the parameter's
    # absolute range, they are not allowed." The words are ours.
    if FOREVER < settings.maximum_record_age < _SHORTEST_AGE:
        raise invalid(
            f"MaximumRecordAgeInSeconds must be {FOREVER}, or between {_SHORTEST_AGE}"
            " and 604800."
        )
    region, service = arn.split(":")[3], arn.split(":")[2]
    _check_reading(function, arn, READING[service])
    if region != function.region or not _exists(service, arn):
        raise invalid(f"Stream not found: {arn}")
    if settings.on_failure is not None:
        _check_destination(function, settings.on_failure)


def _check_reading(function: StoredFunction, arn: str, actions: Sequence[str]) -> None:
    service = arn.split(":")[2]
    for action in actions:
        decision = acting.in_role(
            function.role, function.function_name, f"{service}:{action}", arn
        )
        if not decision.allowed:
            listed = f"{', '.join(actions[:-1])}, and {actions[-1]}"
            raise invalid(
                f"Cannot access stream {arn}. Please ensure the role can perform the"
                f" {listed} Actions on your stream in IAM."
            )


def _exists(service: str, arn: str) -> bool:
    if service == "kinesis":
        from grader.cloud.polling.kinesis_streams import find as find_stream

        return find_stream(arn) is not None
    from grader.cloud.dynamodb.streams import find

    return find(arn) is not None


def _check_destination(function: StoredFunction, arn: str) -> None:
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] not in _DESTINATIONS or arn.endswith(".fifo"):
        raise invalid(
            "The provided destination config OnFailure is not a supported destination:"
            f" {arn}"
        )
    roles.check_destination(function.role, function.function_name, arn)


def check_position(arn: str, position: str, timestamp: float | None) -> None:
    """Refuse a place to begin that a stream doesn't have.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    refused: AWSError | None = None
    if position != "AT_TIMESTAMP":
        if timestamp is not None:
            refused = invalid(
                "StartingPositionTimestamp is only valid with the starting position"
                " AT_TIMESTAMP."
            )
    elif arn.split(":")[2] == "dynamodb":
        refused = invalid(f"Unsupported starting position for arn type: {arn}")
    elif timestamp is None:
        refused = invalid("Need to specify a timestamp")
    elif timestamp > time.time():
        refused = invalid("The timestamp must not be in the future.")
    if refused is not None:
        raise refused
