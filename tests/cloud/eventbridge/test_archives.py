"""Archives and their replays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.eventbridge.conftest import Bus

DAY = 86_400


def archive(bus: Bus, name: str = "all", **settings: Any) -> str:
    """Archive what is put on the default bus; returns the archive's ARN."""
    source = bus.events.describe_event_bus()["Arn"]
    created = bus.events.create_archive(
        ArchiveName=name, EventSourceArn=source, **settings
    )
    return str(created["ArchiveArn"])


def replay(bus: Bus, arn: str, name: str = "again", **settings: Any) -> Any:
    now = bus.cloud.clock.now()
    destination = {"Arn": bus.events.describe_event_bus()["Arn"]}
    return bus.events.start_replay(
        **{
            "ReplayName": name,
            "EventSourceArn": arn,
            "EventStartTime": now - 3600,
            "EventEndTime": now + 1,
            "Destination": destination,
            **settings,
        }
    )


def test_an_archive_counts_its_events(bus: Bus) -> None:
    """Only those that its pattern takes."""
    archive(bus, EventPattern=json.dumps({"detail": {"keep": [True]}}))
    bus.put({"keep": True})
    bus.put({"keep": False})
    found = bus.events.describe_archive(ArchiveName="all")
    assert (found["EventCount"], found["State"]) == (1, "ENABLED")
    assert found["SizeBytes"] > 100


def test_an_archive_has_a_rule_that_is_aws(bus: Bus) -> None:
    """It can be seen, but neither changed nor deleted."""
    archive(bus)
    (rule,) = bus.events.list_rules()["Rules"]
    assert (rule["Name"], rule["ManagedBy"]) == (
        "Events-Archive-all",
        "prod.vhs.events.aws.internal",
    )
    with pytest.raises(ClientError) as raised:
        bus.events.disable_rule(Name="Events-Archive-all")
    assert raised.value.response["Error"]["Code"] == "ManagedRuleException"
    bus.events.delete_archive(ArchiveName="all")
    assert bus.events.list_rules()["Rules"] == []


def test_a_retention_ends(own_bus: Bus) -> None:
    """After so many days an event is gone."""
    archive(own_bus, RetentionDays=2)
    own_bus.put()
    own_bus.cloud.clock.advance(DAY)
    own_bus.put()
    own_bus.cloud.clock.advance(1.5 * DAY)
    found = own_bus.events.describe_archive(ArchiveName="all")
    assert found["EventCount"] == 1


def test_a_replay_plays_a_window(bus: Bus) -> None:
    """Events of the window come again: the replay's name, their times, other ids."""
    url, queue = bus.queue("model")
    arn = archive(bus)
    now = int(bus.cloud.clock.now())
    first = bus.put({"n": 1}, Time=now - 600)
    bus.put({"n": 2}, Time=now - 7200)
    bus.rule("model", {"Arn": queue})
    assert replay(bus, arn)["State"] == "STARTING"
    bus.cloud.clock.settle()
    (event,) = bus.bodies(url)
    assert (event["detail"], event["replay-name"]) == ({"n": 1}, "again")
    assert event["id"] != first
    found = bus.events.describe_replay(ReplayName="again")
    assert found["State"] == "COMPLETED"
    assert found["EventLastReplayedTime"].timestamp() == now - 600
    # What is replayed isn't archived once more.
    assert bus.events.describe_archive(ArchiveName="all")["EventCount"] == 2


def test_a_replay_for_some_rules(bus: Bus) -> None:
    """Others don't see it."""
    seen, queue = bus.queue("seen")
    unseen, second = bus.queue("unseen")
    arn = archive(bus)
    bus.put({"n": 1})
    chosen = bus.rule("chosen", {"Arn": queue})
    bus.rule("other", {"Arn": second})
    destination = {
        "Arn": bus.events.describe_event_bus()["Arn"],
        "FilterArns": [chosen],
    }
    replay(bus, arn, Destination=destination)
    bus.cloud.clock.settle()
    assert len(bus.bodies(seen)) == 1
    assert bus.bodies(unseen) == []


def refused(bus: Bus, arn: str, **settings: Any) -> str:
    with pytest.raises(ClientError) as raised:
        replay(bus, arn, **settings)
    return str(raised.value.response["Error"]["Message"])


def test_which_replays_cant_be(bus: Bus) -> None:
    """Another bus, an unknown archive, a window that ends before it begins."""
    arn = archive(bus)
    other = bus.events.create_event_bus(Name="orders")["EventBusArn"]
    assert refused(bus, arn, Destination={"Arn": other}) == (
        "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not"
        " permitted."
    )
    assert refused(bus, f"{arn}x") == (
        "Parameter EventSourceArn is not valid. Reason: Archive allx does not exist."
    )
    assert refused(bus, arn, EventStartTime=20, EventEndTime=10) == (
        "Parameter EventEndTime is not valid. Reason: EventStartTime must be before"
        " EventEndTime."
    )


def test_what_is_over_cant_be_cancelled(bus: Bus) -> None:
    """A replay that is COMPLETED stays so."""
    replay(bus, archive(bus))
    bus.cloud.clock.settle()
    with pytest.raises(ClientError) as raised:
        bus.events.cancel_replay(ReplayName="again")
    assert raised.value.response["Error"] == {
        "Code": "IllegalStatusException",
        "Message": "Replay again is not in a valid state for this operation.",
    }


def test_an_archives_pattern_is_checked(bus: Bus) -> None:
    """As a rule's is."""
    with pytest.raises(ClientError) as raised:
        archive(bus, EventPattern='{"source": []}')
    assert raised.value.response["Error"]["Code"] == "InvalidEventPatternException"
