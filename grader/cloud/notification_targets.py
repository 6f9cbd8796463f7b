"""The destinations of S3 notifications: may S3 deliver there, and how it does."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from grader.cloud.access import acting
from grader.cloud.topics import services as topic_services

_SERVICE = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"


def refusal(kind: str, arn: str, *, bucket_arn: str, owner: str) -> str | None:
    """Say in S3's words why a destination can't be one of a bucket's; None if it can.

    ``kind`` is the XML's name for it: ``CloudFunction``, ``Queue`` or ``Topic``.
    """
    if kind == "CloudFunction":
        if function_allows(arn, bucket_arn=bucket_arn, owner=owner):
            return None
        return f"Not authorized to invoke function [{arn}]"
    noun = kind.lower()
    if not (_queue_exists(arn) if kind == "Queue" else _topic_exists(arn)):
        return f"The destination {noun} does not exist"
    action = "sqs:SendMessage" if kind == "Queue" else "sns:Publish"
    if _allows(action, arn, bucket_arn=bucket_arn, owner=owner):
        return None
    return (
        f"Permissions on the destination {noun} do not allow S3 to publish"
        " notifications from this bucket"
    )


def function_allows(arn: str, *, bucket_arn: str, owner: str) -> bool:
    """Say whether a function exists and its resource policy lets S3 invoke it."""
    return _allows("lambda:InvokeFunction", arn, bucket_arn=bucket_arn, owner=owner)


def _allows(action: str, arn: str, *, bucket_arn: str, owner: str) -> bool:
    return acting.for_resource(
        _SERVICE, action, arn, source_arn=bucket_arn, source_account=owner
    ).allowed


def send_to_queue(arn: str, message: Any) -> None:
    # In the upload's request, whose trace goes on with the message.
    queue = parse_arn(arn)
    sqs_backends[queue.account][queue.region].send_message(
        queue.resource_id, json.dumps(message, separators=(",", ":"))
    )


def send_to_topic(arn: str, message: Any) -> None:
    told = json.dumps(message, separators=(",", ":"))
    topic_services.publish(arn, told, subject=_SUBJECT)


def _queue_exists(arn: str) -> bool:
    queue = parse_arn(arn)
    return queue.resource_id in sqs_backends[queue.account][queue.region].queues


def _topic_exists(arn: str) -> bool:
    from moto.sns.models import sns_backends

    topic = parse_arn(arn)
    return arn in sns_backends[topic.account][topic.region].topics
