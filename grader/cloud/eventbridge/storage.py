"""Buses, rules, archives and destinations in moto's storage, with AWS's checks.

moto takes patterns and schedules that aren't any, and delivers within PutEvents; stacks
create what they describe by these same methods. Follows the EventBridge API reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import moto.events.urls
from flask import has_request_context, request
from moto.events.models import EventBus, EventsBackend, Rule, events_backends

from grader.cloud.event_patterns import InvalidPattern
from grader.cloud.eventbridge import (
    api_destinations,
    archives,
    bus_policies,
    entries,
    errors,
    replays,
    schedules,
    targets,
)
from grader.cloud.eventbridge.archives import Archive
from grader.cloud.eventbridge.bridge import compiled
from grader.cloud.eventbridge.offers import current
from grader.cloud.eventbridge.replays import Replay
from grader.cloud.eventbridge.rule_names import name_of
from grader.facts import eventbridge

Members = Mapping[str, Any]


class BusBackend(EventsBackend):  # type: ignore[misc]
    """One account's EventBridge in one Region."""

    @property
    def _url_module(self) -> ModuleType:
        urls: ModuleType = moto.events.urls
        return urls

    def _normalize_event_bus_arn(self, event_bus_arn: str | None) -> str:
        """Name a bus of this account by its name or its ARN.

        Raises:
            JsonRESTError: for another account's bus.
        """
        if event_bus_arn is None:
            return "default"
        if event_bus_arn.startswith("arn:"):
            here = f":{self.region_name}:{self.account_id}:event-bus/"
            if here not in event_bus_arn:
                raise errors.unmodelled(f"rules on another account's {event_bus_arn}")
        return event_bus_arn.rpartition("/")[2]

    def find_rule(self, name: str, bus: str | None) -> Rule:
        """Find a rule of a bus.

        Raises:
            JsonRESTError: ResourceNotFoundException.
        """
        bus_name = self._normalize_event_bus_arn(bus)
        rule = self._get_event_bus(bus_name).rules.get(name)
        if rule is None:
            raise errors.not_found(
                f"Rule {name} does not exist on EventBus {bus_name}."
            )
        return rule

    def describe_rule(self, name: str, event_bus_arn: str | None) -> Rule:
        return self.find_rule(name, event_bus_arn)

    def enable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        self.find_rule(name, event_bus_arn).enable()
        return True

    def disable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        self.find_rule(name, event_bus_arn).disable()
        return True

    def put_rule(
        self,
        name: str,
        description: str | None = None,
        event_bus_arn: str | None = None,
        event_pattern: str | None = None,
        role_arn: str | None = None,
        scheduled_expression: str | None = None,
        state: str | None = None,
        managed_by: str | None = None,
        tags: list[dict[str, str]] | None = None,
    ) -> Rule:
        """Create a rule or replace one, but for its targets and tags."""
        bus = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn))
        if event_pattern:
            check_pattern(event_pattern)
        scheduled = bool(scheduled_expression) and bus.name == "default"
        if scheduled and not schedules.is_schedule(str(scheduled_expression)):
            raise errors.validation("Parameter ScheduleExpression is not valid.")
        exists = name in bus.rules
        if not exists and len(bus.rules) >= eventbridge.RULES_PER_BUS.value:
            raise errors.limit_exceeded()
        return super().put_rule(
            name,
            description,
            bus.name,
            event_pattern,
            role_arn,
            scheduled_expression,
            state,
            managed_by,
            None if exists else tags,
        )

    def put_targets(
        self, name: str, event_bus_arn: str | None, wanted: list[dict[str, Any]]
    ) -> None:
        """Add targets to a rule, or replace those with the same ids."""
        rule = self.find_rule(name, event_bus_arn)
        targets.check(name_of(rule), wanted, rule.targets)
        rule.put_targets(wanted)

    def put_events(self, events: Sequence[Members]) -> list[dict[str, Any]]:
        """Take events; an entry that is none says why in its place of the answer."""
        entries.check_size(events)
        header = (
            request.headers.get("X-Amzn-Trace-Id") if has_request_context() else None
        )
        answers: list[dict[str, Any]] = []
        bus = current()
        for entry in events:
            try:
                place = entries.bus_of(entry, self.account_id, self.region_name)
                event = entries.event_of(
                    entry, self.account_id, self.region_name, header
                )
            except entries.RefusedEntry as refused:
                answers.append(
                    {"ErrorCode": refused.code, "ErrorMessage": str(refused)}
                )
            else:
                bus.publish(place, event)
                answers.append({"EventId": event.body["id"]})
        refused_entries = sum("ErrorCode" in answer for answer in answers)
        for metric, value in (
            ("PutEventsApproximateCallCount", 1),
            ("PutEventsEntriesCount", len(answers)),
            ("PutEventsFailedEntriesCount", refused_entries),
        ):
            bus.metrics.of_region(self.account_id, self.region_name, metric, value)
        return answers

    def create_event_bus(self, name: str, *settings: Any, **named: Any) -> EventBus:
        if (
            name not in self.event_buses
            and len(self.event_buses) >= eventbridge.EVENT_BUSES.value
        ):
            raise errors.limit_exceeded()
        return super().create_event_bus(name, *settings, **named)

    def delete_event_bus(self, name: str) -> None:
        """Delete a bus that has no rules any more."""
        name = self._normalize_event_bus_arn(name)
        bus = self.event_buses.get(name)
        if name != "default" and bus is not None and bus.rules:
            raise errors.validation(
                f"Event bus {name} can't be deleted since it has rules."
            )
        super().delete_event_bus(name)

    def put_policy(self, members: Members) -> None:
        """Change the policy of a bus, as PutPermission asks for."""
        bus = self._get_event_bus(members.get("EventBusName") or "default")
        bus_policies.put(bus, members)

    def create_archive(
        self,
        name: str,
        source_arn: str,
        description: str | None,
        event_pattern: str | None,
        retention: int | None,
    ) -> Archive:
        """Create an archive, with the rule by which it gets its events."""
        bus = self._get_event_bus(source_arn)
        if name in self.archives:
            raise errors.existing(f"Archive {name} already exists.")
        if event_pattern:
            check_pattern(event_pattern)
        archive = Archive(
            self.account_id,
            self.region_name,
            name,
            bus.arn,
            description,
            event_pattern,
            retention,
        )
        archive.rule = self._put_archive_rule(archive, event_pattern)
        archive.rule.targets = [archives.target_of(self.region_name, archive.rule.name)]
        self.archives[name] = archive
        return archive

    def update_archive(
        self,
        name: str,
        description: str | None,
        event_pattern: str | None,
        retention: int | None,
    ) -> dict[str, Any]:
        """Change an archive, and what its rule takes."""
        archive = self.archives.get(name)
        if event_pattern and archive is not None:
            check_pattern(event_pattern)
            archive.rule = self._put_archive_rule(archive, event_pattern)
        told: dict[str, Any] = super().update_archive(
            name, description, event_pattern, retention
        )
        return told

    def _put_archive_rule(self, archive: Archive, pattern: str | None) -> Rule:
        return self.put_rule(
            f"{archives.RULE_PREFIX}{archive.name}",
            event_bus_arn=archive.event_bus_name,
            event_pattern=archives.pattern_of(pattern),
            managed_by=archives.OWNER,
        )

    def start_replay(
        self,
        name: str,
        description: str | None,
        source_arn: str,
        start_time: float,
        end_time: float,
        destination: Members,
    ) -> dict[str, Any]:
        """Begin to play an archive's events of a window again."""
        if ":event-bus/" not in destination["Arn"]:
            raise errors.not_valid("Destination.Arn", "Must contain an event bus ARN.")
        bus = self._get_event_bus(destination["Arn"])
        archive_name = source_arn.rpartition("/")[2]
        archive = self.archives.get(archive_name)
        if archive is None:
            raise errors.not_valid(
                "EventSourceArn", f"Archive {archive_name} does not exist."
            )
        replays.check(archive, destination, bus.rules)
        if float(start_time) >= float(end_time):
            raise errors.not_valid(
                "EventEndTime", "EventStartTime must be before EventEndTime."
            )
        if name in self.replays:
            raise errors.existing(f"Replay {name} already exists.")
        replays.check_number(sum(one.active for one in self.replays.values()))
        replay = Replay(
            self.account_id,
            self.region_name,
            name,
            description,
            source_arn,
            start_time,
            end_time,
            destination,
        )
        self.replays[name] = replay
        playing = current()
        playing.run(lambda: replays.play(replay, archive, playing))
        return {
            "ReplayArn": replay.arn,
            "ReplayStartTime": replay.start_time,
            "State": "STARTING",
        }

    def cancel_replay(self, name: str) -> dict[str, str]:
        """Stop a replay."""
        replay = self._get_replay(name)
        replays.cancel(replay)
        return {"ReplayArn": replay.arn, "State": "CANCELLING"}

    def create_connection(
        self,
        name: str,
        description: str | None,
        authorization_type: str,
        auth_parameters: Members,
    ) -> Any:
        """Create a connection, and the secret that keeps its parameters."""
        if name in self.connections:
            raise errors.existing(f"Connection {name} already exists.")
        api_destinations.check_connection(authorization_type, auth_parameters)
        return super().create_connection(
            name, description, authorization_type, auth_parameters
        )

    def update_connection(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change a connection."""
        known = self.connections.get(name)
        if known is not None:
            api_destinations.check_connection(
                changes.get("authorization_type") or known.authorization_type,
                changes.get("auth_parameters") or {},
                whole=False,
            )
        told: dict[str, Any] = super().update_connection(name, **changes)
        return told

    def describe_connection(self, name: str) -> dict[str, Any]:
        """Describe a connection; moto tells its secrets."""
        described: dict[str, Any] = super().describe_connection(name)
        shown = api_destinations.told(described["AuthParameters"])
        return {**described, "AuthParameters": shown}

    def create_api_destination(
        self, name: str, description: str | None, connection_arn: str, *rest: Any
    ) -> dict[str, Any]:
        """Create an API destination for a connection."""
        if name in self.destinations:
            raise errors.existing(f"An api-destination '{name}' already exists.")
        self._check_connection_arn(connection_arn)
        api_destinations.check_endpoint(rest[0])
        told: dict[str, Any] = super().create_api_destination(
            name, description, connection_arn, *rest
        )
        return told

    def update_api_destination(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change an API destination."""
        if (arn := changes.get("connection_arn")) is not None:
            self._check_connection_arn(arn)
        if (endpoint := changes.get("invocation_endpoint")) is not None:
            api_destinations.check_endpoint(endpoint)
        told: dict[str, Any] = super().update_api_destination(name, **changes)
        return told

    def _check_connection_arn(self, arn: str) -> None:
        if all(one.arn != arn for one in self.connections.values()):
            name = arn.partition(":connection/")[2].partition("/")[0]
            raise errors.not_found(f"Connection '{name}' does not exist.")


def check_pattern(text: str) -> None:
    """Refuse what isn't an event pattern.

    Raises:
        JsonRESTError: InvalidEventPatternException.
    """
    try:
        compiled(text)
    except InvalidPattern as invalid:
        raise errors.invalid_pattern(str(invalid)) from None


def install() -> None:
    """Make moto keep its buses in ``BusBackend``."""
    if events_backends.backend is not BusBackend:
        events_backends.backend = BusBackend
        events_backends.clear()


def backend(account: str, region: str) -> BusBackend:
    """Return the storage of one account and Region."""
    install()
    found: BusBackend = events_backends[account][region]
    return found
