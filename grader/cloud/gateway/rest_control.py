"""What moto's REST API control plane gets wrong, put right.

Each override says what moto does instead. Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, ClassVar

from moto.apigateway import models, urls
from moto.apigateway.responses import APIGatewayResponse

from grader.cloud.aws_errors import AWSError
from grader.cloud.gateway.rest_checks import CHECKS
from grader.cloud.gateway.rest_deployments import snapshot
from grader.cloud.gateway.rest_operations import OPERATIONS, patch
from grader.cloud.gateway.rest_patches import PATCHED
from grader.cloud.gateway.rest_shapes import shaped
from grader.cloud.gateway.service_answers import (
    Answer,
    drawn,
    invalid_value,
    not_found,
    not_modelled,
    redrawn,
    response_code,
    routes_of,
    succeeded,
    without_nulls,
)
from grader.cloud.invocation import Invoker
from grader.facts import api_gateway

# Lists come in pages of 25, 500 at most: moto sends everything at once.
_PAGE, _LARGEST_PAGE = 25, 500
_PATCH_KINDS = ("add", "remove", "move", "test", "replace", "copy")
_MESSAGES = {
    "Invalid Model Name specified": "Invalid model name specified",
}


def install() -> None:
    """Lay the overrides over moto's: its routes, and how it makes a deployment."""
    for path, respond in urls.url_paths.items():
        if getattr(respond, "__self__", None) is APIGatewayResponse:
            urls.url_paths[path] = RestControl.dispatch
    for route in routes_of("apigateway"):
        urls.url_paths.setdefault(f"{{0}}{route}", RestControl.dispatch)
    models.RestAPI.create_deployment = _create_deployment
    models.Stage._get_default_method_settings = _default_method_settings
    # moto mocks `requests` for each stage, which a server never sees, and for ever.
    models.RestAPI.update_integration_mocks = lambda api, stage_name: None


_moto_create_deployment: Callable[..., Any] = models.RestAPI.create_deployment


def _create_deployment(
    api: Any, name: str, description: str, stage_variables: Any = None
) -> Any:
    """Deploy a snapshot: moto keeps none, and loses what the stage was set to."""
    stage = api.stages.get(name)
    deployment = _moto_create_deployment(api, name, description, stage_variables)
    deployment.snapshot = snapshot(api)
    if stage is not None:
        stage.deployment_id = deployment.id
        stage.variables = {**(stage.variables or {}), **(stage_variables or {})}
        api.stages[name] = stage
    return deployment


def _default_method_settings(stage: Any) -> dict[str, Any]:
    """Give a method's settings before any is set; moto throttles as of 2016."""
    return {
        **_moto_default_method_settings(stage),
        "throttlingBurstLimit": api_gateway.BURST.value,
        "throttlingRateLimit": float(api_gateway.RATE.value),
    }


_moto_default_method_settings: Callable[[Any], dict[str, Any]] = (
    models.Stage._get_default_method_settings
)


