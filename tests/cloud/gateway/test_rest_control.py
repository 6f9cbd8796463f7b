"""REST APIs' control plane, where moto has it otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.apigateway import models
from moto.apigateway.responses import APIGatewayResponse
from moto.core.utils import camelcase_to_underscores

from grader.cloud.gateway.rest_control import RestControl
from grader.cloud.gateway.rest_patches import PATCHED
from tests.cloud.gateway.conftest import ACCOUNT, Site

Error = tuple[int, str, str]


@pytest.fixture(scope="module")
def client(site: Site) -> Any:
    """A boto3 client of API Gateway."""
    return site.client("apigateway")


def refused(call: Callable[..., Any], **names: Any) -> Error:
    """Call and return the error's status, code and message."""
    with pytest.raises(ClientError) as caught:
        call(**names)
    answer = caught.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["Error"]["Message"],
    )


def members(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what boto3 adds."""
    return {name: answer[name] for name in answer if name != "ResponseMetadata"}


def status(answer: dict[str, Any]) -> int:
    """Return an answer's HTTP status."""
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def test_created_api_has_awss_members(client: Any) -> None:
    """moto answers 200 with a version, nulls and empty lists."""
    answer = client.create_rest_api(name="mine")
    assert status(answer) == 201
    assert sorted(members(answer)) == [
        "apiKeySource",
        "apiStatus",
        "createdDate",
        "disableExecuteApiEndpoint",
        "endpointConfiguration",
        "id",
        "name",
        "rootResourceId",
    ]


@pytest.mark.parametrize(
    "operation", ["get_rest_api", "delete_rest_api", "get_resources", "get_stages"]
)
def test_unknown_api(client: Any, operation: str) -> None:
    """moto says "Invalid Rest API Id specified", or fails with a KeyError."""
    assert refused(getattr(client, operation), restApiId="abc") == (
        404,
        "NotFoundException",
        f"Invalid API identifier specified {ACCOUNT}:abc",
    )


def test_deleted_api_answers_202(client: Any) -> None:
    """moto answers 200."""
    api = client.create_rest_api(name="mine")["id"]
    assert status(client.delete_rest_api(restApiId=api)) == 202


@pytest.mark.parametrize(
    ("operation", "names", "message"),
    [
        (
            "get_resource",
            {"resourceId": "x"},
            "Invalid Resource identifier specified",
        ),
        ("get_stage", {"stageName": "x"}, "Invalid stage identifier specified"),
        (
            "get_deployment",
            {"deploymentId": "x"},
            "Invalid Deployment identifier specified",
        ),
        (
            "get_authorizer",
            {"authorizerId": "x"},
            "Invalid Authorizer identifier specified",
        ),
    ],
)
def test_unknown_parts(
    site: Site, client: Any, operation: str, names: dict[str, str], message: str
) -> None:
    """moto words some of them otherwise, or fails with a KeyError."""
    api, _ = site.rest_api()
    answer = refused(getattr(client, operation), restApiId=api, **names)
    assert answer == (404, "NotFoundException", message)


@pytest.mark.parametrize(
    ("operation", "names", "message"),
    [
        ("get_method", {"httpMethod": "PUT"}, "Invalid Method identifier specified"),
        (
            "get_integration",
            {"httpMethod": "GET"},
            "Invalid Integration identifier specified",
        ),
        (
            "get_method_response",
            {"httpMethod": "GET", "statusCode": "200"},
            "Invalid Response status code specified",
        ),
    ],
)
def test_unknown_parts_of_a_method(
    site: Site, client: Any, operation: str, names: dict[str, str], message: str
) -> None:
    """moto answers with nothing, or fails with an AttributeError."""
    api, root = site.rest_api()
    client.put_method(
        restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE"
    )
    where = {"restApiId": api, "resourceId": root, **names}
    answer = refused(getattr(client, operation), **where)
    assert answer == (404, "NotFoundException", message)


def test_path_parts_are_unique(site: Site, client: Any) -> None:
    """moto creates a second resource of the same name."""
    api, root = site.rest_api()
    site.resource(api, "/pets")
    answer = refused(
        client.create_resource, restApiId=api, parentId=root, pathPart="pets"
    )
    assert answer == (
        409,
        "ConflictException",
        "Another resource with the same parent already has this name: pets",
    )


def test_one_variable_among_siblings(site: Site, client: Any) -> None:
    """moto takes several."""
    api, root = site.rest_api()
    site.resource(api, "/{id}")
    answer = refused(
        client.create_resource, restApiId=api, parentId=root, pathPart="{name}"
    )
    assert answer == (
        400,
        "BadRequestException",
        "A sibling ({id}) of this resource already has a variable path part -- only"
        " one unique variable path part is allowed",
    )


def test_greedy_variable_has_no_children(site: Site, client: Any) -> None:
    """moto gives it some."""
    api, _ = site.rest_api()
    parent = site.resource(api, "/{proxy+}")
    answer = refused(
        client.create_resource, restApiId=api, parentId=parent, pathPart="a"
    )
    assert answer[:2] == (400, "BadRequestException")
    assert answer[2].startswith("Cannot create a child of a resource with a greedy")


def test_path_part_is_checked(site: Site, client: Any) -> None:
    """moto's message is an older one."""
    api, root = site.rest_api()
    answer = refused(
        client.create_resource, restApiId=api, parentId=root, pathPart="a/b"
    )
    assert answer == (
        400,
        "BadRequestException",
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable"
        " and curly braces at the beginning and the end.",
    )


def test_deleted_resource_takes_its_children_along(site: Site, client: Any) -> None:
    """moto leaves them behind without a path."""
    api, _ = site.rest_api()
    site.resource(api, "/a/b/c")
    client.delete_resource(restApiId=api, resourceId=site.resource(api, "/a"))
    paths = [one["path"] for one in client.get_resources(restApiId=api)["items"]]
    assert paths == ["/"]


def test_method_is_put_once(site: Site, client: Any) -> None:
    """moto overwrites it, its integration lost."""
    api, root = site.rest_api()
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    answer = refused(client.put_method, **where, authorizationType="NONE")
    assert answer == (
        409,
        "ConflictException",
        "Method already exists for this resource",
    )


def test_custom_authorization_needs_an_authorizer(site: Site, client: Any) -> None:
    """moto takes none."""
    api, root = site.rest_api()
    answer = refused(
        client.put_method,
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        authorizationType="CUSTOM",
    )
    assert answer == (
        400,
        "BadRequestException",
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or"
        " COGNITO_USER_POOLS requires a valid authorizer.",
    )


def test_methods_are_embedded_on_request(site: Site, client: Any) -> None:
    """moto always embeds them."""
    api, root = site.rest_api()
    site.mock(api, "/", "{}")
    plain = client.get_resource(restApiId=api, resourceId=root)
    assert plain["resourceMethods"] == {"GET": {}}
    embedded = client.get_resource(restApiId=api, resourceId=root, embed=["methods"])
    assert embedded["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"


def test_integration_has_its_defaults(site: Site, client: Any) -> None:
    """moto leaves time limit, pass-through and cache namespace out."""
    api, root = site.rest_api()
    where = site.method(api, "/", type="MOCK")
    assert members(client.get_integration(**where)) == {
        "type": "MOCK",
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": root,
        "cacheKeyParameters": [],
    }


def test_api_without_methods_is_not_deployed(site: Site, client: Any) -> None:
    """The message is AWS's."""
    api, _ = site.rest_api()
    assert refused(client.create_deployment, restApiId=api) == (
        400,
        "BadRequestException",
        "The REST API doesn't contain any methods",
    )


def test_each_method_needs_an_integration(site: Site, client: Any) -> None:
    """moto is content with one integration in all, and says NotFoundException."""
    api, root = site.rest_api()
    site.mock(api, "/done", "{}")
    client.put_method(
        restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE"
    )
    assert refused(client.create_deployment, restApiId=api) == (
        400,
        "BadRequestException",
        "No integration defined for method",
    )


def test_deployment_has_awss_members(site: Site, client: Any) -> None:
    """moto adds the stage's name and an empty description."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}")
    answer = client.create_deployment(restApiId=api, stageName="v1")
    assert sorted(members(answer)) == ["createdDate", "id"]


def test_redeployed_stage_keeps_its_settings(site: Site, client: Any) -> None:
    """moto makes the stage anew."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}")
    site.deploy(api, variables={"a": "1"})
    site.deploy(api, variables={"b": "2"})
    stage = client.get_stage(restApiId=api, stageName="v1")
    assert stage["variables"] == {"a": "1", "b": "2"}


def test_stage_needs_a_deployment(site: Site, client: Any) -> None:
    """moto takes one that doesn't exist."""
    api, _ = site.rest_api()
    answer = refused(
        client.create_stage, restApiId=api, stageName="v1", deploymentId="x"
    )
    assert answer == (400, "BadRequestException", "Deployment id does not exist")


def test_deployment_in_use_stays(site: Site, client: Any) -> None:
    """moto looks at the stage that it was made with only."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}")
    deployment = client.create_deployment(restApiId=api)["id"]
    client.create_stage(restApiId=api, stageName="v1", deploymentId=deployment)
    answer = refused(client.delete_deployment, restApiId=api, deploymentId=deployment)
    assert answer == (
        400,
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
    )


def test_stage_has_awss_members(site: Site, client: Any) -> None:
    """moto has no dates, no cache status and no tracing."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}")
    site.deploy(api)
    assert sorted(members(client.get_stage(restApiId=api, stageName="v1"))) == [
        "cacheClusterEnabled",
        "cacheClusterStatus",
        "createdDate",
        "deploymentId",
        "lastUpdatedDate",
        "methodSettings",
        "stageName",
        "tracingEnabled",
    ]


