"""Arrows to functions, queues and topics, which have to let a service in."""

from __future__ import annotations

import json
from typing import Any

from grader.lab import policies
from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deployed import Deployed

SENDING = {"queue": "sqs:SendMessage", "topic": "sns:Publish"}
"""What a service needs of a target's policy."""


def delivery(
    account: Account,
    deployed: Deployed,
    source_box: Box,
    arn: str,
    *,
    label: str,
    service: str,
    source: str,
) -> Arrow:
    """An arrow to a function, a queue or a topic, which have to let the service in."""
    if ":function:" in arn:
        return deployed.call(
            account, source_box, arn, label=label, service=service, sources=[source]
        )
    target = deployed.box(arn)
    action = SENDING.get(target.kind)
    broken = None
    if target.detail == "missing":
        broken = f"no such {target.kind}"
    elif action and not policies.service_may(
        _policy(account, target, arn),
        action,
        service=service,
        source_arn=source,
        account=account.account,
    ):
        broken = (
            f"{service} isn't allowed {action} by the policy of the {target.kind} "
            f"{target.name}"
        )
    return Arrow(source_box, target, label, broken)


def _policy(account: Account, target: Box, arn: str) -> dict[str, Any] | None:
    """The resource policy of a queue or a topic."""
    if target.kind == "queue":
        client = account.client("sqs")
        url = client.get_queue_url(QueueName=target.name)["QueueUrl"]
        asked = client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        text = asked.get("Attributes", {}).get("Policy")
    else:
        asked = account.client("sns").get_topic_attributes(TopicArn=arn)
        text = asked["Attributes"].get("Policy")
    return dict(json.loads(text)) if text else None
