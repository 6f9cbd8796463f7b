"""Patches of methods, integrations and their responses, which moto lacks.

Follows "Patch operations" in the API Gateway V1 API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from grader.cloud.gateway.service_answers import bad_request

Members = dict[str, Any]


class Asked(Protocol):
    """An operation that was asked for: the API it is on, and its names."""

    uri_match: dict[str, str]

    @property
    def api(self) -> Any:
        """moto's REST API."""


def _method(asked: Asked) -> Any:
    resource = asked.api.resources[asked.uri_match["resource_id"]]
    return resource.resource_methods[asked.uri_match["http_method"]]


def _method_response(asked: Asked) -> Any:
    return _method(asked).method_responses[asked.uri_match["status_code"]]


def _integration(asked: Asked) -> Any:
    return _method(asked).method_integration


def _integration_response(asked: Asked) -> Any:
    responses = _integration(asked).integration_responses
    return responses[asked.uri_match["status_code"]]


def _deployment(asked: Asked) -> Any:
    return asked.api.deployments[asked.uri_match["deployment_id"]]


def _text(value: str) -> str:
    return value


def _true(value: str) -> bool:
    return value.lower() == "true"


Convert = Callable[[str], Any]
# By operation: what is patched, its plain members with the attributes that hold them
# in moto, and its maps.
_PARTS: dict[
    str,
    tuple[Callable[[Asked], Any], dict[str, tuple[str, Convert]], dict[str, str]],
] = {
    "UpdateMethod": (
        _method,
        {
            "apiKeyRequired": ("api_key_required", _true),
            "authorizationType": ("authorization_type", _text),
            "authorizerId": ("authorizer_id", _text),
            "operationName": ("operation_name", _text),
            "requestValidatorId": ("request_validator_id", _text),
        },
        {
            "requestModels": "request_models",
            "requestParameters": "request_parameters",
        },
    ),
    "UpdateMethodResponse": (
        _method_response,
        {},
        {
            "responseModels": "response_models",
            "responseParameters": "response_parameters",
        },
    ),
    "UpdateIntegration": (
        _integration,
        {
            "contentHandling": ("content_handling", _text),
            "credentials": ("credentials", _text),
            "httpMethod": ("http_method", _text),
            "passthroughBehavior": ("passthrough_behaviour", _text),
            "timeoutInMillis": ("timeout_in_millis", int),
            "uri": ("uri", _text),
        },
        {
            "requestParameters": "request_parameters",
            "requestTemplates": "request_templates",
        },
    ),
    "UpdateIntegrationResponse": (
        _integration_response,
        {
            "contentHandling": ("content_handling", _text),
            "selectionPattern": ("selection_pattern", _text),
        },
        {
            "responseParameters": "response_parameters",
            "responseTemplates": "response_templates",
        },
    ),
    "UpdateDeployment": (_deployment, {"description": ("description", _text)}, {}),
}
PATCHED = frozenset(_PARTS)


def patched(asked: Asked, operation: str, patches: list[Members]) -> Members:
    """Apply patches to what an operation names; return it in moto's form.

    Raises: AWSError for a path that the operation doesn't know.
    """
    find, members, maps = _PARTS[operation]
    one = find(asked)
    for patch in patches:
        _, _, path = patch["path"].partition("/")
        name, _, key = path.partition("/")
        value = None if patch["op"] == "remove" else patch.get("value")
        if name in maps and key:
            _patch_map(one, maps[name], key.replace("~1", "/"), patch["op"], value)
        elif name in members and not key:
            attribute, convert = members[name]
            setattr(one, attribute, None if value is None else convert(value))
        else:
            allowed = ", ".join(f"/{known}" for known in sorted({**members, **maps}))
            raise bad_request(
                f"Invalid patch path  '{patch['path']}' specified for op"
                f" '{patch['op']}'. Must be one of: [{allowed}]"
            )
    shown: Members = one.to_json()
    return shown


def _patch_map(one: Any, attribute: str, key: str, op: str, value: Any) -> None:
    current = dict(getattr(one, attribute) or {})
    if op == "remove":
        current.pop(key, None)
    else:
        current[key] = value
    setattr(one, attribute, current)
