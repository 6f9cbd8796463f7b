"""HTTP APIs' control plane, where moto has it otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from moto.apigatewayv2.responses import ApiGatewayV2Response

from tests.cloud.gateway.conftest import ACCOUNT, REGION, Site
from tests.cloud.gateway.test_rest_control import members, refused, status

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


@pytest.fixture(scope="module")
def client(site: Site) -> Any:
    """A boto3 client of API Gateway V2."""
    return site.client("apigatewayv2")


@pytest.fixture
def api(client: Any) -> str:
    """The id of an empty HTTP API."""
    return str(client.create_api(Name="a", ProtocolType="HTTP")["ApiId"])


def test_created_api_has_awss_members(client: Any) -> None:
    """moto answers 200 with nulls, and its ids have eight letters."""
    answer = client.create_api(Name="a", ProtocolType="HTTP")
    assert status(answer) == 201
    assert sorted(members(answer)) == [
        "ApiEndpoint",
        "ApiId",
        "ApiKeySelectionExpression",
        "CreatedDate",
        "DisableExecuteApiEndpoint",
        "IpAddressType",
        "Name",
        "ProtocolType",
        "RouteSelectionExpression",
        "Tags",
    ]
    assert len(answer["ApiId"]) == 10
    host = f"{answer['ApiId']}.execute-api.{REGION}.amazonaws.com"
    assert answer["ApiEndpoint"] == f"https://{host}"


def test_tags_stay_with_the_api(client: Any) -> None:
    """The longer id loses nothing."""
    answer = client.create_api(Name="a", ProtocolType="HTTP", Tags={"for": "me"})
    assert answer["Tags"] == {"for": "me"}


def test_quick_create(site: Site, client: Any) -> None:
    """moto ignores Target: no integration, route or stage."""
    api = client.create_api(Name="a", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    integration = client.get_integrations(ApiId=api)["Items"][0]
    integration_id = integration.pop("IntegrationId")
    assert integration == {
        "ApiGatewayManaged": True,
        "ConnectionType": "INTERNET",
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": FUNCTION,
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 30000,
    }
    route = client.get_routes(ApiId=api)["Items"][0]
    del route["RouteId"]
    assert route == {
        "ApiGatewayManaged": True,
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteKey": "$default",
        "Target": f"integrations/{integration_id}",
    }
    stage = client.get_stages(ApiId=api)["Items"][0]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


def test_unknown_api(client: Any) -> None:
    """moto leaves the account out."""
    assert refused(client.get_api, ApiId="abc") == (
        404,
        "NotFoundException",
        f"Invalid API identifier specified {ACCOUNT}:abc",
    )


def test_unknown_api_is_not_deleted(client: Any) -> None:
    """moto says nothing."""
    assert refused(client.delete_api, ApiId="abc")[0] == 404


def test_deleted_api_answers_204(client: Any, api: str) -> None:
    """moto answers 200."""
    assert status(client.delete_api(ApiId=api)) == 204


@pytest.mark.parametrize("key", ["pets", "GET pets", "FETCH /pets"])
def test_route_key_is_checked(client: Any, api: str, key: str) -> None:
    """moto takes anything."""
    assert refused(client.create_route, ApiId=api, RouteKey=key) == (
        400,
        "BadRequestException",
        "The provided route key is not formatted properly for HTTP protocol. Format"
        ' should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
    )


def test_route_key_is_unique(client: Any, api: str) -> None:
    """moto takes it twice."""
    client.create_route(ApiId=api, RouteKey="GET /pets")
    assert refused(client.create_route, ApiId=api, RouteKey="GET /pets") == (
        409,
        "ConflictException",
        "Route with key GET /pets already exists for this API",
    )


def test_stage_is_created_once(client: Any, api: str) -> None:
    """moto overwrites it."""
    client.create_stage(ApiId=api, StageName="prod")
    assert refused(client.create_stage, ApiId=api, StageName="prod") == (
        409,
        "ConflictException",
        "Stage already exists",
    )


def test_stage_can_be_changed(client: Any, api: str) -> None:
    """moto has no UpdateStage."""
    client.create_stage(ApiId=api, StageName="prod")
    answer = client.update_stage(
        ApiId=api, StageName="prod", StageVariables={"a": "1"}, AutoDeploy=True
    )
    assert (answer["StageVariables"], answer["AutoDeploy"]) == ({"a": "1"}, True)


def test_deployments(client: Any, api: str) -> None:
    """moto has none for HTTP APIs."""
    made = members(client.create_deployment(ApiId=api, Description="first"))
    assert (made["DeploymentStatus"], made["AutoDeployed"]) == ("DEPLOYED", False)
    assert client.get_deployments(ApiId=api)["Items"] == [made]
    client.delete_deployment(ApiId=api, DeploymentId=made["DeploymentId"])
    assert client.get_deployments(ApiId=api)["Items"] == []


def test_moto_has_none_of_our_operations() -> None:
    """When moto learns one of them, ours can go."""
    ours = ("create_deployment", "get_deployments", "delete_deployment", "update_stage")
    assert not [name for name in ours if hasattr(ApiGatewayV2Response, name)]


def test_route_key_can_be_changed(client: Any, api: str) -> None:
    """A changed route key is checked as a new one is; its own isn't in the way."""
    client.create_route(ApiId=api, RouteKey="GET /a")
    route = client.create_route(ApiId=api, RouteKey="GET /b")["RouteId"]
    taken = refused(client.update_route, ApiId=api, RouteId=route, RouteKey="GET /a")
    assert taken[:2] == (409, "ConflictException")
    for key in ("GET /b", "GET /c"):
        answer = client.update_route(ApiId=api, RouteId=route, RouteKey=key)
        assert answer["RouteKey"] == key


