"""Operations on REST APIs that moto doesn't have, or not whole.

Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.apigateway.responses import APIGatewayResponse

from grader.cloud.aws_errors import AWSError
from grader.cloud.gateway import method_trials, rest_defaults, usage_plans
from grader.cloud.gateway.rest_apis import RestApi
from grader.cloud.gateway.rest_patches import patched
from grader.cloud.gateway.rest_shapes import shaped
from grader.cloud.gateway.service_answers import (
    bad_request,
    not_modelled,
    without_nulls,
)

if TYPE_CHECKING:
    from grader.cloud.gateway.rest_control import RestControl


def _test_invoke_method(control: RestControl) -> dict[str, Any]:
    where = control.uri_match
    api = RestApi(control.current_account, control.region, control.api, control.backend)
    return method_trials.invoke(
        api,
        where["resource_id"],
        where["http_method"],
        control.members,
        type(control).invoker,
    )


def _create_rest_api(control: RestControl) -> dict[str, Any]:
    """Create an API; moto drops its binary media types and its version."""
    members = control.members
    if "cloneFrom" in members:
        raise not_modelled("apigateway", "CreateRestApi with cloneFrom")
    answer = APIGatewayResponse.create_rest_api(control)
    if answer[0] >= 400:
        told = json.loads(answer[2])
        raise AWSError(told["__type"], told["message"], answer[0])
    api = control.backend.apis[json.loads(answer[2])["id"]]
    api.binaryMediaTypes = list(members.get("binaryMediaTypes") or [])
    api.version = members.get("version")
    rest_defaults.add_models(api)
    return shaped(control, "CreateRestApi", without_nulls(api.to_dict()))


def _patch_rest_api(control: RestControl) -> dict[str, Any]:
    """Apply what the check hasn't: moto would undo the rest."""
    done = ("/binaryMediaTypes", "/disableExecuteApiEndpoint", "/minimumCompression")
    patches = [
        patch
        for patch in control.members.get("patchOperations") or []
        if not patch["path"].startswith(done)
    ]
    control.api.apply_patch_operations(patches)
    return shaped(control, "UpdateRestApi", without_nulls(control.api.to_dict()))


def patch(control: RestControl) -> dict[str, Any]:
    """Change a part of an API; moto has none of these operations."""
    operation = control._get_action()
    one = patched(control, operation, control.members.get("patchOperations") or [])
    return shaped(control, operation, without_nulls(one))


def _get_gateway_response(control: RestControl) -> dict[str, Any]:
    """Describe a gateway response; moto knows only those that were put."""
    kind = control.uri_match["response_type"]
    return rest_defaults.gateway_response(control.api, kind)


def _get_gateway_responses(control: RestControl) -> dict[str, Any]:
    return {"item": rest_defaults.gateway_responses(control.api)}


def _put_gateway_response(control: RestControl) -> dict[str, Any]:
    members = control.members
    kind = control.uri_match["response_type"]
    rest_defaults.gateway_response(control.api, kind)
    control.api.put_gateway_response(
        kind,
        status_code=members.get("statusCode"),
        response_parameters=members.get("responseParameters"),
        response_templates=members.get("responseTemplates"),
    )
    return rest_defaults.gateway_response(control.api, kind)


def _update_resource(control: RestControl) -> dict[str, Any]:
    """Rename or move a resource; moto can't."""
    resource = control.api.resources[control.uri_match["resource_id"]]
    attributes = {"/pathPart": "path_part", "/parentId": "parent_id"}
    for patch in control.members.get("patchOperations") or []:
        path = patch["path"]
        if path not in attributes or patch["op"] != "replace":
            raise bad_request(
                f"Invalid patch path  '{path}' specified for op '{patch['op']}'. Must"
                f" be one of: [{', '.join(attributes)}]"
            )
        setattr(resource, attributes[path], patch.get("value"))
    return shaped(control, "UpdateResource", without_nulls(resource.to_dict()))


def _update_usage_plan(control: RestControl) -> dict[str, Any]:
    return shaped(control, "UpdateUsagePlan", usage_plans.update_usage_plan(control))


OPERATIONS: dict[str, Callable[[RestControl], dict[str, Any]]] = {
    "CreateRestApi": _create_rest_api,
    "GetGatewayResponse": _get_gateway_response,
    "GetGatewayResponses": _get_gateway_responses,
    "PutGatewayResponse": _put_gateway_response,
    "UpdateResource": _update_resource,
    "GetUsage": usage_plans.get_usage,
    "TestInvokeMethod": _test_invoke_method,
    "UpdateRestApi": _patch_rest_api,
    "UpdateUsage": usage_plans.update_usage,
    "UpdateUsagePlan": _update_usage_plan,
}
