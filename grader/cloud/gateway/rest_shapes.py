"""The members that REST API operations answer with, where moto has others.

Each shape says what moto does instead. Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from grader.facts import api_gateway

Members = dict[str, Any]


class Asked(Protocol):
    """An operation that was answered: the API it is on, its names, its query."""

    uri_match: dict[str, str]
    querystring: dict[str, list[str]]

    @property
    def members(self) -> dict[str, Any]:
        """The request's body."""

    @property
    def api(self) -> Any:
        """moto's REST API."""


def shaped(asked: Asked, operation: str, one: Members) -> Members:
    """Give what an operation answers with AWS's members."""
    name = re.sub(r"^(Create|Get|Update|Put|Import|Delete)", "", operation)
    shape = _SHAPES.get(_SINGULAR.get(name, name))
    return shape(asked, one) if shape else one


_SINGULAR = {
    "RestApis": "RestApi",
    "Resources": "Resource",
    "Stages": "Stage",
    "Deployments": "Deployment",
    "RequestValidators": "RequestValidator",
    "Authorizers": "Authorizer",
    "UsagePlans": "UsagePlan",
}


def _shape_rest_api(asked: Asked, api: Members) -> Members:
    # moto makes up a version and shows empty lists and maps.
    optional = ("binaryMediaTypes", "tags", "policy", "description")
    shaped = {
        name: value for name, value in api.items() if value or name not in optional
    }
    if shaped.get("version") == "V1":
        del shaped["version"]
    configuration = {"ipAddressType": "ipv4", **shaped["endpointConfiguration"]}
    return {**shaped, "endpointConfiguration": configuration, "apiStatus": "AVAILABLE"}


def _shape_resource(asked: Asked, one: Members) -> Members:
    # Methods are embedded on request only, with ?embed=methods.
    if "methods" not in asked.querystring.get("embed", []):
        if "resourceMethods" in one:
            methods: Members = {name: {} for name in one["resourceMethods"]}
            return {**one, "resourceMethods": methods}
        return one
    resource = asked.api.resources[one["id"]]
    methods = {
        name: _shape_method(asked, method, resource_id=resource.id)
        for name, method in one.get("resourceMethods", {}).items()
    }
    return {**one, "resourceMethods": methods} if methods else one


def _shape_method(
    asked: Asked, one: Members, resource_id: str | None = None
) -> Members:
    # moto shows an empty map of responses.
    shaped = {
        name: value for name, value in one.items() if value or name != "methodResponses"
    }
    if "methodIntegration" in shaped:
        resource_id = resource_id or asked.uri_match["resource_id"]
        shaped["methodIntegration"] = _integration(
            shaped["methodIntegration"], resource_id
        )
    return shaped


def _shape_integration(asked: Asked, one: Members) -> Members:
    return _integration(one, asked.uri_match["resource_id"])


def _integration(one: Members, resource_id: str) -> Members:
    # moto leaves these defaults out.
    defaults = {
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": api_gateway.REST_TIMEOUT.value,
        "cacheNamespace": resource_id,
    }
    return {**defaults, **one}


def _shape_deployment(asked: Asked, one: Members) -> Members:
    # moto shows the stage that it was made with, and an empty description.
    return {name: value for name, value in one.items() if name != "stageName" and value}


def _shape_stage(asked: Asked, one: Members) -> Members:
    # moto has no dates, and shows empty variables and descriptions.
    shaped = {
        name: value
        for name, value in one.items()
        if value or name not in ("variables", "description", "tags")
    }
    created = asked.api.deployments.get(one.get("deploymentId"))
    when = created.created_date if created else asked.api.create_date
    defaults = {
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "tracingEnabled": False,
        "createdDate": when,
        "lastUpdatedDate": when,
    }
    return {**defaults, **shaped}


def _shape_validator(asked: Asked, one: Members) -> Members:
    # moto leaves out what wasn't said.
    unsaid = {"validateRequestBody": False, "validateRequestParameters": False}
    return {**unsaid, **one}


def _shape_authorizer(asked: Asked, one: Members) -> Members:
    # moto leaves the kind of authorization out, and makes up a time to live.
    made = asked.members
    if "type" in made and "authorizerResultTtlInSeconds" not in made:
        asked.api.authorizers[one["id"]].authorizer_result_ttl = None
        one = {k: v for k, v in one.items() if k != "authorizerResultTtlInSeconds"}
    kinds = {"COGNITO_USER_POOLS": "cognito_user_pools"}
    return {"authType": kinds.get(one.get("type", ""), "custom"), **one}


def _shape_usage_plan(asked: Asked, one: Members) -> Members:
    # moto leaves the quota's offset out.
    quota = one.get("quota")
    return {**one, "quota": {"offset": 0, **quota}} if quota else one


def _shape_integration_response(asked: Asked, one: Members) -> Members:
    # moto shows templates where there are none.
    return {name: value for name, value in one.items() if value != {}}


def _shape_account(asked: Asked, one: Members) -> Members:
    # moto has the key version of 2016, and no features.
    return {**one, "features": ["UsagePlans"], "apiKeyVersion": "4"}


_SHAPES: dict[str, Callable[[Asked, Members], Members]] = {
    "RestApi": _shape_rest_api,
    "Resource": _shape_resource,
    "Method": _shape_method,
    "Integration": _shape_integration,
    "Deployment": _shape_deployment,
    "Stage": _shape_stage,
    "RequestValidator": _shape_validator,
    "Authorizer": _shape_authorizer,
    "UsagePlan": _shape_usage_plan,
    "IntegrationResponse": _shape_integration_response,
    "Account": _shape_account,
}