def test_lists_come_in_pages(site: Site, client: Any) -> None:
    """moto sends everything at once."""
    api, _ = site.rest_api()
    site.resource(api, "/a")
    site.resource(api, "/b")
    first = client.get_resources(restApiId=api, limit=2)
    assert len(first["items"]) == 2
    rest = client.get_resources(restApiId=api, limit=2, position=first["position"])
    assert len(rest["items"]) == 1
    assert "position" not in rest


def test_patch_of_what_isnt_there(site: Site, client: Any) -> None:
    """moto ignores it."""
    api, _ = site.rest_api()
    patch = {"op": "replace", "path": "/colour", "value": "blue"}
    answer = refused(client.update_rest_api, restApiId=api, patchOperations=[patch])
    assert answer[:2] == (400, "BadRequestException")
    assert answer[2].startswith("Invalid patch path  '/colour' specified for op")


def test_patched_false_is_false(site: Site, client: Any) -> None:
    """moto reads any text as true."""
    api, _ = site.rest_api(disableExecuteApiEndpoint=True)
    patch = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "false"}
    answer = client.update_rest_api(restApiId=api, patchOperations=[patch])
    assert answer["disableExecuteApiEndpoint"] is False


def test_patched_media_type(site: Site, client: Any) -> None:
    """moto adds an empty one."""
    api, _ = site.rest_api()
    patch = {"op": "add", "path": "/binaryMediaTypes/image~1png"}
    answer = client.update_rest_api(restApiId=api, patchOperations=[patch])
    assert answer["binaryMediaTypes"] == ["image/png"]


