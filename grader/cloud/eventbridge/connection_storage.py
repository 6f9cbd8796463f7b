"""Connections and API destinations in moto's storage, with AWS's checks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from moto.events.models import EventsBackend

from grader.cloud.eventbridge import connections, errors, http_calls

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
        connections.check(authorization_type, auth_parameters)
        made = super().create_connection(
            name, description, authorization_type, auth_parameters
        )
        if authorization_type == "OAUTH_CLIENT_CREDENTIALS":
            # Until its server gave a token.
            made.state = "AUTHORIZING"
        made.modified = made.creation_time
        return made

    def update_connection(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change a connection."""
        known = self._connection(name)
        connections.check(
            changes.get("authorization_type") or known.authorization_type,
            changes.get("auth_parameters") or {},
            whole=False,
        )
        super().update_connection(name, **changes)
        connections.forget_token(known)
        if changes.get("auth_parameters") and known.state == "DEAUTHORIZED":
            known.state = "AUTHORIZED"
        known.modified = time.time()
        return _short(known, known.state)

    def describe_connection(self, name: str) -> dict[str, Any]:
        """Describe a connection; moto tells its secrets."""
        known = self._connection(name)
        return {
            **known.describe(),
            **_short(known, known.state),
            "AuthParameters": connections.told(known.auth_parameters),
        }

    def delete_connection(self, name: str) -> dict[str, Any]:
        """Delete a connection with its secret."""
        known = self._connection(name)
        super().delete_connection(name)
        return _short(known, "DELETING")

    def deauthorize_connection(self, name: str) -> dict[str, Any]:
        """Take a connection its parameters away; moto can't."""
        known = self._connection(name)
        known.auth_parameters, known.state = {}, "DEAUTHORIZED"
        connections.forget_token(known)
        known.modified = time.time()
        return _short(known, "DEAUTHORIZING")

    def _connection(self, name: str) -> Any:
        if (found := self.connections.get(name)) is None:
            raise _missing_connection(name)
        return found

    def create_api_destination(
        self, name: str, description: str | None, connection_arn: str, *rest: Any
    ) -> dict[str, Any]:
        """Create an API destination for a connection."""
        if name in self.destinations:
            raise errors.existing(f"An api-destination '{name}' already exists.")
        self._check_connection_arn(connection_arn)
        http_calls.check("InvocationEndpoint", rest[0])
        told: dict[str, Any] = super().create_api_destination(
            name, description, connection_arn, *rest
        )
        return told

    def describe_api_destination(self, name: str) -> dict[str, Any]:
        """Describe an API destination."""
        self._check_destination(name)
        told: dict[str, Any] = super().describe_api_destination(name)
        return told

    def update_api_destination(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change an API destination."""
        self._check_destination(name)
        if (arn := changes.get("connection_arn")) is not None:
            self._check_connection_arn(arn)
        if (endpoint := changes.get("invocation_endpoint")) is not None:
            http_calls.check("InvocationEndpoint", endpoint)
        told: dict[str, Any] = super().update_api_destination(name, **changes)
        return told

    def delete_api_destination(self, name: str) -> None:
        """Delete an API destination."""
        self._check_destination(name)
        super().delete_api_destination(name)

    def _check_connection_arn(self, arn: str) -> None:
        if all(one.arn != arn for one in self.connections.values()):
            raise _missing_connection(
                arn.partition(":connection/")[2].partition("/")[0]
            )

    def _check_destination(self, name: str) -> None:
        if name not in self.destinations:
            raise errors.not_found(
                "Failed to describe the api-destination(s). An api-destination"
                f" '{name}' does not exist."
            )


def _missing_connection(name: str) -> Exception:
    error: Exception = errors.not_found(
        f"Failed to describe the connection(s). Connection '{name}' does not exist."
    )
    return error


def _short(connection: Any, state: str) -> dict[str, Any]:
    """What every answer about a connection has."""
    return {
        "ConnectionArn": connection.arn,
        "ConnectionState": state,
        "CreationTime": connection.creation_time,
        "LastModifiedTime": connection.modified,
        "LastAuthorizedTime": connection.modified,
    }
