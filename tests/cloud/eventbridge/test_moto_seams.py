"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.events.models import EventsBackend
from moto.events.responses import EventsHandler

REGION, ACCOUNT = "eu-west-1", "123456789012"
HERE = f"{REGION}:{ACCOUNT}"
ANY = json.dumps({"source": ["studio"]})
ENTRY = {"Source": "studio", "DetailType": "d", "Detail": "{}"}


@pytest.fixture
def plain() -> Any:
    return EventsBackend(REGION, ACCOUNT)


def test_moto_delivers_for_disabled_rules(plain: Any) -> None:
    """Override: ``bridge``. And it fails the sender where the target can't be."""
    plain.put_rule("r", event_pattern=ANY, state="DISABLED")
    plain.put_targets("r", None, [{"Id": "1", "Arn": f"arn:aws:lambda:{HERE}:f"}])
    with pytest.raises(NotImplementedError):
        plain.put_events([ENTRY])


def test_moto_takes_a_schedule_to_match_events(plain: Any) -> None:
    """Override: ``bridge``."""
    rule = plain.put_rule("r", scheduled_expression="rate(1 minutes)")
    assert rule.event_pattern.matches_event({"source": "studio"})


def test_moto_takes_any_schedule(plain: Any) -> None:
    """Override: ``schedules``."""
    plain.put_rule("r", scheduled_expression="cron(whenever)")


def test_moto_takes_patterns_that_are_none(plain: Any) -> None:
    """Override: ``storage.check_pattern``."""
    plain.put_rule("r", event_pattern=json.dumps({"source": [{"no-such": 1}]}))


def test_moto_tests_no_patterns(plain: Any) -> None:
    """Override: ``control.test_event_pattern``."""
    assert EventsHandler.test_event_pattern(EventsHandler()) is None


def test_moto_lets_anybody_be_aws(plain: Any) -> None:
    """Override: ``entries``."""
    (answer,) = plain.put_events([{**ENTRY, "Source": "aws.s3"}])
    assert "EventId" in answer


def test_moto_deletes_buses_with_rules(plain: Any) -> None:
    """Override: ``storage.delete_event_bus``."""
    plain.create_event_bus("orders")
    plain.put_rule("r", event_pattern=ANY, event_bus_arn="orders")
    plain.delete_event_bus("orders")
    assert "orders" not in plain.event_buses


def test_moto_takes_more_targets_than_five(plain: Any) -> None:
    """Override: ``targets``."""
    plain.put_rule("r", event_pattern=ANY)
    arn = f"arn:aws:sns:{HERE}:t"
    plain.put_targets("r", None, [{"Id": str(n), "Arn": arn} for n in range(6)])


def test_moto_makes_everybody_a_root(plain: Any) -> None:
    """Override: ``bus_policies``."""
    plain.put_permission(None, "events:PutEvents", "*", "s", None, None)
    assert "arn:aws:iam::*:root" in plain.describe_event_bus("default").policy


def test_moto_replays_within_the_request(plain: Any) -> None:
    """Override: ``replays``."""
    bus = plain.describe_event_bus("default").arn
    archive = plain.create_archive("a", bus, "", None, None)
    plain.start_replay("again", "", archive.arn, "1", "2", {"Arn": bus})
    assert plain.replays["again"].state.value == "COMPLETED"


def test_moto_misses_rules_in_words_of_its_own(plain: Any) -> None:
    """Override: ``storage.find_rule``."""
    with pytest.raises(JsonRESTError) as raised:
        plain.describe_rule("gone", None)
    assert raised.value.message == "Rule gone does not exist."


def test_moto_calls_destinations_without_the_event(plain: Any) -> None:
    """Override: ``api_destinations``. And it describes a connection's secrets."""
    plain.create_connection(
        "c", "", "API_KEY", {"ApiKeyAuthParameters": {"ApiKeyValue": "secret"}}
    )
    assert "secret" in json.dumps(plain.describe_connection("c")["AuthParameters"])


def test_moto_creates_a_connection_twice(plain: Any) -> None:
    """Override: ``connection_storage``."""
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "n", "ApiKeyValue": "v"}}
    plain.create_connection("c", "", "API_KEY", parameters)
    plain.create_connection("c", "", "API_KEY", parameters)


def test_moto_calls_any_machine(plain: Any) -> None:
    """Override: ``http_calls``."""
    told = plain.create_api_destination(
        "d", "", "no-arn", "https://x.example", 1, "GET"
    )
    assert told["ApiDestinationState"] == "ACTIVE"


def test_moto_lists_buses_without_times() -> None:
    """Override: ``control.list_event_buses``."""
    assert "CreationTime" not in inspect.getsource(EventsHandler.list_event_buses)


def test_moto_lists_all_connections(plain: Any) -> None:
    """Override: ``control.list_connections`` and its like."""
    assert not inspect.signature(plain.list_connections).parameters
    assert not inspect.signature(plain.list_api_destinations).parameters


def test_moto_keeps_archived_events_for_ever(plain: Any) -> None:
    """Override: ``archives``."""
    archive = plain.create_archive(
        "a", plain.describe_event_bus("default").arn, "", None, 1
    )
    archive.events.append({"time": 0, "ingestion-time": 0})
    assert archive.describe_short()["EventCount"] == 1


@pytest.mark.parametrize("name", ["update_event_bus", "deauthorize_connection"])
def test_moto_lacks_operations(name: str) -> None:
    """Override: ``control``."""
    assert not hasattr(EventsHandler, name)
