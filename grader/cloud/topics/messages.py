"""A message of a topic, in each of the forms in which a subscriber gets it.

Follows "Parsing Amazon SNS message formats" in the SNS developer guide and "Using
Lambda with Amazon SNS" in Lambda's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.cloud.topics import signatures

CONTENT_TYPE = "text/plain; charset=UTF-8"
_AGENT = "Amazon Simple Notification Service Agent"


@dataclass(frozen=True)
class Message:
    """What was published, once.

    ``attributes`` are ``{name: {"Type": …, "Value": …}}``, binary values in base64;
    ``bodies`` has the text by protocol and as ``default``, where the publisher gave
    more than one. ``sequence_number`` is a FIFO topic's. ``trace_header`` is the
    publisher's ``X-Amzn-Trace-Id``.
    """

    id: str
    topic_arn: str
    body: str
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bodies: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    trace_header: str | None = None
    at: float = field(default_factory=time.time)
    """Lab time in epoch seconds."""

    @property
    def region(self) -> str:
        return self.topic_arn.split(":")[3]

    def text(self, protocol: str) -> str:
        """What a subscriber of a protocol reads."""
        return self.bodies.get(protocol, self.bodies.get("default", self.body))


def envelope(message: Message, subscription_arn: str, protocol: str) -> dict[str, Any]:
    """The JSON document that a queue or an HTTP endpoint gets."""
    told: dict[str, Any] = {"Type": "Notification", "MessageId": message.id}
    if message.sequence_number is not None:
        told["SequenceNumber"] = message.sequence_number
    told["TopicArn"] = message.topic_arn
    if message.subject is not None:
        told["Subject"] = message.subject
    told["Message"] = message.text(protocol)
    told["Timestamp"] = timestamp(message.at)
    if message.sequence_number is None:
        # What comes from a FIFO topic isn't signed.
        told.update(signatures.signed(told, message.region))
    told["UnsubscribeURL"] = unsubscribe_url(subscription_arn)
    if message.attributes:
        told["MessageAttributes"] = {
            name: dict(value) for name, value in message.attributes.items()
        }
    return told


def function_event(message: Message, subscription_arn: str) -> dict[str, Any]:
    """The event that a function gets: always one record."""
    told = envelope(message, subscription_arn, "lambda")
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "Sns": {
                    "Type": told["Type"],
                    "MessageId": told["MessageId"],
                    "TopicArn": told["TopicArn"],
                    "Subject": told.get("Subject"),
                    "Message": told["Message"],
                    "Timestamp": told["Timestamp"],
                    "SignatureVersion": told["SignatureVersion"],
                    "Signature": told["Signature"],
                    # Lambda spells these two in its own way.
                    "SigningCertUrl": told["SigningCertURL"],
                    "UnsubscribeUrl": told["UnsubscribeURL"],
                    "MessageAttributes": told.get("MessageAttributes", {}),
                },
            }
        ]
    }


def confirmation(
    kind: str, topic_arn: str, message_id: str, token: str, subscribe_url: str, say: str
) -> dict[str, Any]:
    """What an endpoint is sent to confirm: that it subscribes, or left.

    ``kind`` is ``SubscriptionConfirmation`` or ``UnsubscribeConfirmation``.
    """
    told = {
        "Type": kind,
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": say,
        "SubscribeURL": subscribe_url,
        "Timestamp": timestamp(time.time()),
    }
    return {**told, **signatures.signed(told, topic_arn.split(":")[3])}


def http_headers(
    kind: str, message_id: str, topic_arn: str, subscription_arn: str | None
) -> dict[str, str]:
    """The headers of a request to an endpoint; a confirmation has no subscription."""
    headers = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic_arn,
        "Content-Type": CONTENT_TYPE,
        "User-Agent": _AGENT,
    }
    if subscription_arn is not None:
        headers["x-amz-sns-subscription-arn"] = subscription_arn
    return headers


def drawn(told: Mapping[str, Any]) -> str:
    """A document as SNS writes it: a member a line, with a space before each colon."""
    return json.dumps(told, indent=2, separators=(",", " : "), ensure_ascii=False)


def unsubscribe_url(subscription_arn: str) -> str:
    region = subscription_arn.split(":")[3]
    return (
        f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe"
        f"&SubscriptionArn={subscription_arn}"
    )


def timestamp(at: float) -> str:
    """A moment of lab time, in milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
