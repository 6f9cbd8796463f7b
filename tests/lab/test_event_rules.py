"""EventBridge in the picture."""

from __future__ import annotations

import json
from typing import Any

from grader.lab import Cloud
from grader.lab.architecture import Arrow
from grader.lab.survey import survey
from tests.lab.conftest import policy

ANY = json.dumps({"source": ["studio"]})


def arrows(cloud: Cloud, source: str) -> list[Arrow]:
    """The arrows that begin at a resource."""
    return [one for one in survey(cloud).arrows if one.source.name == source]


def rule(cloud: Cloud, name: str, *targets: dict[str, Any], **settings: Any) -> None:
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=ANY, **settings)
    where = {k: v for k, v in settings.items() if k == "EventBusName"}
    if targets:
        wanted = [{"Id": str(n), **one} for n, one in enumerate(targets)]
        events.put_targets(Rule=name, Targets=wanted, **where)


def test_a_disabled_rule_says_so(cloud: Cloud) -> None:
    """At the rule and at its arrow; it isn't broken for that."""
    here = f"{cloud.region}:{cloud.account}"
    cloud.client("events").create_event_bus(Name="orders")
    bus = f"arn:aws:events:{here}:event-bus/orders"
    rule(cloud, "off", {"Arn": bus}, State="DISABLED")
    (found,) = arrows(cloud, "off")
    assert (found.source.detail, found.label, found.broken) == (
        "disabled",
        "each event that fits (disabled)",
        None,
    )
    assert (found.target.kind, found.target.name) == ("bus", "orders")


def test_a_bus_leads_to_its_rules_and_archives(cloud: Cloud) -> None:
    """A custom bus is a box of its own."""
    events = cloud.client("events")
    arn = events.create_event_bus(Name="orders")["EventBusArn"]
    rule(cloud, "paid", EventBusName="orders")
    events.create_archive(ArchiveName="kept", EventSourceArn=arn)
    assert [(one.target.kind, one.target.name) for one in arrows(cloud, "orders")] == [
        ("rule", "paid"),
        ("archive", "kept"),
    ]


def test_a_role_is_broken_until_it_may(cloud: Cloud) -> None:
    """It has to trust EventBridge, and to be allowed the target's action."""
    here = f"{cloud.region}:{cloud.account}"
    machine = f"arn:aws:states:{here}:stateMachine:m"
    iam = cloud.client("iam")

    def trusting(service: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": service}}
        return policy({**trust, "Action": "sts:AssumeRole"})

    role = iam.create_role(
        RoleName="starter", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com")
    )["Role"]["Arn"]
    rule(cloud, "starts", {"Arn": machine, "RoleArn": role})

    def broken() -> str | None:
        (found,) = arrows(cloud, "starts")
        assert (found.target.kind, found.target.name) == ("state machine", "m")
        return found.broken

    assert broken() == "its role starter doesn't trust events.amazonaws.com"
    iam.update_assume_role_policy(
        RoleName="starter", PolicyDocument=trusting("events.amazonaws.com")
    )
    assert broken() == "its role starter isn't allowed states:StartExecution"
    may = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    iam.put_role_policy(RoleName="starter", PolicyName="p", PolicyDocument=policy(may))
    assert broken() is None


def test_a_log_group_needs_a_resource_policy(cloud: Cloud) -> None:
    """CloudWatch Logs keeps those beside its groups."""
    here = f"{cloud.region}:{cloud.account}"
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    rule(cloud, "keeps", {"Arn": f"arn:aws:logs:{here}:log-group:/aws/events/all"})
    (found,) = arrows(cloud, "keeps")
    assert "isn't allowed logs:PutLogEvents" in (found.broken or "")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "logs:*",
        "Resource": "*",
    }
    logs.put_resource_policy(policyName="p", policyDocument=policy(statement))
    assert [one.broken for one in arrows(cloud, "keeps")] == [None]


def test_why_tells_of_an_event_that_went_nowhere(cloud: Cloud) -> None:
    """A bus that isn't there takes events, and nobody gets them."""
    cloud.client("events").put_events(
        Entries=[
            {
                "Source": "studio",
                "DetailType": "d",
                "Detail": "{}",
                "EventBusName": "nowhere",
            }
        ]
    )
    cloud.settle()
    told = cloud.why().text
    assert "undelivered: an event of EventBridge for arn:aws:events" in told
    assert "there is no event bus nowhere" in told


def test_a_server_elsewhere_isnt_called(cloud: Cloud) -> None:
    """The arrow to its API destination is broken, but on AWS itself."""
    events = cloud.client("events")
    connection = events.create_connection(
        Name="c",
        AuthorizationType="API_KEY",
        AuthParameters={
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}
        },
    )["ConnectionArn"]
    arn = events.create_api_destination(
        Name="partner",
        ConnectionArn=connection,
        InvocationEndpoint="https://api.example.com/",
        HttpMethod="POST",
    )["ApiDestinationArn"]
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    iam = cloud.client("iam")
    role = iam.create_role(
        RoleName="caller",
        AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"}),
    )["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": "*"}
    iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=policy(may))
    rule(cloud, "calls", {"Arn": arn, "RoleArn": role})
    (found,) = arrows(cloud, "calls")
    assert (found.target.kind, found.target.name, found.broken) == (
        "api destination",
        "partner",
        "the local cloud calls 127.0.0.1 only, and not api.example.com",
    )
