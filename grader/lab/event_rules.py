"""EventBridge in the picture: buses, rules and archives, and what rules lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from grader.lab import grants, policies
from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deliveries import delivery
from grader.lab.deployed import Deployed
from grader.lab.listings import items

_SERVICE = "events.amazonaws.com"
_DEFAULT = "default"
_THIS_MACHINE = ("127.0.0.1", "localhost")
# By the beginning of what follows the account in a target's ARN: what the picture
# calls it, and what a role has to be allowed.
_KINDS = {
    ("lambda", "function"): ("function", "lambda:InvokeFunction"),
    ("sqs", ""): ("queue", "sqs:SendMessage"),
    ("sns", ""): ("topic", "sns:Publish"),
    ("states", "stateMachine"): ("state machine", "states:StartExecution"),
    ("logs", "log-group"): ("log group", "logs:PutLogEvents"),
    ("kinesis", "stream"): ("stream", "kinesis:PutRecord"),
    ("events", "event-bus"): ("bus", "events:PutEvents"),
    ("events", "api-destination"): ("api destination", "events:InvokeApiDestination"),
}


@dataclass(frozen=True)
class _Place:
    """What a target is."""

    kind: str
    action: str
    name: str


def arrows(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """From each bus to its rules and archives, and from rules to their targets.

    The default bus is in the picture only where something comes or goes there.
    """
    client = account.client("events")
    for bus in items(client, "list_event_buses", "EventBuses"):
        where = {"EventBusName": bus["Name"]}
        for rule in items(client, "list_rules", "Rules", **where):
            # An archive's own rule says no more than the archive.
            if rule.get("ManagedBy"):
                continue
            box = Box("rule", rule["Name"], _detail(rule))
            if bus["Name"] != _DEFAULT:
                yield Arrow(Box("bus", bus["Name"]), box, "each event")
            for target in items(
                client, "list_targets_by_rule", "Targets", Rule=rule["Name"], **where
            ):
                yield _arrow(account, deployed, box, rule, target)
    for archive in items(client, "list_archives", "Archives"):
        name = archive["EventSourceArn"].rpartition("/")[2]
        kept = Box("archive", archive["ArchiveName"])
        yield Arrow(Box("bus", name), kept, "keeps events")


def _detail(rule: Mapping[str, Any]) -> str:
    told = [rule.get("ScheduleExpression", "")]
    if rule["State"] == "DISABLED":
        told.append("disabled")
    return ", ".join(filter(None, told))


def _label(rule: Mapping[str, Any]) -> str:
    told = "each event that fits" if rule.get("EventPattern") else "when it is time"
    return f"{told} (disabled)" if rule["State"] == "DISABLED" else told


def _arrow(
    account: Account,
    deployed: Deployed,
    box: Box,
    rule: Mapping[str, Any],
    target: Mapping[str, Any],
) -> Arrow:
    arn, role = target["Arn"], target.get("RoleArn")
    place = _place(arn)
    if role is None and place.kind in ("function", "queue", "topic"):
        return delivery(
            account,
            deployed,
            box,
            arn,
            label=_label(rule),
            service=_SERVICE,
            source=rule["Arn"],
        )
    broken = None
    if role is not None:
        broken = _refused(account, role, place.action, arn)
    elif place.kind == "log group":
        broken = _not_logged(account, arn, rule["Arn"])
    if broken is None and place.kind == "api destination":
        broken = _not_called(account, place.name)
    to = deployed.boxes.get(arn) or Box(place.kind, place.name)
    return Arrow(box, to, _label(rule), broken)


def _place(arn: str) -> _Place:
    _, _, service, _, _, resource = arn.split(":", 5)
    for (of, prefix), (kind, action) in _KINDS.items():
        if service == of and resource.startswith(prefix):
            name = resource.removeprefix(prefix).lstrip(":/").removesuffix(":*")
            # The name of an API destination has its id behind it.
            if kind == "api destination":
                name = name.partition("/")[0]
            return _Place(kind, action, name)
    return _Place(service, f"{service}:*", resource)


def _refused(account: Account, role: str, action: str, arn: str) -> str | None:
    """Why a role is of no use to EventBridge; None if it is."""
    name = role.rpartition("/")[2]
    client = account.client("iam")
    try:
        found = client.get_role(RoleName=name)["Role"]
    except client.exceptions.NoSuchEntityException:
        return f"its role {name} doesn't exist"
    trust = found["AssumeRolePolicyDocument"]
    if not policies.service_may(
        trust,
        "sts:AssumeRole",
        service=_SERVICE,
        source_arn=arn,
        account=account.account,
    ):
        return f"its role {name} doesn't trust {_SERVICE}"
    if not grants.may(account, role, action, arn):
        return f"its role {name} isn't allowed {action}"
    return None


def _not_called(account: Account, name: str) -> str | None:
    """Why an API destination isn't called; None if it is."""
    client = account.client("events")
    try:
        found = client.describe_api_destination(Name=name)
    except client.exceptions.ResourceNotFoundException:
        return "no such api destination"
    host = urlsplit(found["InvocationEndpoint"]).hostname
    local = urlsplit(client.meta.endpoint_url).hostname in _THIS_MACHINE
    if local and host not in _THIS_MACHINE:
        return f"the local cloud calls 127.0.0.1 only, and not {host}"
    return None


def _not_logged(account: Account, arn: str, rule_arn: str) -> str | None:
    """Why a log group takes nothing from a rule; None if it does."""
    client = account.client("logs")
    for policy in client.describe_resource_policies()["resourcePolicies"]:
        if policies.service_may(
            json.loads(policy["policyDocument"]),
            "logs:PutLogEvents",
            service=_SERVICE,
            source_arn=rule_arn,
            account=account.account,
        ):
            return None
    return (
        f"{_SERVICE} isn't allowed logs:PutLogEvents by a resource policy of CloudWatch"
        " Logs: put_resource_policy(…) is missing"
    )
