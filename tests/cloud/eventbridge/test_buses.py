"""Buses: their policies, other accounts, from one to another, and their end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account
from tests.cloud.eventbridge.conftest import ANY, Bus


@pytest.fixture
def other(shared_cloud: Cloud) -> Bus:
    """A second account."""
    account, key, secret = shared_cloud.fresh_account()
    return Bus(Account(shared_cloud, keys=(key, secret), account=account))


def arn_of(bus: Bus, name: str, region: str | None = None) -> str:
    where = region or bus.account.region
    return f"arn:aws:events:{where}:{bus.account.id}:event-bus/{name}"


def policy(bus: Bus, name: str = "default") -> list[dict[str, Any]]:
    text = bus.events.describe_event_bus(Name=name)["Policy"]
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    found = raised.value.response["Error"]
    return found["Code"], found["Message"]


def test_a_bus_with_rules_stays(bus: Bus) -> None:
    """They have to be deleted first; the default bus stays for ever."""
    bus.events.create_event_bus(Name="orders")
    bus.rule("r", EventBusName="orders")
    assert refused(bus.events.delete_event_bus, Name="orders") == (
        "ValidationException",
        "Event bus orders can't be deleted since it has rules.",
    )
    bus.events.delete_rule(Name="r", EventBusName="orders")
    bus.events.delete_event_bus(Name="orders")
    assert refused(bus.events.delete_event_bus, Name="default") == (
        "ValidationException",
        "Cannot delete event bus default.",
    )


def test_a_bus_is_described_anew(bus: Bus) -> None:
    """Its description changes, and is listed."""
    bus.events.create_event_bus(Name="orders", Description="old")
    assert bus.events.update_event_bus(Name="orders", Description="new")["Name"]
    (found,) = bus.events.list_event_buses(NamePrefix="ord")["EventBuses"]
    assert (
        found["Description"],
        found["CreationTime"] <= found["LastModifiedTime"],
    ) == (
        "new",
        True,
    )


def test_permissions_become_statements(bus: Bus) -> None:
    """Of an account, or of everybody."""
    bus.events.put_permission(
        Action="events:PutEvents", Principal="111122223333", StatementId="one"
    )
    bus.events.put_permission(
        Action="events:PutEvents", Principal="*", StatementId="all"
    )
    assert [one["Principal"] for one in policy(bus)] == [
        {"AWS": "arn:aws:iam::111122223333:root"},
        "*",
    ]
    bus.events.remove_permission(StatementId="all")
    assert [one["Sid"] for one in policy(bus)] == ["one"]


def test_a_policy_is_checked(bus: Bus) -> None:
    """What isn't one is refused."""
    assert refused(bus.events.put_permission, Policy="{") == (
        "ValidationException",
        "This policy contains invalid Json",
    )


def test_another_account_needs_the_bus_policy(bus: Bus, other: Bus) -> None:
    """PutEvents on somebody else's bus is refused until its policy lets one in."""
    entry = {
        "Source": "studio",
        "DetailType": "d",
        "Detail": "{}",
        "EventBusName": arn_of(other, "default"),
    }
    code, message = refused(bus.events.put_events, Entries=[entry])
    assert code == "AccessDeniedException"
    assert "events:PutEvents" in message
    other.events.put_permission(
        Action="events:PutEvents", Principal=bus.account.id, StatementId="in"
    )
    url, queue = other.queue("inbox")
    other.rule("inbox", {"Arn": queue})
    bus.put({"n": 1}, EventBusName=entry["EventBusName"])
    (event,) = other.bodies(url)
    assert (event["account"], event["detail"]) == (bus.account.id, {"n": 1})


