"""Subscriptions: what can subscribe to what, with which settings, and who confirms.

moto takes any settings, stores a subscription whose settings it then refuses, and
confirms everything at once. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.sns.models import Subscription, Topic, sns_backends
from moto.utilities.arns import parse_arn

from grader.cloud.topics import delivery_policies, endpoints, filter_policies
from grader.cloud.topics.errors import Refused, invalid

_KNOWN = frozenset(
    {
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
    }
)
_MODELLED = frozenset({"email", "email-json", "http", "https", "lambda", "sqs"})
CONFIRMED_BY_OTHERS = frozenset({"email", "email-json", "http", "https"})
_RAW = frozenset({"firehose", "http", "https", "sqs"})
_POSTED = ("http", "https")
SETTINGS = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
    }
)


def of_topic(topic_arn: str) -> list[Subscription]:
    """A topic's subscriptions, of whatever account."""
    return [one for one in every(topic_arn.split(":")[3]) if one.topic_arn == topic_arn]


def every(region: str) -> Iterator[Subscription]:
    """All subscriptions in a Region."""
    for regions in list(sns_backends.values()):
        if region in regions:
            yield from list(regions[region].subscriptions.values())


def check_endpoint(topic: Topic, protocol: str, endpoint: str | None) -> None:
    """Refuse an endpoint that a topic can't have.

    Raises:
        Refused: InvalidParameter.
        NotImplementedError: for what AWS reaches and this cloud doesn't.
    """
    if protocol not in _KNOWN:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol not in _MODELLED:
        raise NotImplementedError(f"the protocol {protocol}")
    if not endpoint:
        raise invalid("Endpoint")
    if topic.fifo_topic and protocol != "sqs":
        raise invalid(f"Invalid protocol type: {protocol}")
    if protocol in ("lambda", "sqs"):
        _check_arn(protocol, endpoint)
    elif protocol in _POSTED:
        if not endpoint.startswith(f"{protocol}://"):
            raise invalid("Endpoint must match the specified protocol")
        if not endpoints.is_here(endpoint):
            raise NotImplementedError(
                f"the endpoint {endpoint}: only servers on 127.0.0.1 are reached"
            )
    elif "@" not in endpoint:
        raise invalid("Email address")


def _check_arn(protocol: str, endpoint: str) -> None:
    parts = endpoint.split(":")
    is_right = parts[:3] == ["arn", "aws", protocol] and (
        (len(parts) == 6)
        if protocol == "sqs"
        else (len(parts) in (7, 8) and parts[5] == "function")
    )
    if not is_right:
        raise invalid(
            "Lambda endpoint ARN" if protocol == "lambda" else "SQS endpoint ARN"
        )


def check_settings(protocol: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that a subscription can't have, all together.

    Raises: Refused, InvalidParameter.
    """
    for name in settings:
        if name not in SETTINGS:
            raise invalid("AttributeName")
    scope_told = settings.get("FilterPolicyScope") or filter_policies.ATTRIBUTES
    if scope_told not in filter_policies.SCOPES:
        raise invalid(
            f"FilterPolicyScope: Invalid value [{scope_told}]. Please use either"
            " MessageBody or MessageAttributes"
        )
    if text := settings.get("FilterPolicy"):
        filter_policies.parse(text, scope_told)
    if _is_true(settings.get("RawMessageDelivery")) and protocol not in _RAW:
        raise invalid(
            f"Attributes Reason: Delivery protocol [{protocol}] does not support raw"
            " message delivery."
        )
    if text := settings.get("DeliveryPolicy"):
        if protocol not in _POSTED:
            raise invalid(
                f"DeliveryPolicy: Delivery protocol [{protocol}] does not support"
                " delivery policies."
            )
        delivery_policies.parse(text)
    if text := settings.get("RedrivePolicy"):
        _check_redrive(text)


def _check_redrive(text: str) -> None:
    try:
        told = json.loads(text)
        target = parse_arn(told["deadLetterTargetArn"])
    except ValueError:
        raise _redrive("must be a valid JSON object") from None
    except (KeyError, TypeError):
        raise _redrive("deadLetterTargetArn is required") from None
    if target.service != "sqs":
        raise _redrive("deadLetterTargetArn is an invalid arn")


def _redrive(what: str) -> Refused:
    return invalid(f"RedrivePolicy: {what}")


def change(subscription: Subscription, settings: Mapping[str, Any]) -> None:
    """Give a subscription settings that were checked."""
    subscription.attributes.update(settings)
    text = subscription.attributes.get("FilterPolicy")
    if not text:
        subscription.attributes.pop("FilterPolicy", None)
    # moto's own way to match isn't used.
    subscription._filter_policy = json.loads(text) if text else None


def settings_of(subscription: Subscription) -> dict[str, Any]:
    """The settings that a subscription was given."""
    kept = subscription.attributes
    return {name: kept[name] for name in SETTINGS if name in kept}


def scope(subscription: Subscription) -> str:
    """What a subscription's filter policy is about."""
    told = subscription.attributes.get("FilterPolicyScope")
    return str(told or filter_policies.ATTRIBUTES)


def is_raw(subscription: Subscription) -> bool:
    """Whether it gets the message itself, and not a document about it."""
    return _is_true(subscription.attributes.get("RawMessageDelivery"))


def dead_letter_queue(subscription: Subscription) -> str | None:
    """The ARN of the queue for what can't be delivered."""
    text = subscription.attributes.get("RedrivePolicy")
    return str(json.loads(text)["deadLetterTargetArn"]) if text else None


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
