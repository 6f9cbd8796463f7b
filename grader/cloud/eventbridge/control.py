"""EventBridge's operations, where moto's answers aren't EventBridge's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.utils import get_service_model
from moto.events import urls
from moto.events.responses import EventsHandler

from grader.cloud.aws_errors import AWSError
from grader.cloud.eventbridge import bus_policies, errors, pages, patterns, storage
from grader.cloud.eventbridge.storage import BusBackend
from grader.cloud.functions import constraints

Members = Mapping[str, Any]

_CONTENT_TYPE = "application/x-amz-json-1.1"
_FIELDS = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event that is tested against a pattern has to have."""
# A rule that a service manages is only changed by force.
_CHANGING = {
    "PutRule": "Name",
    "DeleteRule": "Name",
    "DisableRule": "Name",
    "EnableRule": "Name",
    "PutTargets": "Rule",
    "RemoveTargets": "Rule",
}
# moto gives the events of partners to default buses, unasked.
_OF_PARTNERS = frozenset(
    {
        "ActivateEventSource",
        "CreatePartnerEventSource",
        "DeactivateEventSource",
        "DeletePartnerEventSource",
        "DescribeEventSource",
        "DescribePartnerEventSource",
        "PutPartnerEvents",
    }
)
_UNMODELLED = {
    "CreateEventBus": ("LogConfig",),
    "UpdateEventBus": ("LogConfig",),
    "CreateArchive": ("KmsKeyIdentifier",),
    "CreateConnection": ("InvocationConnectivityParameters", "KmsKeyIdentifier"),
    "PutEvents": ("EndpointId",),
    "UpdateArchive": ("KmsKeyIdentifier",),
    "UpdateConnection": ("InvocationConnectivityParameters", "KmsKeyIdentifier"),
}


@cache
def install() -> None:
    """Answer EventBridge's requests from now on."""
    storage.install()
    urls.url_paths["{0}/"] = EventBridgeControl.dispatch


