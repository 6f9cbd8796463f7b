"""Rules: what PutRule takes, and which events a rule takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.eventbridge.conftest import ANY, Bus


def error(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    found = raised.value.response["Error"]
    return found["Code"], found["Message"]


def test_a_pattern_is_checked(bus: Bus) -> None:
    """PutRule tells what is wrong with a pattern, and where."""
    code, message = error(
        bus.events.put_rule, Name="r", EventPattern='{"source": "studio"}'
    )
    assert code == "InvalidEventPatternException"
    assert message.startswith(
        'Event pattern is not valid. Reason: "source" must be an object or an array'
    )
    assert "line: 1, column: 13]" in message


def test_a_schedule_is_checked(bus: Bus) -> None:
    """Without saying what is wrong with it."""
    assert error(
        bus.events.put_rule, Name="r", ScheduleExpression="cron(0 8 1 * 1 *)"
    ) == ("ValidationException", "Parameter ScheduleExpression is not valid.")


def test_a_rule_needs_one_of_both(bus: Bus) -> None:
    """A pattern or a schedule."""
    assert error(bus.events.put_rule, Name="r") == (
        "ValidationException",
        "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    )


def test_schedules_are_for_the_default_bus(bus: Bus) -> None:
    """A custom bus has none."""
    bus.events.create_event_bus(Name="orders")
    assert error(
        bus.events.put_rule,
        Name="r",
        EventBusName="orders",
        ScheduleExpression="rate(1 day)",
    ) == (
        "ValidationException",
        "ScheduleExpression is supported only on the default event bus.",
    )


def test_names_are_checked_by_the_model(bus: Bus) -> None:
    """As every constraint of EventBridge's model is."""
    code, message = error(bus.events.put_rule, Name="no spaces", EventPattern=ANY)
    assert (code, message) == (
        "ValidationException",
        "1 validation error detected: Value 'no spaces' at 'name' failed to satisfy"
        " constraint: Member must satisfy regular expression pattern:"
        r" [\.\-_A-Za-z0-9]+",
    )


def test_an_unknown_rule_is_named_with_its_bus(bus: Bus) -> None:
    """Whoever describes, disables or lists it is told the same."""
    expected = (
        "ResourceNotFoundException",
        "Rule gone does not exist on EventBus default.",
    )
    assert error(bus.events.describe_rule, Name="gone") == expected
    assert error(bus.events.disable_rule, Name="gone") == expected
    assert error(bus.events.list_targets_by_rule, Rule="gone") == expected


def test_a_rule_with_targets_stays(bus: Bus) -> None:
    """They have to be removed first."""
    _, arn = bus.queue("kept")
    bus.rule("kept", {"Arn": arn})
    assert error(bus.events.delete_rule, Name="kept") == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    bus.events.remove_targets(Rule="kept", Ids=["0"])
    bus.events.delete_rule(Name="kept")
    assert bus.events.list_rules()["Rules"] == []


def test_a_disabled_rule_takes_nothing(bus: Bus) -> None:
    """Until it is enabled again."""
    url, arn = bus.queue("switched")
    bus.rule("switched", {"Arn": arn}, State="DISABLED")
    bus.put({"n": 1})
    bus.events.enable_rule(Name="switched")
    bus.put({"n": 2})
    bus.events.disable_rule(Name="switched")
    bus.put({"n": 3})
    assert [one["detail"] for one in bus.bodies(url)] == [{"n": 2}]


def test_a_schedule_takes_no_events(bus: Bus) -> None:
    """A rule that only has a schedule has nothing to do with events."""
    url, arn = bus.queue("nightly")
    bus.events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    bus.events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": arn}])
    bus.put()
    assert bus.bodies(url) == []


def test_only_what_fits(bus: Bus) -> None:
    """Detail type and a number decide."""
    url, arn = bus.queue("dear")
    pattern = {
        "detail-type": ["Booking Confirmed"],
        "detail": {"price": [{"numeric": [">", 200]}]},
    }
    bus.rule("dear", {"Arn": arn}, pattern=json.dumps(pattern))
    for price in (200, 201, "300"):
        bus.put({"price": price})
    bus.put({"price": 300}, DetailType="Booking Cancelled")
    assert [one["detail"]["price"] for one in bus.bodies(url)] == [201]


def test_a_pattern_is_tested(bus: Bus) -> None:
    """test_event_pattern needs a whole event, and tells whether it fits."""
    event = dict.fromkeys(("id", "account", "time", "region", "detail-type"), "x")
    whole = json.dumps({**event, "source": "studio", "resources": []})
    tested = bus.events.test_event_pattern
    assert tested(EventPattern=ANY, Event=whole)["Result"] is True
    other = json.dumps({"source": ["other"]})
    assert tested(EventPattern=other, Event=whole)["Result"] is False
    code, _ = error(tested, EventPattern=ANY, Event='{"source": "studio"}')
    assert code == "ValidationException"
    code, _ = error(tested, EventPattern="{}", Event=whole)
    assert code == "InvalidEventPatternException"


def test_rules_by_target(bus: Bus) -> None:
    """Which rules lead to a resource."""
    _, arn = bus.queue("shared")
    bus.rule("first", {"Arn": arn})
    bus.rule("second", {"Arn": arn})
    bus.rule("third")
    found = bus.events.list_rule_names_by_target(TargetArn=arn)
    assert sorted(found["RuleNames"]) == ["first", "second"]


def test_partners_have_no_events_here(bus: Bus) -> None:
    """The operations for them are refused by name."""
    code, message = error(
        bus.events.create_partner_event_source,
        Name="aws.partner/x/y/z",
        Account=bus.account.id,
    )
    assert code == "NotImplemented"
    assert "CreatePartnerEventSource" in message


def test_an_unmodelled_parameter_is_refused(bus: Bus) -> None:
    """Nothing is taken and then ignored."""
    code, message = error(
        bus.events.create_event_bus, Name="b", LogConfig={"Level": "INFO"}
    )
    assert code == "ValidationException"
    assert "doesn't model LogConfig" in message