def test_integration_can_be_patched(site: Site, client: Any) -> None:
    """moto has no UpdateIntegration."""
    api, _ = site.rest_api()
    where = site.mock(api, "/", "{}")
    client.update_integration(
        **where,
        patchOperations=[
            {"op": "replace", "path": "/timeoutInMillis", "value": "500"},
            {
                "op": "replace",
                "path": "/requestTemplates/application~1json",
                "value": "x",
            },
        ],
    )
    answer = client.get_integration(**where)
    assert answer["timeoutInMillis"] == 500
    assert answer["requestTemplates"] == {"application/json": "x"}


def test_usage_counts_requests(site: Site, client: Any) -> None:
    """moto has no GetUsage."""
    api, _ = site.rest_api()
    where = site.mock(api, "/", "{}")
    patch = {"op": "replace", "path": "/apiKeyRequired", "value": "true"}
    client.update_method(**where, patchOperations=[patch])
    url = site.deploy(api)
    key = client.create_api_key(name="me", enabled=True)
    plan = client.create_usage_plan(
        name="plan",
        apiStages=[{"apiId": api, "stage": "v1"}],
        quota={"limit": 10, "period": "DAY"},
    )["id"]
    client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    site.request(url, headers={"x-api-key": key["value"]})
    today = site.today()
    usage = client.get_usage(usagePlanId=plan, startDate=today, endDate=today)
    assert usage["items"] == {key["id"]: [[1, 9]]}


def test_method_can_be_tried(site: Site, client: Any) -> None:
    """moto has no TestInvokeMethod; it needs no deployment."""
    api, _ = site.rest_api()
    where = site.mock(api, "/{id}", '{"id": "$input.params(\'id\')"}')
    answer = client.test_invoke_method(**where, pathWithQueryString="/7")
    assert (answer["status"], answer["body"]) == (200, '{"id": "7"}')
    assert answer["headers"]["Content-Type"] == "application/json"
    assert "Method completed with status: 200" in answer["log"]


def test_function_can_be_tried(site: Site, client: Any, function: str) -> None:
    """The event of a test invocation has a stage of its own."""
    api, _ = site.rest_api()
    where = site.proxy(api, "/", function)
    answer = client.test_invoke_method(**where, headers={"X-A": "1"})
    event = json.loads(answer["body"])
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["headers"]["X-A"] == "1"


def test_other_operations_are_refused_loudly(client: Any) -> None:
    """moto answers with an HTML page that boto3 can't read."""
    answer = refused(client.get_sdk_types)
    assert answer[:2] == (501, "NotImplementedException")
    assert answer[2].startswith("The local cloud doesn't model GetSdkTypes")


def test_moto_has_none_of_our_operations() -> None:
    """When moto learns one of them, ours can go."""
    ours = {*PATCHED, "GetUsage", "TestInvokeMethod"}
    names = {camelcase_to_underscores(operation) for operation in ours}
    assert not [name for name in names if hasattr(APIGatewayResponse, name)]


def test_seams_of_moto(client: Any) -> None:
    """The classes and attributes that we reach into are still there."""
    assert issubclass(RestControl, APIGatewayResponse)
    api = models.RestAPI("id", ACCOUNT, "us-east-1", "name", "")
    assert {
        "binaryMediaTypes",
        "deployments",
        "disableExecuteApiEndpoint",
        "gateway_responses",
        "models",
        "policy",
        "request_validators",
        "resources",
        "stages",
    } <= set(vars(api))
