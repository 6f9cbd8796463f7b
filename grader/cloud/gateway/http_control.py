"""What moto's HTTP API control plane (apigatewayv2) gets wrong, put right.

Each override says what moto does instead. Follows the API Gateway V2 API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.apigateway import urls
from moto.apigatewayv2 import urls as v2_urls
from moto.apigatewayv2.responses import ApiGatewayV2Response

from grader.cloud.aws_errors import AWSError
from grader.cloud.gateway.http_checks import CHECKS
from grader.cloud.gateway.http_deployments import deploy, deployments, new_id
from grader.cloud.gateway.service_answers import (
    Answer,
    drawn,
    not_found,
    not_modelled,
    redrawn,
    response_code,
    routes_of,
    succeeded,
    without_nulls,
)


def install() -> None:
    """Lay the overrides over moto's routes, and add those that it lacks."""
    for paths in (urls.url_paths, v2_urls.url_paths):
        for path, respond in paths.items():
            if getattr(respond, "__self__", None) is ApiGatewayV2Response:
                paths[path] = HttpControl.dispatch
        for route in routes_of("apigatewayv2"):
            paths.setdefault(f"{{0}}{route}", HttpControl.dispatch)


class HttpControl(ApiGatewayV2Response):  # type: ignore[misc]
    """moto's operations, checked before and put into AWS's form after."""

    def call_action(self) -> Answer:
        """Answer an operation."""
        operation = self._get_action()
        if operation is None:
            answer: Answer = super().call_action()
            return answer
        try:
            self._find()
            check = CHECKS.get(operation)
            if check is not None:
                check(self)
            own = _OWN.get(operation)
            if own is not None:
                return succeeded("apigatewayv2", operation, own(self))
            answer = super().call_action()
        except AWSError as error:
            return drawn(error)
        except NotImplementedError:
            return drawn(not_modelled("apigatewayv2", operation))
        return self._as_aws(operation, answer)

    @property
    def api(self) -> Any:
        return self.apigatewayv2_backend.apis[self.uri_match["apiId"]]

    @property
    def members(self) -> dict[str, Any]:
        """The request's body."""
        members: dict[str, Any] = json.loads(self.body) if self.body else {}
        return members

    def _find(self) -> None:
        # moto leaves the account out, and deletes without a word what isn't there.
        named = self.uri_match
        if "apiId" not in named:
            return
        if named["apiId"] not in self.apigatewayv2_backend.apis:
            raise not_found(
                "Invalid API identifier specified"
                f" {self.current_account}:{named['apiId']}"
            )
        for name, known, kind in (
            ("routeId", self.api.routes, "Route"),
            ("integrationId", self.api.integrations, "Integration"),
            ("authorizerId", self.api.authorizers, "Authorizer"),
            ("modelId", self.api.models, "Model"),
            ("deploymentId", deployments(self.api), "Deployment"),
        ):
            if name in named and named[name] not in known:
                raise not_found(f"Invalid {kind} identifier specified {named[name]}")
        if "stageName" in named and named["stageName"] not in self.api.stages:
            raise not_found("Invalid stage identifier specified")

    def _as_aws(self, operation: str, answer: Answer) -> Answer:
        status, _, body = answer
        if status >= 400:
            return redrawn(answer, {})
        if response_code("apigatewayv2", operation) == 204:
            return succeeded("apigatewayv2", operation, {})
        members = without_nulls(json.loads(body)) if body else {}
        if isinstance(members.get("items"), list):
            members["items"] = [self._shaped(one) for one in members["items"]]
        else:
            members = self._shaped(members)
        return succeeded("apigatewayv2", operation, members)

    def _shaped(self, one: dict[str, Any]) -> dict[str, Any]:
        if "apiEndpoint" in one:
            shown = {**one, "ipAddressType": "ipv4"}
            if "corsConfiguration" in one:
                # moto shows what was put, and no more.
                cors = {"allowCredentials": False, **one["corsConfiguration"]}
                shown["corsConfiguration"] = cors
            return shown
        if "stageName" in one and "apiId" in self.uri_match:
            stage = self.api.stages[one["stageName"]]
            return {**one, **_stage_extras(stage)}
        if "routeKey" in one and "routeId" in one:
            # moto shows an empty map of parameters.
            route = self.api.routes[one["routeId"]]
            kept = {k: v for k, v in one.items() if v or k != "requestParameters"}
            return {**kept, **_managed(route)}
        if "integrationUri" in one and "integrationId" in one:
            integration = self.api.integrations[one["integrationId"]]
            return {**one, **_managed(integration)}
        return one


