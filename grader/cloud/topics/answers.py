"""SNS's API where moto's answers aren't SNS's: publishing, subscribing, confirming.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from flask import has_request_context, request
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.sns.models import SNSBackend, Subscription, Topic, sns_backends
from moto.sns.responses import SNSResponse
from moto.sns.utils import make_arn_for_topic
from moto.utilities.arns import parse_arn
from werkzeug.wrappers import Request, Response

from grader.cloud.topics import (
    ordered_topics,
    publications,
    services,
    subscriptions,
)
from grader.cloud.topics.confirmations import Confirmations
from grader.cloud.topics.deliveries import Deliveries
from grader.cloud.topics.errors import (
    Refused,
    invalid,
    subscription_not_found,
    topic_not_found,
)
from grader.cloud.topics.publications import Attributes

# Taken before any cloud of this process replaces them.
_moto_publish = SNSResponse.publish
_moto_subscribe = SNSBackend.subscribe
_moto_topic_attributes = SNSResponse.get_topic_attributes

_NAME = re.compile(r"[\w-]{1,256}", re.ASCII)
_FIFO_NAME = re.compile(r"[\w-]{1,251}\.fifo", re.ASCII)
_PENDING = "pending confirmation"
_PAGE = 100
_BOOLEANS = ("RawMessageDelivery",)


class Answers:
    """Answers for the topics of one cloud; a method for each of moto's it replaces."""

    def __init__(self, deliveries: Deliveries, confirmations: Confirmations) -> None:
        self._deliveries = deliveries
        self._confirmations = confirmations

    # Publishing.

    def publish(self, asked: SNSResponse) -> ActionResult:
        """Take a message for a topic; a phone or an app's endpoint is moto's."""
        arn = asked._get_param("TopicArn") or asked._get_param("TargetArn")
        if asked._get_param("PhoneNumber") or ":endpoint/" in str(arn):
            return _moto_publish(asked)
        if arn is None:
            raise invalid(
                "TopicArn or TargetArn Reason: no value for required parameter"
            )
        told = {name: asked._get_param(name) for name in _OF_MESSAGE}
        told["MessageAttributes"] = asked._parse_message_attributes()
        return ActionResult(self._published(_topic(arn), told))

    def publish_batch(self, asked: SNSResponse) -> ActionResult:
        """Take up to ten messages, each of which may be refused by itself."""
        topic = _topic(asked._get_param("TopicArn"))
        entries = [
            {
                **entry,
                "MessageAttributes": asked._transform_message_attributes(
                    entry.get("MessageAttributes") or {}
                ),
            }
            for entry in asked._get_param("PublishBatchRequestEntries", [])
        ]
        publications.check_batch(entries)
        good: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for entry in entries:
            try:
                good.append({"Id": entry["Id"], **self._published(topic, entry)})
            except Refused as refused:
                failed.append(
                    {
                        "Id": entry["Id"],
                        "Code": refused.code,
                        "Message": refused.message,
                        "SenderFault": True,
                    }
                )
        return ActionResult({"Successful": good, "Failed": failed})

    def _published(self, topic: Topic, told: Mapping[str, Any]) -> dict[str, Any]:
        body, group_id = told["Message"], told.get("MessageGroupId")
        publications.check(
            topic,
            body,
            subject=told.get("Subject"),
            structure=told.get("MessageStructure"),
            attributes=told["MessageAttributes"],
            group_id=group_id,
            deduplication_id=told.get("MessageDeduplicationId"),
        )
        return self._send(
            topic,
            body,
            subject=told.get("Subject"),
            structure=told.get("MessageStructure"),
            attributes=told["MessageAttributes"],
            group_id=group_id,
            deduplication_id=told.get("MessageDeduplicationId"),
        )

    def _send(self, topic: Topic, body: str, **settings: Any) -> dict[str, Any]:
        header = services.trace.get()
        if header is None and has_request_context():
            header = request.headers.get("X-Amzn-Trace-Id")
        with ordered_topics.turn(topic):
            message, is_new = publications.message(
                topic, body, trace_header=header, **settings
            )
            if is_new:
                self._deliveries.send(message)
        told = {"MessageId": message.id}
        if message.sequence_number is not None:
            told["SequenceNumber"] = message.sequence_number
        return told

    def send_of_service(
        self,
        topic: Topic,
        message: str,
        subject: str | None = None,
        message_attributes: Attributes | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> str:
        """Publish for S3, an alarm or a function's destination: ``Topic.publish``."""
        told = self._send(
            topic,
            message,
            subject=subject,
            structure=message_structure,
            attributes=message_attributes,
            group_id=group_id,
            deduplication_id=deduplication_id,
        )
        return str(told["MessageId"])

    # Topics.

    def create_topic(self, asked: SNSResponse) -> ActionResult:
        """Make a topic, or find that there is one that is the same."""
        name, told = asked._get_param("Name"), asked._get_attributes()
        tags = asked._get_tags()
        pattern = _FIFO_NAME if told.get("FifoTopic") else _NAME
        if not pattern.fullmatch(name):
            raise invalid("Topic Name")
        backend = asked.backend
        arn = make_arn_for_topic(backend.account_id, name, backend.region_name)
        known = backend.topics.get(arn)
        if known is not None:
            for key, value in told.items():
                if getattr(known, camelcase_to_underscores(key), None) != value:
                    raise invalid(
                        "Attributes Reason: Topic already exists with different"
                        " attributes"
                    )
            if tags and tags != known._tags:
                raise invalid("Tags Reason: Topic already exists with different tags")
        made = backend.create_topic(name, told, tags)
        return ActionResult({"TopicArn": made.arn})

    # Subscribing.

    def subscribe(self, asked: SNSResponse) -> ActionResult:
        """Subscribe an endpoint, or find that it is already subscribed."""
        topic = _topic(asked._get_param("TopicArn"))
        protocol, endpoint = asked._get_param("Protocol"), asked._get_param("Endpoint")
        settings = asked._get_attributes()
        subscriptions.check_endpoint(topic, protocol, endpoint)
        subscriptions.check_settings(protocol, settings)
        backend = topic.sns_backend
        found = backend._find_subscription(topic.arn, endpoint, protocol)
        if found is None:
            found = backend.subscribe(topic.arn, endpoint, protocol)
            found.owner = found.attributes["Owner"] = asked.current_account
            subscriptions.change(found, settings)
        elif settings and settings.items() - subscriptions.settings_of(found).items():
            raise invalid(
                "Attributes Reason: Subscription already exists with different"
                " attributes"
            )
        waits = not found.confirmed and not asked._get_param("ReturnSubscriptionArn")
        return ActionResult({"SubscriptionArn": _PENDING if waits else found.arn})

    def subscribe_new(
        self, backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str
    ) -> Subscription:
        """Subscribe for a client or a stack: ``SNSBackend.subscribe``."""
        made: Subscription = _moto_subscribe(backend, topic_arn, endpoint, protocol)
        made.confirmed = True
        if protocol in subscriptions.CONFIRMED_BY_OTHERS:
            self._confirmations.ask(made)
        return made

    def confirm_subscription(self, asked: SNSResponse) -> ActionResult:
        """Confirm a subscription by its token."""
        topic = _topic(asked._get_param("TopicArn"))
        authenticated = asked._get_param("AuthenticateOnUnsubscribe") == "true"
        found = self._confirmations.confirm(
            topic.arn, asked._get_param("Token"), authenticated=authenticated
        )
        return ActionResult({"SubscriptionArn": found.arn})

    def unsubscribe(self, asked: SNSResponse) -> ActionResult:
        """End a subscription; one that doesn't exist is as good as ended."""
        arn = asked._get_param("SubscriptionArn")
        parts = arn.split(":")
        if len(parts) < 6:
            raise invalid(
                "SubscriptionArn Reason: An ARN must have at least 6 elements, not"
                f" {len(parts)}"
            )
        self._end(arn)
        return EmptyResult()

    def _end(self, arn: str) -> None:
        found = _subscription(arn)
        if found is None:
            return
        del found.topic.sns_backend.subscriptions[arn]
        found.topic.subscriptions_deleted += 1
        if found.confirmed and found.protocol in ("http", "https"):
            self._confirmations.say_goodbye(found)

    def set_subscription_attributes(self, asked: SNSResponse) -> ActionResult:
        """Change one setting of a subscription."""
        name = asked._get_param("AttributeName")
        value = asked._get_param("AttributeValue")
        found = _found(asked._get_param("SubscriptionArn"))
        settings = {**subscriptions.settings_of(found), name: value}
        subscriptions.check_settings(found.protocol, settings)
        if name in _BOOLEANS:
            settings[name] = str(value).lower() == "true"
        subscriptions.change(found, settings)
        return EmptyResult()

    def get_subscription_attributes(self, asked: SNSResponse) -> ActionResult:
        """Describe a subscription, one that waits for its confirmation, too."""
        found = _found(asked._get_param("SubscriptionArn"))
        told = found.topic.sns_backend.get_subscription_attributes(found.arn)
        principal = f"arn:aws:iam::{found.owner}:root"
        return ActionResult(
            {"Attributes": {**told, "SubscriptionPrincipal": principal}}
        )

    def list_subscriptions(self, asked: SNSResponse) -> ActionResult:
        """List an account's subscriptions."""
        account, region = asked.current_account, asked.region
        owned = (one for one in subscriptions.every(region) if one.owner == account)
        return _page(asked, owned)

    def list_subscriptions_by_topic(self, asked: SNSResponse) -> ActionResult:
        """List a topic's subscriptions."""
        topic = _topic(asked._get_param("TopicArn"))
        return _page(asked, subscriptions.of_topic(topic.arn))

    def get_topic_attributes(self, asked: SNSResponse) -> ActionResult:
        """Describe a topic. moto always counts no subscriptions."""
        topic = _topic(asked._get_param("TopicArn"))
        confirmed = [one.confirmed for one in subscriptions.of_topic(topic.arn)]
        topic.subscriptions_confimed = sum(confirmed)
        topic.subscriptions_pending = len(confirmed) - sum(confirmed)
        return _moto_topic_attributes(asked)

    # Links.

    def follow(self, link: Request) -> Response:
        """Answer whoever follows the link of a confirmation."""
        action, topic_arn = link.args.get("Action"), link.args.get("TopicArn", "")
        if action != "ConfirmSubscription":
            return Response("no such link", 404)
        try:
            found = self._confirmations.confirm(
                topic_arn, link.args.get("Token", ""), authenticated=False
            )
        except Refused as refused:
            return Response(
                "<ErrorResponse><Error><Type>Sender</Type>"
                f"<Code>{refused.code}</Code>"
                f"<Message>{escape(refused.message)}</Message></Error></ErrorResponse>",
                400,
                content_type="text/xml",
            )
        return Response(
            '<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/'
            '2010-03-31/"><ConfirmSubscriptionResult>'
            f"<SubscriptionArn>{escape(found.arn)}</SubscriptionArn>"
            "</ConfirmSubscriptionResult></ConfirmSubscriptionResponse>",
            content_type="text/xml",
        )


_OF_MESSAGE = (
    "Message",
    "Subject",
    "MessageStructure",
    "MessageGroupId",
    "MessageDeduplicationId",
)


def _topic(arn: Any) -> Topic:
    """The topic of an ARN.

    Raises: Refused, NotFound or InvalidParameter.
    """
    parts = str(arn).split(":")
    if len(parts) < 6:
        raise invalid(
            f"TopicArn Reason: An ARN must have at least 6 elements, not {len(parts)}"
        )
    at = parse_arn(str(arn))
    found = sns_backends[at.account][at.region].topics.get(arn)
    if found is None:
        raise topic_not_found()
    return found


def _subscription(arn: str) -> Subscription | None:
    region = (arn.split(":") + [""] * 4)[3]
    return next((one for one in subscriptions.every(region) if one.arn == arn), None)


def _found(arn: str) -> Subscription:
    """The subscription of an ARN.

    Raises: Refused, NotFound.
    """
    found = _subscription(arn)
    if found is None:
        raise subscription_not_found()
    return found


def _page(asked: SNSResponse, found: Iterable[Subscription]) -> ActionResult:
    """A page of subscriptions as they are listed."""
    start = int(asked._get_param("NextToken") or 0)
    listed = list(found)
    told: dict[str, Any] = {
        "Subscriptions": [
            {
                "SubscriptionArn": one.arn if one.confirmed else "PendingConfirmation",
                "Owner": one.owner,
                "Protocol": one.protocol,
                "Endpoint": one.endpoint,
                "TopicArn": one.topic_arn,
            }
            for one in listed[start : start + _PAGE]
        ]
    }
    if len(listed) > start + _PAGE:
        told["NextToken"] = str(start + _PAGE)
    return ActionResult(told)
