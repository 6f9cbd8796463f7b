"""What happens by itself: notifications, subscriptions, rules, schedules, polling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.lab import event_rules, grants
from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deliveries import SENDING, delivery
from grader.lab.deployed import Deployed
from grader.lab.listings import items
from grader.lab.logs import function_name

_POLLING = {
    "sqs": "sqs:ReceiveMessage",
    "dynamodb": "dynamodb:GetRecords",
    "kinesis": "kinesis:GetRecords",
}
"""What Lambda has to be allowed, in the function's role, to read a source."""


def arrows(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """What each of them leads to."""
    yield from _notifications(account, deployed)
    for service, found in (
        ("sns", _subscriptions(account, deployed)),
        ("events", event_rules.arrows(account, deployed)),
        ("scheduler", _schedules(account, deployed)),
        ("lambda", _mappings(account, deployed)),
    ):
        if deployed.has(service):
            yield from found


def _notifications(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("s3")
    for arn, bucket in deployed.of_kind("bucket").items():
        answer = client.get_bucket_notification_configuration(Bucket=bucket.name)
        for name, target in (
            ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
            ("QueueConfigurations", "QueueArn"),
            ("TopicConfigurations", "TopicArn"),
        ):
            for trigger in answer.get(name, []):
                yield delivery(
                    account,
                    deployed,
                    bucket,
                    trigger[target],
                    label=_told_events(trigger),
                    service="s3.amazonaws.com",
                    source=arn,
                )


def _told_events(trigger: dict[str, Any]) -> str:
    events = " ".join(event.removeprefix("s3:") for event in trigger["Events"])
    rules = trigger.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    only = " ".join(f"{rule['Name'].lower()} {rule['Value']!r}" for rule in rules)
    return f"{events} {only}".strip()


def _subscriptions(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("sns")
    for one in items(client, "list_subscriptions", "Subscriptions"):
        topic = deployed.box(one["TopicArn"])
        if one["Protocol"] in ("lambda", "sqs"):
            yield delivery(
                account,
                deployed,
                topic,
                one["Endpoint"],
                label=_told_messages(client, one["SubscriptionArn"]),
                service="sns.amazonaws.com",
                source=one["TopicArn"],
            )
        else:
            subscriber = Box("subscriber", one["Endpoint"], one["Protocol"])
            # Until it is confirmed a subscription has no ARN.
            waits = not one["SubscriptionArn"].startswith("arn:")
            broken = "the subscription isn't confirmed yet" if waits else None
            yield Arrow(topic, subscriber, "each message", broken)


def _told_messages(client: Any, subscription: str) -> str:
    """Which messages of a topic a subscriber gets."""
    asked = client.get_subscription_attributes(SubscriptionArn=subscription)
    policy = asked["Attributes"].get("FilterPolicy")
    return f"each message that fits {policy}" if policy else "each message"


def _schedules(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("scheduler")
    for listed in items(client, "list_schedules", "Schedules"):
        found = client.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
        box = Box("schedule", found["Name"], found["ScheduleExpression"])
        target = deployed.box(found["Target"]["Arn"])
        action = {"function": "lambda:InvokeFunction", **SENDING}.get(target.kind)
        role = found["Target"]["RoleArn"]
        broken = None
        # The scheduler calls as its role, so no policy of the target lets it in.
        if action and not grants.may(account, role, action, found["Target"]["Arn"]):
            broken = f"its role {role.rpartition('/')[2]} isn't allowed {action}"
        yield Arrow(box, target, "when it is time", broken)


def _mappings(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """Event source mappings: Lambda polls as the function's role."""
    client = account.client("lambda")
    for one in items(client, "list_event_source_mappings", "EventSourceMappings"):
        arn = one["EventSourceArn"]
        # A stream is drawn as its table.
        source = deployed.box(arn.partition("/stream/")[0])
        name = function_name(one["FunctionArn"])
        label = f"batches of up to {one['BatchSize']} ({one['State']})"
        function = deployed.functions.get(name)
        if function is None:
            gap = Box("function", name, "missing")
            yield Arrow(source, gap, label, "no such function")
            continue
        action = _POLLING[arn.split(":")[2]]
        broken = None
        if source.detail == "missing":
            broken = f"no such {source.kind}"
        elif not grants.may(account, function.role, action, arn):
            role = function.role.rpartition("/")[2]
            broken = f"the role {role} of {name} isn't allowed {action}"
        yield Arrow(source, function.box, label, broken)
