"""What models, validators, authorizers, usage plans and stages are refused for.

Each check says what moto does instead. Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.cloud.gateway import usage_plans
from grader.cloud.gateway.rest_requests import Asked
from grader.cloud.gateway.service_answers import (
    bad_request,
    conflict,
    not_found,
    not_modelled,
)


def _check_create_model(asked: Asked) -> None:
    """moto takes any name, any number of times."""
    members = asked.members
    name = members.get("name") or ""
    if not name:
        raise bad_request("No Model Name specified")
    if not re.fullmatch(r"[A-Za-z0-9]+", name):
        raise bad_request(f"Model name must be alphanumeric: {name}")
    if any(model.name == name for model in asked.api.models.values()):
        raise conflict("Model name already exists for this REST API")
    if not members.get("schema"):
        raise bad_request(
            "Model schema must have at least 1 property or array items defined"
        )


def _check_model(asked: Asked) -> None:
    """moto doesn't say which model isn't there."""
    name = asked.uri_match["model_name"]
    if all(model.name != name for model in asked.api.models.values()):
        raise not_found(f"Invalid model name specified: {name}")


def _check_validator(asked: Asked) -> None:
    """moto answers 400, or fails with a KeyError."""
    if asked.uri_match["requestvalidator_id"] not in asked.api.request_validators:
        raise not_found("Invalid Request Validator identifier specified")


def _check_update_validator(asked: Asked) -> None:
    """moto ignores what it doesn't know."""
    _check_validator(asked)
    known = ("/name", "/validateRequestParameters", "/validateRequestBody")
    for patch in asked.members.get("patchOperations") or []:
        if patch["path"] not in known:
            raise bad_request(
                f"Invalid patch path  '{patch['path']}' specified for op"
                f" '{patch['op']}'. Must be one of: [{', '.join(known)}]"
            )


def _check_create_authorizer(asked: Asked) -> None:
    """moto takes a name any number of times."""
    name = asked.members.get("name")
    if any(one.name == name for one in asked.api.authorizers.values()):
        raise bad_request(
            f"Authorizer name must be unique. Authorizer {name} already exists in this"
            " RestApi."
        )


_METHOD_SETTINGS = (
    "metrics/enabled",
    "logging/dataTrace",
    "logging/loglevel",
    "throttling/burstLimit",
    "throttling/rateLimit",
    "caching/ttlInSeconds",
    "caching/enabled",
    "caching/dataEncrypted",
    "caching/requireAuthorizationForCacheControl",
    "caching/unauthorizedCacheControlHeaderStrategy",
)
_STAGE_PATHS = (
    "/deploymentId",
    "/description",
    "/cacheClusterEnabled",
    "/cacheClusterSize",
    "/clientCertificateId",
    "/accessLogSettings",
    "/accessLogSettings/destinationArn",
    "/accessLogSettings/format",
    "/tracingEnabled",
)
# What can be removed: all settings of a method, or of all that have none.
_METHOD = re.compile(r"/(\*/\*|[^/]+/[A-Z]+)")


def check_stage_settings(asked: Asked) -> None:
    """moto takes canaries and caches, and does nothing with them."""
    if asked.members.get("canarySettings"):
        raise not_modelled("apigateway", "canary deployments")
    if asked.members.get("cacheClusterEnabled"):
        raise not_modelled("apigateway", "caching")


def _check_update_stage(asked: Asked) -> None:
    """moto ignores what it doesn't know, and logs without a role to log with."""
    for patch in asked.members.get("patchOperations") or []:
        path = patch["path"]
        if path.startswith("/canarySettings"):
            raise not_modelled("apigateway", "canary deployments")
        if path == "/cacheClusterEnabled" and patch.get("value") == "true":
            raise not_modelled("apigateway", "caching")
        if patch["op"] == "remove" and _METHOD.fullmatch(path):
            stage = asked.api.stages[asked.uri_match["stage_name"]]
            stage.method_settings.pop(path[1:], None)
            continue
        setting = path.endswith(_METHOD_SETTINGS) and path.count("/") > 3
        if not (setting or path in _STAGE_PATHS or path.startswith("/variables/")):
            settings = (
                f"/{{resourcePath}}/{{httpMethod}}/{s}" for s in _METHOD_SETTINGS
            )
            allowed = ", ".join((*_STAGE_PATHS, *settings, "/variables/{name}"))
            raise bad_request(
                f"Invalid method setting path: {path}. Must be one of: [{allowed}]"
            )
        logs = path.endswith("/logging/loglevel") and patch.get("value") != "OFF"
        if logs and not asked.backend.account.cloudwatch_role_arn:
            raise bad_request(
                "CloudWatch Logs role ARN must be set in account settings to enable"
                " logging"
            )


PART_CHECKS: dict[str, Callable[[Asked], None]] = {
    "CreateModel": _check_create_model,
    "GetModel": _check_model,
    "DeleteModel": _check_model,
    "GetRequestValidator": _check_validator,
    "UpdateRequestValidator": _check_update_validator,
    "DeleteRequestValidator": _check_validator,
    "CreateAuthorizer": _check_create_authorizer,
    "CreateUsagePlan": usage_plans.check_create_usage_plan,
    "DeleteUsagePlan": usage_plans.check_delete_usage_plan,
    "UpdateStage": _check_update_stage,
}
