"""What an alarm does when it enters a state: it notifies topics and invokes functions.

moto does nothing. Follows "Alarm actions" in the CloudWatch user guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from moto.utilities.arns import parse_arn

from grader.cloud.access import acting
from grader.cloud.eventbridge.offers import offer
from grader.cloud.monitoring import alarm_messages, errors
from grader.cloud.monitoring.alarms import Alarm, State
from grader.cloud.topics import services as topic_services
from grader.facts import cloudwatch

_LIMIT = cloudwatch.ACTIONS_PER_STATE.value
_OF_FUNCTIONS = "lambda.alarms.cloudwatch.amazonaws.com"
_OF_TOPICS = "cloudwatch.amazonaws.com"
_MODELLED = ("sns", "lambda")

Invoke = Callable[[str, str, str, bytes], object]
"""Takes account, Region, function ARN and event, and queues an invocation."""


def check_actions(name: str, arns: list[str]) -> None:
    """Refuse actions that an alarm can't have, or that this cloud doesn't do.

    AWS doesn't look whether a topic or a function exists.

    Raises:
        Refusal: ValidationError, InvalidParameterValue.
    """
    if len(arns) > _LIMIT:
        raise errors.validation(
            f"1 validation error detected: Value '{arns}' at"
            f" '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must"
            f" have length less than or equal to {_LIMIT}"
        )
    for arn in arns:
        parts = arn.split(":")
        if len(parts) < 6 or parts[0] != "arn":
            raise errors.validation(f"Invalid arn syntax: {arn}")
        if parts[2] not in _MODELLED:
            raise errors.unmodelled(f"alarm actions of {parts[2]} ({arn})")


def act(alarm: Alarm, action: str, *, old: State, invoke: Invoke) -> str | None:
    """Do one action for an alarm's new state; returns what a topic was told.

    Raises:
        Exception: whatever made the action fail.
    """
    target = parse_arn(action)
    if target.service == "sns":
        return _publish(alarm, action, old)
    event = alarm_messages.function_event(alarm, old=old)
    _invoke(alarm, action, json.dumps(event, separators=(",", ":")).encode(), invoke)
    return None


def _publish(alarm: Alarm, topic_arn: str, old: State) -> str:
    # Costly to import, and an alarm without topics doesn't need it.
    from moto.sns.models import sns_backends

    topic = parse_arn(topic_arn)
    backend = sns_backends[topic.account][topic.region]
    found = backend.topics.get(topic_arn)
    if found is None:
        raise LookupError(f"Topic does not exist: {topic_arn}")
    # A topic's own policy lets its account publish; one that replaces it may not.
    context = {"aws:sourceowner": alarm.account, "aws:securetransport": "true"}
    if not _may(alarm, _OF_TOPICS, "sns:Publish", topic_arn, context):
        raise PermissionError(
            "CloudWatch Alarms is not authorized to perform: SNS:Publish on resource:"
            f" {topic_arn} because no resource-based policy allows the SNS:Publish"
            " action"
        )
    subject, message = alarm_messages.notification(alarm, old=old)
    topic_services.publish(topic_arn, message, subject=subject)
    return message


def _invoke(alarm: Alarm, function_arn: str, event: bytes, invoke: Invoke) -> None:
    region, account = function_arn.split(":")[3:5]
    if not _may(alarm, _OF_FUNCTIONS, "lambda:InvokeFunction", function_arn):
        raise PermissionError(
            "CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on"
            f" the resource: {function_arn} because no resource-based policy allows the"
            " lambda:InvokeFunction action"
        )
    invoke(account, region, function_arn, event)


def _may(
    alarm: Alarm,
    service: str,
    action: str,
    arn: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    decision = acting.for_resource(
        service,
        action,
        arn,
        source_arn=alarm.alarm_arn,
        source_account=alarm.account,
        context=context,
    )
    return decision.allowed


def announce(alarm: Alarm, *, old: State) -> None:
    """Offer the change to the rules of the default event bus."""
    offer(alarm_messages.change_event(alarm, old=old))
