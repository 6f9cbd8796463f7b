"""Buses and rules in moto's storage, with AWS's checks.

moto takes patterns and schedules that aren't any, and delivers within PutEvents; stacks
create what they describe by these same methods. Follows the EventBridge API reference.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import moto.events.urls
from flask import has_request_context, request
from moto.events.models import EventBus, Rule, events_backends

from grader.cloud.eventbridge import (
    bus_policies,
    entries,
    errors,
    patterns,
    schedules,
)
from grader.cloud.eventbridge.archive_storage import ArchiveStorage
from grader.cloud.eventbridge.connection_storage import ConnectionStorage
from grader.cloud.eventbridge.offers import current
from grader.cloud.eventbridge.rule_names import name_of
from grader.cloud.eventbridge.targets import check as check_targets
from grader.facts import eventbridge

Members = Mapping[str, Any]


class BusBackend(ArchiveStorage, ConnectionStorage):
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
            patterns.check(event_pattern)
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
        self, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        """Add targets to a rule, or replace those with the same ids."""
        rule = self.find_rule(name, event_bus_arn)
        check_targets(name_of(rule), targets, rule.targets)
        rule.put_targets(targets)

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

    def update_event_bus(self, members: Members) -> EventBus:
        """Change what a bus is described by; moto can't."""
        bus = self._get_event_bus(members.get("Name") or "default")
        for member, attribute in (
            ("Description", "description"),
            ("KmsKeyIdentifier", "kms_key_identifier"),
            ("DeadLetterConfig", "dead_letter_config"),
        ):
            if member in members:
                setattr(bus, attribute, members[member])
        bus.last_modified_time = time.time()
        return bus

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
