"""What operations on HTTP APIs are refused for, before moto sees them.

Each check says what moto does instead. Follows the API Gateway V2 API reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from grader.cloud.gateway.http_deployments import deployments
from grader.cloud.gateway.service_answers import bad_request, conflict, not_found
from grader.facts import api_gateway

_ROUTE_KEY = re.compile(
    r"\$default|(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*"
)


_VARIABLE = re.compile(r"\{[^{}]+\}")


class Asked(Protocol):
    """An operation that was asked for: the API it is on, its names, its members."""

    uri_match: dict[str, str]
    body: str

    @property
    def api(self) -> Any:
        """moto's API."""

    @property
    def members(self) -> dict[str, Any]:
        """The request's body."""


def _check_create_route(asked: Asked) -> None:
    """moto takes any route key, any number of times."""
    key = asked.members.get("routeKey") or ""
    if asked.api.protocol_type == "HTTP" and not _ROUTE_KEY.fullmatch(key):
        raise bad_request(
            "The provided route key is not formatted properly for HTTP protocol."
            ' Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    if any("{" in part and not _VARIABLE.fullmatch(part) for part in key.split("/")):
        raise bad_request("One or more path parts appear to be invalid")
    if any(
        route.route_key == key and route.route_id != asked.uri_match.get("routeId")
        for route in asked.api.routes.values()
    ):
        raise conflict(f"Route with key {key} already exists for this API")


def _check_update_route(asked: Asked) -> None:
    """moto takes any route key here too."""
    if "routeKey" in asked.members:
        _check_create_route(asked)


def _check_create_integration(asked: Asked) -> None:
    """moto leaves connection type and payload format version empty."""
    members = asked.members
    if asked.api.protocol_type == "HTTP":
        if members.get("integrationType") not in ("AWS_PROXY", "HTTP_PROXY"):
            raise bad_request(
                "Currently, an API with a protocol type of HTTP may only be associated"
                " with proxy integrations (AWS_PROXY, HTTP_PROXY)"
            )
        members.setdefault("connectionType", "INTERNET")
        if members.get("payloadFormatVersion") is None:
            raise bad_request(
                "PayloadFormatVersion is a required parameter for integration"
            )
        limit = members.get("timeoutInMillis")
        most = api_gateway.HTTP_TIMEOUT.value
        if limit is not None and not 50 <= limit <= most:
            raise bad_request(f"Timeout should be between 50 ms and {most} ms")
        if members["payloadFormatVersion"] not in ("1.0", "2.0"):
            raise bad_request(
                "PayloadFormatVersion must be one of the supported values: [1.0, 2.0]"
            )
        asked.body = json.dumps(members)


def _check_delete_integration(asked: Asked) -> None:
    """moto deletes an integration from under its routes."""
    wanted = asked.uri_match["integrationId"]
    users = [
        route.route_id
        for route in asked.api.routes.values()
        if (route.target or "").endswith(f"/{wanted}")
    ]
    if users:
        raise conflict(
            "Cannot delete Integration because it is referenced by the following Routes"
            f" with Ids: [{', '.join(users)}]"
        )


def _check_create_stage(asked: Asked) -> None:
    """moto overwrites a stage that exists."""
    _check_route_settings(asked)
    if asked.members.get("stageName") in asked.api.stages:
        raise conflict("Stage already exists")
    deployment = asked.members.get("deploymentId")
    if deployment is not None and deployment not in deployments(asked.api):
        raise not_found(f"Invalid Deployment identifier specified {deployment}")


def _check_route_settings(asked: Asked) -> None:
    """moto takes settings for routes that don't exist."""
    known = {route.route_key for route in asked.api.routes.values()}
    for key in asked.members.get("routeSettings") or {}:
        if key not in known:
            raise not_found(
                f"Unable to find Route by key {key} within the provided RouteSettings"
            )


def _check_cors(asked: Asked) -> None:
    """moto lets every origin send credentials."""
    cors = asked.members.get("corsConfiguration") or {}
    if cors.get("allowCredentials") and "*" in (cors.get("allowOrigins") or ()):
        raise bad_request("allow-credentials is not supported if 'allow-origin' is *")


CHECKS: dict[str, Callable[[Asked], None]] = {
    "CreateApi": _check_cors,
    "UpdateApi": _check_cors,
    "UpdateStage": _check_route_settings,
    "CreateRoute": _check_create_route,
    "UpdateRoute": _check_update_route,
    "CreateIntegration": _check_create_integration,
    "DeleteIntegration": _check_delete_integration,
    "CreateStage": _check_create_stage,
}