def _managed(one: Any) -> dict[str, bool]:
    return {"apiGatewayManaged": True} if getattr(one, "managed", False) else {}


def _stage_extras(stage: Any) -> dict[str, Any]:
    extras: dict[str, Any] = _managed(stage)
    deployment = getattr(stage, "deployment_id", None)
    if deployment:
        extras["deploymentId"] = deployment
    return extras


# Operations that moto doesn't have, or not whole.


def _create_api(control: HttpControl) -> dict[str, Any]:
    """Create an API; moto's ids are shorter, and it ignores Target and RouteKey."""
    _, _, body = ApiGatewayV2Response.create_api(control)
    apis = control.apigatewayv2_backend.apis
    api = apis.pop(json.loads(body)["apiId"])
    tags = api.backend.get_tags(api.arn)
    for name in ("api_endpoint", "arn"):
        setattr(api, name, getattr(api, name).replace(api.api_id, "{id}"))
    api.api_id = new_id(10)
    for name in ("api_endpoint", "arn"):
        setattr(api, name, getattr(api, name).replace("{id}", api.api_id))
    api.backend.tag_resource(api.arn, tags)
    if api.protocol_type == "WEBSOCKET":
        api.api_endpoint = api.api_endpoint.replace("https://", "wss://")
    apis[api.api_id] = api
    target = control.members.get("target")
    if target is not None:
        _quick_create(api, target, control.members)
    return control._shaped(without_nulls(api.to_json()))


def _quick_create(api: Any, target: str, members: dict[str, Any]) -> None:
    to_lambda = target.startswith("arn:")
    integration = api.create_integration(
        connection_type="INTERNET",
        description=None,
        integration_method="POST" if to_lambda else "ANY",
        integration_type="AWS_PROXY" if to_lambda else "HTTP_PROXY",
        integration_uri=target,
        credentials_arn=members.get("credentialsArn"),
        payload_format_version="2.0" if to_lambda else "1.0",
    )
    route = api.create_route(
        api_key_required=False,
        authorization_scopes=None,
        authorization_type="NONE",
        route_key=members.get("routeKey") or "$default",
        target=f"integrations/{integration.id}",
    )
    stage = api.create_stage({"stageName": "$default", "autoDeploy": True})
    for made in (integration, route, stage):
        made.managed = True


def _create_stage(control: HttpControl) -> dict[str, Any]:
    """Create a stage; moto drops its deployment."""
    stage = control.api.create_stage(control.members)
    stage.deployment_id = control.members.get("deploymentId")
    if stage.auto_deploy:
        deploy(control.api, stage, description=None, automatic=True)
    return control._shaped(without_nulls(stage.to_json()))


def _update_stage(control: HttpControl) -> dict[str, Any]:
    """Change a stage; moto can't."""
    stage, members = control.api.stages[control.uri_match["stageName"]], control.members
    attributes = {
        "accessLogSettings": "access_log_settings",
        "autoDeploy": "auto_deploy",
        "clientCertificateId": "client_certificate_id",
        "defaultRouteSettings": "default_route_settings",
        "deploymentId": "deployment_id",
        "description": "description",
        "routeSettings": "route_settings",
        "stageVariables": "stage_variables",
    }
    for name, value in members.items():
        setattr(stage, attributes[name], value)
    stage.updated = datetime.now()
    return control._shaped(without_nulls(stage.to_json()))


def _create_deployment(control: HttpControl) -> dict[str, Any]:
    """Deploy an API; moto can't."""
    name = control.members.get("stageName")
    stage = control.api.stages.get(name) if name is not None else None
    if name is not None and stage is None:
        raise not_found("Invalid stage identifier specified")
    return deploy(
        control.api,
        stage,
        description=control.members.get("description"),
        automatic=False,
    )


def _get_deployment(control: HttpControl) -> dict[str, Any]:
    return deployments(control.api)[control.uri_match["deploymentId"]]


def _get_deployments(control: HttpControl) -> dict[str, Any]:
    return {"items": list(deployments(control.api).values())}


def _delete_deployment(control: HttpControl) -> dict[str, Any]:
    del deployments(control.api)[control.uri_match["deploymentId"]]
    return {}


_OWN: dict[str, Callable[[HttpControl], dict[str, Any]]] = {
    "CreateApi": _create_api,
    "CreateStage": _create_stage,
    "UpdateStage": _update_stage,
    "CreateDeployment": _create_deployment,
    "GetDeployment": _get_deployment,
    "GetDeployments": _get_deployments,
    "DeleteDeployment": _delete_deployment,
}
