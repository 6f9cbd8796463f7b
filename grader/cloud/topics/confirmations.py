"""Confirming subscriptions: an endpoint says itself that it wants messages.

moto confirms every subscription at once, and any token.
https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
"""

from __future__ import annotations

import secrets
import uuid
from urllib.parse import urlencode

from moto.sns.models import Subscription

from grader.cloud.clock import Clock
from grader.cloud.mail.sending_account import CONFIRMED_AFTER
from grader.cloud.topics import mails, messages
from grader.cloud.topics.endpoints import Endpoints, Post
from grader.cloud.topics.errors import invalid
from grader.cloud.topics.topics import PATH

_VALID = 2 * 24 * 3600
_SUBSCRIBE = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
_UNSUBSCRIBE = (
    "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL"
    " included in this message."
)


class Confirmations:
    """The tokens that were sent to endpoints, and what they confirm."""

    def __init__(self, endpoints: Endpoints, clock: Clock, endpoint_url: str) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._endpoint_url = endpoint_url
        self._tokens: dict[str, Subscription] = {}

    def ask(self, subscription: Subscription) -> None:
        """Ask whoever owns an endpoint; after two days without an answer it's gone."""
        subscription.confirmed = False
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
        self._send(subscription, "SubscriptionConfirmation", _SUBSCRIBE)

        def expire() -> None:
            if not subscription.confirmed:
                _kept(subscription).pop(subscription.arn, None)

        self._clock.call_at(self._clock.now() + _VALID, expire)

    def say_goodbye(self, subscription: Subscription) -> None:
        """Tell an endpoint that it was unsubscribed, and how to come back."""
        self._send(subscription, "UnsubscribeConfirmation", _UNSUBSCRIBE)

    def confirm(
        self, topic_arn: str, token: str, *, authenticated: bool
    ) -> Subscription:
        """Confirm the subscription that a token was sent for.

        Raises: Refused, InvalidParameter.
        """
        subscription = self._tokens.get(token)
        if subscription is None or subscription.topic_arn != topic_arn:
            raise invalid("Token")
        subscription.confirmed = True
        subscription.attributes["PendingConfirmation"] = False
        subscription.attributes["ConfirmationWasAuthenticated"] = authenticated
        _kept(subscription)[subscription.arn] = subscription
        return subscription

    def _send(self, subscription: Subscription, kind: str, say: str) -> None:
        token = secrets.token_hex(128)
        self._tokens[token] = subscription
        if subscription.protocol not in ("http", "https"):
            self._ask_by_mail(subscription, token)
            return
        topic_arn, message_id = subscription.topic_arn, str(uuid.uuid4())
        told = messages.confirmation(
            kind,
            topic_arn,
            message_id,
            token,
            self._link(topic_arn, token),
            say.format(topic=topic_arn, subscription=subscription.arn),
        )
        # It would ask for a subscription that it doesn't have yet.
        whose = subscription.arn if kind.startswith("Unsubscribe") else None
        self._endpoints.post(
            Post(
                subscription.endpoint,
                messages.http_headers(kind, message_id, topic_arn, whose),
                messages.drawn(told).encode(),
                (20.0, 20.0, 20.0),
                lambda: None,
                lambda error: None,
            )
        )

    def _ask_by_mail(self, subscription: Subscription, token: str) -> None:
        """Write to an address; its owner follows the link, as in all of this lab."""
        topic_arn = subscription.topic_arn
        mails.ask(subscription, self._link(topic_arn, token))

        def follow() -> None:
            if subscription.arn in _kept(subscription):
                self.confirm(topic_arn, token, authenticated=False)

        self._clock.call_at(self._clock.now() + CONFIRMED_AFTER, follow)

    def _link(self, topic_arn: str, token: str) -> str:
        query = {"Action": "ConfirmSubscription", "TopicArn": topic_arn, "Token": token}
        region = topic_arn.split(":")[3]
        return f"{self._endpoint_url}{PATH}{region}/?{urlencode(query)}"


def _kept(subscription: Subscription) -> dict[str, Subscription]:
    found: dict[str, Subscription] = subscription.topic.sns_backend.subscriptions
    return found