class RestControl(APIGatewayResponse):  # type: ignore[misc]
    """moto's operations, checked before and put into AWS's form after.

    ``invoker`` runs the functions of TestInvokeMethod; the gateway sets it.
    """

    invoker: ClassVar[Invoker]

    def call_action(self) -> Answer:
        """Answer an operation."""
        operation = self._get_action()
        if operation is None:
            answer: Answer = super().call_action()
            return answer
        try:
            self._find()
            self._check_patches(operation)
            check = CHECKS.get(operation)
            if check is not None:
                check(self)
            own = OPERATIONS.get(operation) or (patch if operation in PATCHED else None)
            if own is not None:
                return succeeded("apigateway", operation, own(self))
            answer = super().call_action()
        except AWSError as error:
            return drawn(error)
        except NotImplementedError:
            return drawn(not_modelled("apigateway", operation))
        return self._as_aws(operation, answer)

    @property
    def api(self) -> Any:
        return self.backend.apis[self.uri_match["restapi_id"]]

    @property
    def named_method(self) -> Any:
        resource = self.api.resources[self.uri_match["resource_id"]]
        return resource.resource_methods[self.uri_match["http_method"]]

    @property
    def members(self) -> dict[str, Any]:
        """The request's body."""
        members: dict[str, Any] = json.loads(self.body) if self.body else {}
        return members

    def _check_patches(self, operation: str) -> None:
        # moto ignores kinds of patch that it doesn't know.
        patches = self.members.get("patchOperations") if self.body else None
        for number, one in enumerate(patches or [], 1):
            if one.get("op") not in _PATCH_KINDS:
                where = f"{operation[0].lower()}{operation[1:]}Input.patchOperations"
                member = f"{where}.{number}.member.op"
                raise invalid_value(one.get("op"), member, _PATCH_KINDS)

    def _find(self) -> None:
        # moto words these otherwise, or fails with a KeyError.
        named = self.uri_match
        if "restapi_id" in named:
            self._find_in_api()
        if (
            "usageplanId" in named
            and named["usageplanId"] not in self.backend.usage_plans
        ):
            raise not_found("Invalid Usage Plan ID specified")
        if "api_Key" in named and named["api_Key"] not in self.backend.keys:
            raise not_found("Invalid API Key identifier specified")

    def _find_in_api(self) -> None:
        named = self.uri_match
        if named["restapi_id"] not in self.backend.apis:
            raise not_found(
                "Invalid API identifier specified"
                f" {self.current_account}:{named['restapi_id']}"
            )
        resource = named.get("resource_id") or named.get("parent_id")
        if resource is not None and resource not in self.api.resources:
            raise not_found("Invalid Resource identifier specified")
        if "stage_name" in named and named["stage_name"] not in self.api.stages:
            raise not_found("Invalid stage identifier specified")
        deployment = named.get("deployment_id")
        if deployment is not None and deployment not in self.api.deployments:
            raise not_found("Invalid Deployment identifier specified")
        authorizer = named.get("authorizer_id")
        if authorizer is not None and authorizer not in self.api.authorizers:
            raise not_found("Invalid Authorizer identifier specified")
        if "http_method" in named and self._get_action() != "PutMethod":
            self._find_method()

    def _find_method(self) -> None:
        operation = self._get_action()
        resource = self.api.resources[self.uri_match["resource_id"]]
        if self.uri_match["http_method"] not in resource.resource_methods:
            raise not_found("Invalid Method identifier specified")
        integration = self.named_method.method_integration
        integrates = "Integration" in operation
        if operation == "PutIntegrationResponse" and integration is None:
            raise not_found("No integration defined for method")
        if integrates and operation != "PutIntegration" and integration is None:
            raise not_found("Invalid Integration identifier specified")
        status = self.uri_match.get("status_code")
        if status is None or operation.startswith("Put"):
            return
        known = self.named_method.method_responses
        if integrates:
            known = integration.integration_responses or {}
        if status not in known:
            raise not_found("Invalid Response status code specified")

    def _as_aws(self, operation: str, answer: Answer) -> Answer:
        status, _, body = answer
        if status >= 400:
            return redrawn(answer, _MESSAGES)
        if operation in ("GetExport", "GetSdk"):
            return answer
        members = without_nulls(json.loads(body)) if body else {}
        if isinstance(members, dict) and isinstance(members.get("item"), list):
            members["item"] = [shaped(self, operation, one) for one in members["item"]]
            members = self._page(members)
        else:
            members = shaped(self, operation, members)
        if response_code("apigateway", operation) == 204 or operation.startswith(
            "Delete"
        ):
            members = {}
        return succeeded("apigateway", operation, members)

    def _page(self, members: dict[str, Any]) -> dict[str, Any]:
        limit = int(self._get_param("limit") or _PAGE)
        position = self._get_param("position")
        start = int(base64.b64decode(position)) if position else 0
        end = start + min(limit, _LARGEST_PAGE)
        page = {**members, "item": members["item"][start:end]}
        if end < len(members["item"]):
            page["position"] = base64.b64encode(str(end).encode()).decode()
        return page