def test_integration_needs_a_payload_format(client: Any, api: str) -> None:
    """moto leaves it empty."""
    told = refused(
        client.create_integration,
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=FUNCTION,
    )
    assert told[2] == "PayloadFormatVersion is a required parameter for integration"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"IntegrationType": "AWS"},
            "Currently, an API with a protocol type of HTTP may only be associated with"
            " proxy integrations (AWS_PROXY, HTTP_PROXY)",
        ),
        (
            {"IntegrationType": "AWS_PROXY", "TimeoutInMillis": 30_001},
            "Timeout should be between 50 ms and 30000 ms",
        ),
    ],
)
def test_integration_is_checked(
    client: Any, api: str, settings: dict[str, Any], told: str
) -> None:
    """moto takes any type and time limit."""
    asked = {"IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **settings}
    assert refused(client.create_integration, ApiId=api, **asked)[2] == told


def test_integration_of_a_route_stays(client: Any, api: str) -> None:
    """moto deletes it from under the route."""
    integration = client.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=FUNCTION,
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    route = client.create_route(
        ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}"
    )["RouteId"]
    told = refused(client.delete_integration, ApiId=api, IntegrationId=integration)
    assert told == (
        409,
        "ConflictException",
        "Cannot delete Integration because it is referenced by the following Routes"
        f" with Ids: [{route}]",
    )


def test_variable_is_a_whole_path_part(client: Any, api: str) -> None:
    """moto takes variables with something around them."""
    told = refused(client.create_route, ApiId=api, RouteKey="GET /{name}.json")
    assert told[2] == "One or more path parts appear to be invalid"


def test_settings_are_for_routes_that_exist(client: Any, api: str) -> None:
    """moto keeps settings for any route."""
    told = refused(
        client.create_stage,
        ApiId=api,
        StageName="$default",
        RouteSettings={"GET /none": {"ThrottlingRateLimit": 1.0}},
    )
    assert told == (
        404,
        "NotFoundException",
        "Unable to find Route by key GET /none within the provided RouteSettings",
    )


@pytest.mark.parametrize("call", ["create_api", "update_api"])
def test_credentials_need_named_origins(client: Any, api: str, call: str) -> None:
    """moto lets every origin send credentials."""
    made = {"Name": "b", "ProtocolType": "HTTP"} if call == "create_api" else {}
    changed = {"ApiId": api} if call == "update_api" else {}
    told = refused(
        getattr(client, call),
        **made,
        **changed,
        CorsConfiguration={"AllowOrigins": ["*"], "AllowCredentials": True},
    )
    assert told[2] == "allow-credentials is not supported if 'allow-origin' is *"