class EventBridgeControl(EventsHandler):  # type: ignore[misc]
    """Checks every request by the model; answers some itself."""

    @property
    def _backend(self) -> BusBackend:
        return storage.backend(self.current_account, self.region)

    @property
    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body or "{}")
        return members

    def call_action(self) -> Any:
        """Answer an operation.

        Raises:
            JsonRESTError: ValidationException, ManagedRuleException.
        """
        action, members = self._get_action(), self._members
        if action in _OF_PARTNERS:
            raise NotImplementedError(f"The {action} action has not been implemented")
        try:
            model = get_service_model("events").operation_model(action)
            constraints.check(model, members)
        except OperationNotFoundError:
            pass
        except AWSError as error:
            raise errors.validation(str(error.message)) from None
        for name in _UNMODELLED.get(action, ()):
            if name in members:
                raise errors.unmodelled(f"{name} of EventBridge's {action}")
        self._check_managed(action)
        status, headers, body = super().call_action()
        # moto's own say that JSON is a web page.
        return status, {**headers, "Content-Type": _CONTENT_TYPE}, body

    def _check_managed(self, action: str) -> None:
        named = _CHANGING.get(action)
        if named is None or self._members.get("Force"):
            return
        bus = self._members.get("EventBusName") or "default"
        known = self._backend.event_buses.get(bus.rpartition("/")[2])
        rule = known.rules.get(self._members[named]) if known is not None else None
        if rule is not None and rule.managed_by:
            raise errors.managed(rule.name)

    def list_event_buses(self) -> Any:
        """List buses with their times, which moto leaves out."""
        prefix = self._members.get("NamePrefix") or ""
        found = [
            bus_policies.described(bus)
            for bus in self._backend.event_buses.values()
            if bus.name.startswith(prefix)
        ]
        return self._listed("EventBuses", found)

    def list_targets_by_rule(self) -> Any:
        # moto words a missing rule in its own way.
        self._backend.find_rule(
            self._members["Rule"], self._members.get("EventBusName")
        )
        return super().list_targets_by_rule()

    def remove_targets(self) -> Any:
        name, bus = self._members["Rule"], self._members.get("EventBusName")
        rule = self._backend.find_rule(name, bus)
        known = {target["Id"] for target in rule.targets}
        unknown = [one for one in self._members["Ids"] if one not in known]
        rule.remove_targets(self._members["Ids"])
        failed = [
            {
                "TargetId": one,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule {name} does not have a target with the Id"
                f" {one}.",
            }
            for one in unknown
        ]
        return self._create_response(
            {"FailedEntryCount": len(failed), "FailedEntries": failed}
        )

    def list_archives(self) -> Any:
        members = self._members
        found = self._backend.list_archives(
            members.get("NamePrefix"),
            members.get("EventSourceArn"),
            members.get("State"),
        )
        return self._listed("Archives", found)

    def list_replays(self) -> Any:
        members = self._members
        found = self._backend.list_replays(
            members.get("NamePrefix"),
            members.get("EventSourceArn"),
            members.get("State"),
        )
        return self._listed("Replays", found)

    def create_connection(self) -> Any:
        members = self._members
        made = self._backend.create_connection(
            members["Name"],
            members.get("Description"),
            members["AuthorizationType"],
            members["AuthParameters"],
        )
        return self._create_response(
            {
                "ConnectionArn": made.arn,
                "ConnectionState": made.state,
                "CreationTime": made.creation_time,
                "LastModifiedTime": made.modified,
            }
        )

    def deauthorize_connection(self) -> Any:
        told = self._backend.deauthorize_connection(self._members["Name"])
        return self._create_response(told)

    def update_event_bus(self) -> Any:
        bus = self._backend.update_event_bus(self._members)
        told = {
            "Arn": bus.arn,
            "Name": bus.name,
            "Description": bus.description,
            "KmsKeyIdentifier": bus.kms_key_identifier,
            "DeadLetterConfig": bus.dead_letter_config,
        }
        return self._create_response({k: one for k, one in told.items() if one})

    def list_connections(self) -> Any:
        found = [
            {
                "ConnectionArn": one.arn,
                "Name": one.name,
                "ConnectionState": one.state,
                "AuthorizationType": one.authorization_type,
                "CreationTime": one.creation_time,
                "LastModifiedTime": one.modified,
                "LastAuthorizedTime": one.modified,
            }
            for one in self._backend.connections.values()
        ]
        return self._listed("Connections", self._chosen(found, "ConnectionState"))

    def list_api_destinations(self) -> Any:
        found = [one.describe() for one in self._backend.destinations.values()]
        return self._listed("ApiDestinations", self._chosen(found, "ConnectionArn"))

    def _chosen(self, found: Sequence[Members], member: str) -> Sequence[Members]:
        """What a name's beginning and the value of a member leave."""
        prefix = self._members.get("NamePrefix") or ""
        wanted = self._members.get(member)
        return [
            one
            for one in found
            if one["Name"].startswith(prefix) and wanted in (None, one[member])
        ]

    def _listed(self, key: str, found: Sequence[Members]) -> Any:
        page, token = pages.page(
            found, self._members.get("Limit"), self._members.get("NextToken")
        )
        next_page = {"NextToken": token} if token else {}
        return self._create_response({key: page, **next_page})

    def put_permission(self) -> str:
        self._backend.put_policy(self._members)
        return ""

    def test_event_pattern(self) -> Any:
        """Say whether an event fits a pattern, both of them given."""
        patterns.check(self._members["EventPattern"])
        event = _event(self._members["Event"])
        fits = patterns.compiled(self._members["EventPattern"]).matches(event)
        return self._create_response({"Result": fits})


def _event(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise errors.not_valid("Event", "Event must be a JSON object.")
    for name in _FIELDS:
        if name not in event:
            raise errors.not_valid("Event", f"{name} is a required field.")
    return event
