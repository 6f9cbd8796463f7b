"""What operations on REST APIs are refused for, before moto sees them.

Each check says what moto does instead. Follows the API Gateway V1 API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from grader.cloud.gateway.rest_method_checks import METHOD_CHECKS
from grader.cloud.gateway.rest_part_checks import PART_CHECKS, check_stage_settings
from grader.cloud.gateway.rest_requests import Asked
from grader.cloud.gateway.service_answers import bad_request, conflict
from grader.facts import api_gateway

_PATH_PART = re.compile(r"(?:[\w.\-:]+|\{[\w.\-:]+\+?\})")


_LARGEST_BODY = api_gateway.PAYLOAD.value


def _check_create_rest_api(asked: Asked) -> None:
    """moto takes any least size of what is compressed."""
    least = asked.members.get("minimumCompressionSize")
    if least is not None and not 0 <= least <= _LARGEST_BODY:
        raise bad_request(
            f"Invalid minimum compression size, must be between 0 and {_LARGEST_BODY}"
        )


def _check_create_resource(asked: Asked) -> None:
    """moto takes any number of the same path part, and children of greedy ones."""
    part = asked.members.get("pathPart") or ""
    parent = asked.api.resources[asked.uri_match["parent_id"]]
    siblings = [
        one.path_part
        for one in asked.api.resources.values()
        if one.parent_id == parent.id
    ]
    if not _PATH_PART.fullmatch(part):
        raise bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path"
            " variable and curly braces at the beginning and the end."
        )
    if part in siblings:
        raise conflict(
            f"Another resource with the same parent already has this name: {part}"
        )
    if parent.path_part.endswith("+}"):
        raise bad_request(
            "Cannot create a child of a resource with a greedy path variable:"
            f" {parent.path_part}"
        )
    variables = [sibling for sibling in siblings if sibling.startswith("{")]
    if part.startswith("{") and variables:
        greedy = {part.endswith("+}"), variables[0].endswith("+}")}
        if len(greedy) == 1:
            raise bad_request(
                f"A sibling ({variables[0]}) of this resource already has a variable"
                " path part -- only one unique variable path part is allowed"
            )


def _check_delete_resource(asked: Asked) -> None:
    """moto deletes the root, and leaves the children of others without a path."""
    doomed = [asked.uri_match["resource_id"]]
    if asked.api.resources[doomed[0]].parent_id is None:
        raise bad_request("Root resource can't be deleted")
    for parent in doomed:
        children = asked.api.resources.values()
        doomed += [one.id for one in children if one.parent_id == parent]
    for resource in doomed[1:]:
        del asked.api.resources[resource]


def _check_create_deployment(asked: Asked) -> None:
    """moto asks for one integration in all, not one for each method."""
    check_stage_settings(asked)
    stage = asked.members.get("stageName")
    if stage and not re.fullmatch(r"\w+", stage.replace("-", "_")):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    methods = [
        method
        for resource in asked.api.resources.values()
        for method in resource.resource_methods.values()
    ]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    if any(method.method_integration is None for method in methods):
        raise bad_request("No integration defined for method")


def _check_delete_deployment(asked: Asked) -> None:
    """moto looks only at the stage that the deployment was made with."""
    wanted = asked.uri_match["deployment_id"]
    if any(stage.deployment_id == wanted for stage in asked.api.stages.values()):
        raise bad_request(
            "Active stages pointing to this deployment must be moved or deleted"
        )
    asked.api.deployments[wanted].stage_name = None


def _check_create_stage(asked: Asked) -> None:
    """moto takes a deployment that doesn't exist."""
    check_stage_settings(asked)
    name = asked.members.get("stageName") or ""
    if not re.fullmatch(r"\w+", name.replace("-", "_")):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    if asked.members.get("deploymentId") not in asked.api.deployments:
        raise bad_request("Deployment id does not exist")


def _check_update_rest_api(asked: Asked) -> None:
    """moto ignores patches that it doesn't know, and reads "false" as true."""
    for patch in asked.members.get("patchOperations") or []:
        path, value = patch["path"], patch.get("value")
        root = path.split("/")[1] if path.startswith("/") else ""
        if root not in _API_PATCHES:
            allowed = ", ".join(f"/{name}" for name in _API_PATCHES)
            raise bad_request(
                f"Invalid patch path  '{path}' specified for op '{patch['op']}'."
                f" Must be one of: [{allowed}]"
            )
        if root == "binaryMediaTypes":
            _patch_media_types(asked.api, patch)
        if root == "disableExecuteApiEndpoint":
            asked.api.disableExecuteApiEndpoint = str(value).lower() == "true"
        if root == "minimumCompressionSize":
            asked.api.minimum_compression_size = int(value) if value else None


_API_PATCHES = (
    "apiKeySource",
    "binaryMediaTypes",
    "description",
    "disableExecuteApiEndpoint",
    "endpointConfiguration",
    "minimumCompressionSize",
    "name",
    "policy",
)


def _patch_media_types(api: Any, patch: dict[str, Any]) -> None:
    media_type = patch["path"].removeprefix("/binaryMediaTypes").lstrip("/")
    media_type = media_type.replace("~1", "/") or patch.get("value") or ""
    others = [name for name in api.binaryMediaTypes if name != media_type]
    kept = [] if patch["op"] == "remove" else [media_type]
    api.binaryMediaTypes = [*others, *kept]


CHECKS: dict[str, Callable[[Asked], None]] = {
    "CreateRestApi": _check_create_rest_api,
    "CreateResource": _check_create_resource,
    "DeleteResource": _check_delete_resource,
    "CreateDeployment": _check_create_deployment,
    "DeleteDeployment": _check_delete_deployment,
    "CreateStage": _check_create_stage,
    "UpdateRestApi": _check_update_rest_api,
    **METHOD_CHECKS,
    **PART_CHECKS,
}
