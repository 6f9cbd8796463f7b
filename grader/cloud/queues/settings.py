"""Settings of a queue: their ranges, and what may be its dead-letter queue.

moto takes any name for a setting, nearly any value, and has its own words for
redrive policies.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.sqs.exceptions import (
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValue,
    QueueAlreadyExists,
)
from moto.sqs.models import MAXIMUM_MESSAGE_LENGTH, Queue, sqs_backends
from moto.utilities.arns import Arn, parse_arn

from grader.cloud.moto_backends import backend_of

_RANGES: Mapping[str, tuple[int, int]] = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, MAXIMUM_MESSAGE_LENGTH),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
_OTHERS = frozenset(
    {
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsMasterKeyId",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
    }
)
_RECEIVES = range(1, 1001)
_OF_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)
_FIFO_NAME = re.compile(r"[\w-]{1,75}\.fifo", re.ASCII)


def check_new(name: str, settings: Mapping[str, Any]) -> None:
    """Refuse a name, or settings of FIFO queues, that a new queue can't have.

    Raises: moto's SQSException: InvalidParameterValue, InvalidAttributeName.
    """
    ordered = str(settings.get("FifoQueue", "")).lower() == "true"
    if ordered and not _FIFO_NAME.fullmatch(name):
        raise InvalidParameterValue(
            "The name of a FIFO queue can only include alphanumeric characters,"
            " hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in"
            " length."
        )
    if not ordered and not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80"
            " in length"
        )
    if "FifoQueue" in settings and not ordered:
        # A standard queue is one without it.
        raise InvalidAttributeName("FifoQueue")
    check_kind(ordered, settings)


def check_kind(ordered: bool, settings: Mapping[str, Any]) -> None:
    """Refuse settings that only FIFO queues have.

    Raises: moto's InvalidAttributeName.
    """
    for name in _OF_FIFO:
        if name in settings and not ordered:
            raise InvalidAttributeName(name)


def check_same(queue: Queue, settings: Mapping[str, Any]) -> None:
    """Refuse to make a queue again with other settings.

    Raises: moto's QueueAlreadyExists.
    """
    known = queue.attributes
    for name, value in settings.items():
        if _plain(known.get(name)) != _plain(value):
            raise QueueAlreadyExists(
                "A queue already exists with the same name and a different value for"
                f" attribute {name}"
            )


def _plain(value: Any) -> Any:
    """A setting as it can be compared: texts that are JSON by what they say."""
    text = str(value).lower() if isinstance(value, bool) else str(value or "")
    try:
        return json.loads(text)
    except ValueError:
        return text


def check(queue: Queue, settings: Mapping[str, Any]) -> None:
    """Refuse settings that a queue can't have.

    Raises: moto's SQSException: InvalidAttributeName, InvalidAttributeValue or
        InvalidParameterValue.
    """
    for name, value in settings.items():
        if name in _RANGES:
            _check_range(name, value)
        elif name not in _OTHERS:
            raise InvalidAttributeName(name)
    policy = settings.get("RedrivePolicy")
    if policy and policy != "{}":
        _check_redrive(queue, policy, settings)


def _check_range(name: str, value: Any) -> None:
    low, high = _RANGES[name]
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidAttributeValue(name) from None
    if not low <= number <= high:
        raise InvalidAttributeValue(name)


def _check_redrive(queue: Queue, policy: Any, settings: Mapping[str, Any]) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _wrong(text, "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in told:
            raise _wrong(
                text, f"Redrive policy does not contain mandatory attribute: {name}."
            )
    count = told["maxReceiveCount"]
    if not str(count).isdecimal() or int(count) not in _RECEIVES:
        raise _wrong(
            text,
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to"
            " 1000 both inclusive.",
        )
    target = dead_letter_queue(str(told["deadLetterTargetArn"]))
    if target is None:
        raise _wrong(text, "Dead letter target does not exist.")
    # A new queue doesn't know yet what it is.
    ordered = queue.name.endswith(".fifo")
    if bool(target.fifo_queue) is not ordered:
        raise _wrong(
            text, "Dead-letter queue must be same type of queue as the source."
        )


def dead_letter_queue(arn: str) -> Queue | None:
    """The queue that an ARN names; None where there is none, or none any more."""
    at = _named(arn)
    if at is None:
        return None
    backend = backend_of(sqs_backends, at.account, at.region)
    found: Queue | None = backend.queues.get(at.resource_id)
    return found


# Asked several times for each event.
@lru_cache(maxsize=1024)
def _named(arn: str) -> Arn | None:
    try:
        return parse_arn(arn)
    except ValueError:
        return None


def _wrong(policy: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"
    )
