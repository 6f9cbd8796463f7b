"""Connections and API destinations in moto's storage, with AWS's checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.events.models import EventsBackend

from grader.cloud.eventbridge import api_destinations, errors

Members = Mapping[str, Any]


class ConnectionStorage(EventsBackend):  # type: ignore[misc]
    """The connections and API destinations of one account in one Region."""

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
