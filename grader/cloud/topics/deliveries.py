"""From a topic to its subscribers: each gets the message by itself, or misses it.

moto delivers within the publisher's request, and whatever fails there fails the
publisher. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from moto.sns.models import Subscription
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from grader.cloud.access import acting
from grader.cloud.access.denials import sentence
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.journal import Incident
from grader.cloud.topics import (
    delivery_policies,
    filter_matches,
    mails,
    messages,
    publications,
    subscriptions,
)
from grader.cloud.topics.endpoints import Endpoints, Post
from grader.cloud.topics.messages import Message

_SERVICE = "sns.amazonaws.com"
_RAW_ATTRIBUTES_AT_MOST = 10
_TRACE = "AWSTraceHeader"
_DELIVERED = "NumberOfNotificationsDelivered"


class Deliveries:
    """Sends what is published to the subscribers of one cloud's topics."""

    def __init__(
        self,
        asynchronous: AsynchronousInvoker,
        endpoints: Endpoints,
        measure: Callable[..., None],
    ) -> None:
        self._asynchronous = asynchronous
        self._endpoints = endpoints
        self._measure = measure

    def send(self, message: Message) -> None:
        """Send a message to every subscription that it passes the filter of.

        A queue has it at once, a function gets it through its own queue, an endpoint
        in its own time. The publisher hears of none of that.
        """
        topic = message.topic_arn
        size = publications.size(message.body, message.attributes)
        self._measure(topic, "NumberOfMessagesPublished")
        self._measure(topic, "PublishSize", size)
        for subscription in subscriptions.of_topic(message.topic_arn):
            if not subscription.confirmed:
                continue
            policy = subscription._filter_policy or {}
            scope = subscriptions.scope(subscription)
            if filter_matches.passes(message, subscription.protocol, policy, scope):
                self._deliver(message, subscription)
                continue
            for metric in filter_matches.missed(message, scope):
                self._measure(topic, metric)

    def _deliver(self, message: Message, subscription: Subscription) -> None:
        deliver: Mapping[str, Callable[[Message, Subscription], None]] = {
            "lambda": self._invoke,
            "email": mails.notify,
            "email-json": mails.notify,
            "sqs": self._enqueue,
            "http": self._post,
            "https": self._post,
        }
        protocol = subscription.protocol
        try:
            deliver[protocol](message, subscription)
        except Exception as error:  # noqa: BLE001 - the publisher never hears
            self._failed(message, subscription, error)
        else:
            if protocol not in ("http", "https"):
                self._measure(message.topic_arn, _DELIVERED)

    def _invoke(self, message: Message, subscription: Subscription) -> None:
        arn = subscription.endpoint
        _check_permission("lambda:InvokeFunction", arn, message.topic_arn)
        event = messages.function_event(message, subscription.arn)
        at = parse_arn(arn)
        self._asynchronous.submit(
            at.account,
            at.region,
            arn,
            json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(),
            trace_header=message.trace_header,
            source="sns",
        )

    def _enqueue(self, message: Message, subscription: Subscription) -> None:
        _send(message, subscription, subscription.endpoint)

    def _post(self, message: Message, subscription: Subscription) -> None:
        raw = subscriptions.is_raw(subscription)
        told = messages.envelope(message, subscription.arn, subscription.protocol)
        headers = messages.http_headers(
            "Notification", message.id, message.topic_arn, subscription.arn
        )
        if raw:
            headers["x-amz-sns-rawdelivery"] = "true"
        body = message.text(subscription.protocol) if raw else messages.drawn(told)
        self._endpoints.post(
            Post(
                subscription.endpoint,
                headers,
                body.encode(),
                delivery_policies.waits(subscription),
                lambda: self._measure(message.topic_arn, _DELIVERED),
                lambda error: self._failed(message, subscription, error),
            )
        )

    def _failed(
        self, message: Message, subscription: Subscription, error: Exception
    ) -> None:
        """Note a delivery that failed for good, and save the message if it may be."""
        topic = message.topic_arn
        self._measure(topic, "NumberOfNotificationsFailed")
        self._note(message, subscription, subscription.endpoint, error)
        dead_letters = subscriptions.dead_letter_queue(subscription)
        if dead_letters is None:
            return
        try:
            _send(message, subscription, dead_letters)
        except Exception as second:  # noqa: BLE001 - nobody is left to tell
            self._measure(topic, "NumberOfNotificationsFailedToRedriveToDlq")
            self._note(message, subscription, dead_letters, second)
        else:
            self._measure(topic, "NumberOfNotificationsRedrivenToDlq")

    def _note(
        self, message: Message, subscription: Subscription, to: str, error: Exception
    ) -> None:
        if isinstance(error, PermissionError):
            kind, told = "permission", str(error)
        else:
            kind = "undelivered"
            told = f"SNS couldn't deliver the message {message.id} of the topic"
            told += f" {subscription.topic.name} to {to}: {error}"
        topic = parse_arn(message.topic_arn)
        self._asynchronous.journal.incident(
            Incident(
                at=time.time(),
                kind=kind,
                source="sns",
                account=topic.account,
                region=topic.region,
                resource=to,
                message=told,
            )
        )


def _send(message: Message, subscription: Subscription, arn: str) -> None:
    """Put a message into a queue, as the subscription wants it."""
    _check_permission("sqs:SendMessage", arn, message.topic_arn)
    at = parse_arn(arn)
    backend = sqs_backends[at.account][at.region]
    ordered = backend.get_queue(at.resource_id).fifo_queue
    attributes: dict[str, Any] = {}
    if subscriptions.is_raw(subscription):
        body = message.text(subscription.protocol)
        attributes = _raw_attributes(message)
    else:
        body = messages.drawn(
            messages.envelope(message, subscription.arn, subscription.protocol)
        )
    system = {}
    if message.trace_header:
        system[_TRACE] = {"DataType": "String", "StringValue": message.trace_header}
    backend.send_message(
        at.resource_id,
        body,
        message_attributes=attributes,
        deduplication_id=message.deduplication_id if ordered else None,
        group_id=message.group_id,
        system_attributes=system,
    )


def _raw_attributes(message: Message) -> dict[str, Any]:
    """The attributes as SQS has them.

    Raises: ValueError for more than SQS takes.
    """
    if len(message.attributes) > _RAW_ATTRIBUTES_AT_MOST:
        raise ValueError(
            "with raw message delivery a message can have at most"
            f" {_RAW_ATTRIBUTES_AT_MOST} attributes"
        )
    told: dict[str, Any] = {}
    for name, one in message.attributes.items():
        binary, text = one["Type"].startswith("Binary"), one["Value"]
        value = {"BinaryValue": base64.b64decode(text)} if binary else {}
        told[name] = {"DataType": one["Type"], **(value or {"StringValue": text})}
    return told


def _check_permission(action: str, arn: str, topic_arn: str) -> None:
    """The policy of the function or queue has to let SNS in for the topic.

    Raises: PermissionError, in AWS's words.
    """
    decision = acting.for_resource(
        _SERVICE,
        action,
        arn,
        source_arn=topic_arn,
        source_account=topic_arn.split(":")[4],
    )
    if not decision.allowed:
        raise PermissionError(sentence(decision))
