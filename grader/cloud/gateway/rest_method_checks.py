"""What methods, integrations and their responses are refused for.

Each check says what moto does instead. Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from grader.cloud.gateway.rest_requests import Asked
from grader.cloud.gateway.service_answers import (
    bad_request,
    conflict,
    invalid_value,
    not_found,
)
from grader.facts import api_gateway

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
_AUTHORIZATIONS = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_TYPES = ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS")
_PARAMETER = re.compile(r"method\.request\.(?:path|querystring|header)\.\S+")
_TO_LAMBDA = re.compile(r"arn:[\w-]+:apigateway:[\w-]+:lambda:")
# Every API has these; those that a template made are without them in moto.
_OWN_MODELS = ("Empty", "Error")


def _check_put_method(asked: Asked) -> None:
    """moto overwrites a method that exists, and takes whatever it names."""
    name, members = asked.uri_match["http_method"], asked.members
    if name not in _METHODS:
        raise bad_request(
            f"Invalid HttpMethod specified. Valid options are {','.join(_METHODS)}"
        )
    if name in _resource(asked).resource_methods:
        raise conflict("Method already exists for this resource")
    kind = members.get("authorizationType")
    if kind not in _AUTHORIZATIONS:
        raise bad_request(
            "Invalid Authorization type specified. Valid options are"
            f" {', '.join(_AUTHORIZATIONS)}"
        )
    known = members.get("authorizerId") in asked.api.authorizers
    if kind in ("CUSTOM", "COGNITO_USER_POOLS") and not known:
        raise bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to"
            " CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
        )
    validator = members.get("requestValidatorId")
    if validator and validator not in asked.api.request_validators:
        raise bad_request("Invalid Request Validator identifier specified")
    _check_models(asked, members.get("requestModels"))
    for parameter in members.get("requestParameters") or {}:
        if not _PARAMETER.fullmatch(parameter):
            raise _bad_mapping(f"Invalid mapping expression specified: {parameter}")


def _check_put_integration(asked: Asked) -> None:
    """moto takes any type and time limit, and parameters that aren't declared."""
    members = asked.members
    kind, uri = members.get("type"), members.get("uri") or ""
    if kind not in _TYPES:
        raise invalid_value(kind, "putIntegrationInput.type", _TYPES)
    if kind in ("AWS", "AWS_PROXY") and members.get("httpMethod") and not uri:
        raise bad_request("Invalid ARN specified in the request")
    to_another = uri.startswith("arn:") and not _TO_LAMBDA.match(uri)
    if kind == "AWS" and to_another and not members.get("credentials"):
        raise bad_request("Role ARN must be specified for AWS integrations")
    limit = members.get("timeoutInMillis")
    most = api_gateway.REST_TIMEOUT.value
    if limit is not None and not 50 <= limit <= most:
        raise bad_request(f"Timeout should be between 50 ms and {most} ms")
    declared = _method(asked).request_parameters or {}
    for source in (members.get("requestParameters") or {}).values():
        if _PARAMETER.fullmatch(source) and source not in declared:
            raise _bad_mapping(
                f"Invalid mapping expression parameter specified: {source}"
            )


def _check_put_method_response(asked: Asked) -> None:
    """moto overwrites a response that exists."""
    status = asked.uri_match["status_code"]
    if not re.fullmatch(r"[1-5]\d\d", status):
        raise invalid_value(status, "statusCode", r"[1-5]\d\d")
    if status in _method(asked).method_responses:
        raise conflict("Response already exists for this resource")
    _check_models(asked, asked.members.get("responseModels"))


def _check_put_integration_response(asked: Asked) -> None:
    """moto maps to headers that the method doesn't declare."""
    parameters = asked.members.get("responseParameters") or {}
    response = _method(asked).method_responses.get(asked.uri_match["status_code"])
    if response is None and parameters:
        raise _bad_mapping("No method response exists for method.")
    if response is None:
        raise not_found("Invalid Response status code specified")
    for header in parameters:
        if header not in (response.response_parameters or {}):
            raise _bad_mapping(
                f"Invalid mapping expression parameter specified: {header}"
            )


def _check_models(asked: Asked, wanted: dict[str, str] | None) -> None:
    known = {model.name for model in asked.api.models.values()}
    for model in (wanted or {}).values():
        if model not in known and model not in _OWN_MODELS:
            raise bad_request(f"Invalid model identifier specified: {model}")


def _bad_mapping(*errors: str) -> Exception:
    return bad_request(
        "Invalid mapping expression specified: Validation Result: warnings : [],"
        f" errors : [{_joined(errors)}]"
    )


def _joined(errors: Iterable[str]) -> str:
    return ", ".join(errors)


def _resource(asked: Asked) -> Any:
    return asked.api.resources[asked.uri_match["resource_id"]]


def _method(asked: Asked) -> Any:
    return _resource(asked).resource_methods[asked.uri_match["http_method"]]


METHOD_CHECKS: dict[str, Callable[[Asked], None]] = {
    "PutMethod": _check_put_method,
    "PutIntegration": _check_put_integration,
    "PutMethodResponse": _check_put_method_response,
    "PutIntegrationResponse": _check_put_integration_response,
}