def test_from_bus_to_bus(bus: Bus) -> None:
    """The event stays what it was, with its id."""
    bus.events.create_event_bus(Name="orders")
    url, queue = bus.queue("orders")
    bus.rule("on", {"Arn": arn_of(bus, "orders"), "InputPath": "$.detail"})
    bus.rule("takes", {"Arn": queue}, EventBusName="orders")
    event_id = bus.put({"n": 1})
    (event,) = bus.bodies(url)
    assert (event["id"], event["detail"]) == (event_id, {"n": 1})


def test_a_bus_is_named_by_its_arn_too(bus: Bus) -> None:
    """Wherever a name is taken; another account's bus isn't one of ours."""
    arn = bus.events.create_event_bus(Name="orders")["EventBusArn"]
    url, queue = bus.queue("orders")
    bus.rule("takes", {"Arn": queue}, EventBusName=arn)
    bus.put({"n": 1}, EventBusName=arn)
    assert [one["detail"] for one in bus.bodies(url)] == [{"n": 1}]
    _, message = refused(
        bus.events.put_rule,
        Name="r",
        EventPattern=ANY,
        EventBusName=arn.replace(bus.account.id, "111122223333"),
    )
    assert "doesn't model rules on another account's" in message


def test_to_another_account(bus: Bus, other: Bus) -> None:
    """The role has to be allowed, and the other bus has to let its account in."""
    target = arn_of(other, "default")
    may = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": target}
    bus.rule("over", {"Arn": target, "RoleArn": bus.role("sender", may)})
    url, queue = other.queue("inbox")
    other.rule("inbox", {"Arn": queue})
    other.events.put_rule(Name="warm", EventPattern=ANY)
    bus.put({"n": 1})
    assert [kind for kind, _ in bus.incidents()] == ["permission"]
    other.events.put_permission(
        Action="events:PutEvents", Principal=bus.account.id, StatementId="in"
    )
    bus.put({"n": 2})
    assert [one["detail"] for one in other.bodies(url)] == [{"n": 2}]


def test_to_another_region(bus: Bus) -> None:
    """A role of the account itself is enough."""
    far = Bus(Account(bus.cloud, "us-east-1", bus.account._keys, bus.account.id))
    url, queue = far.queue("far")
    far.rule("far", {"Arn": queue})
    target = arn_of(far, "default")
    may = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": target}
    bus.rule("over", {"Arn": target, "RoleArn": bus.role("sender", may)})
    bus.put({"n": 1})
    (event,) = far.bodies(url)
    assert event["region"] == bus.account.region


def test_no_third_bus(bus: Bus) -> None:
    """What came from another bus goes to no further one, so that cycles end."""
    bus.events.create_event_bus(Name="a")
    bus.events.create_event_bus(Name="b")
    url, queue = bus.queue("seen")
    bus.rule("a-to-b", {"Arn": arn_of(bus, "b")}, EventBusName="a")
    bus.rule("b-to-a", {"Arn": arn_of(bus, "a")}, EventBusName="b")
    bus.rule("watch", {"Arn": queue}, EventBusName="a")
    bus.put({"n": 1}, EventBusName="a")
    assert [one["detail"] for one in bus.bodies(url)] == [{"n": 1}]
    ((kind, message),) = bus.incidents()
    assert (kind, "to a third event bus" in message) == ("undelivered", True)


def test_a_rule_that_feeds_itself(bus: Bus) -> None:
    """A rule whose target is its own bus runs once for an event."""
    bus.events.create_event_bus(Name="a")
    bus.rule("round", {"Arn": arn_of(bus, "a")}, EventBusName="a")
    bus.put(EventBusName="a")
    assert [kind for kind, _ in bus.incidents()] == ["recursion"]
    assert bus.sum("DeadLetterInvocations", RuleName="round", EventBusName="a") == 1


def test_a_bus_that_is_gone(bus: Bus) -> None:
    """A target that isn't there is told, not retried."""
    bus.rule("on", {"Arn": arn_of(bus, "nowhere")})
    bus.put()
    ((kind, message),) = bus.incidents()
    assert (kind, "nowhere doesn't exist" in message) == ("undelivered", True)
