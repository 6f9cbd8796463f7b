"""What REST APIs' control plane refuses, in API Gateway's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.cloud.gateway.conftest import Site

Told = tuple[int, str, str]
_MAPPING = (
    "Invalid mapping expression specified: Validation Result: warnings : [],"
    " errors : [{}]"
)
_ENUM = (
    "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint:"
    " Member must satisfy enum value set: [{}]"
)


def bad(message: str) -> Told:
    return 400, "BadRequestException", message


def absent(message: str) -> Told:
    return 404, "NotFoundException", message


def taken(message: str) -> Told:
    return 409, "ConflictException", message


def invalid(message: str) -> Told:
    return 400, "ValidationException", message


@dataclass(frozen=True)
class Api:
    """An API with a bare method, GET /bare, and a mocked one, GET /mocked."""

    client: Any
    id: str
    bare: Mapping[str, str]
    mocked: Mapping[str, str]


@pytest.fixture(scope="module")
def api(site: Site) -> Api:
    client = boto3.client(
        "apigateway",
        endpoint_url=site.cloud.endpoint_url,
        region_name=site.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
    rest, _ = site.rest_api()
    bare = {
        "restApiId": rest,
        "resourceId": site.resource(rest, "/bare"),
        "httpMethod": "GET",
    }
    client.put_method(**bare, authorizationType="NONE")
    mocked = site.mock(rest, "/mocked", "{}")
    client.create_model(
        restApiId=rest, name="Cat", contentType="application/json", schema="{}"
    )
    return Api(client, rest, bare, mocked)


def refusal(call: Any, **arguments: Any) -> Told:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    told = response["Error"]
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, told["Code"], told["Message"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"httpMethod": "GETS"},
            bad(
                "Invalid HttpMethod specified. Valid options are"
                " GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
            ),
        ),
        (
            {"authorizationType": "X"},
            bad(
                "Invalid Authorization type specified. Valid options are NONE,"
                " AWS_IAM, CUSTOM, COGNITO_USER_POOLS"
            ),
        ),
        (
            {"requestValidatorId": "zz"},
            bad("Invalid Request Validator identifier specified"),
        ),
        (
            {"requestModels": {"application/json": "Nope"}},
            bad("Invalid model identifier specified: Nope"),
        ),
        (
            {"requestParameters": {"q": True}},
            bad(_MAPPING.format("Invalid mapping expression specified: q")),
        ),
    ],
)
def test_method(api: Api, settings: dict[str, Any], told: Told) -> None:
    """PutMethod checks what it is given; moto takes it."""
    asked = {**api.bare, "httpMethod": "POST", "authorizationType": "NONE"}
    assert refusal(api.client.put_method, **(asked | settings)) == told


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"type": "X"},
            invalid(
                _ENUM.format(
                    "X",
                    "putIntegrationInput.type",
                    "HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS",
                )
            ),
        ),
        (
            {"type": "MOCK", "timeoutInMillis": 49},
            bad("Timeout should be between 50 ms and 29000 ms"),
        ),
        (
            {
                "type": "AWS",
                "integrationHttpMethod": "POST",
                "uri": "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/q",
            },
            bad("Role ARN must be specified for AWS integrations"),
        ),
        (
            {
                "type": "HTTP",
                "integrationHttpMethod": "GET",
                "uri": "http://localhost/{id}",
                "requestParameters": {
                    "integration.request.path.id": "method.request.path.id"
                },
            },
            bad(
                _MAPPING.format(
                    "Invalid mapping expression parameter specified:"
                    " method.request.path.id"
                )
            ),
        ),
    ],
)
def test_integration(api: Api, settings: dict[str, Any], told: Told) -> None:
    """PutIntegration checks what it is given; moto takes it."""
    assert refusal(api.client.put_integration, **api.bare, **settings) == told


def test_response_is_put_once(api: Api) -> None:
    """moto overwrites it."""
    assert refusal(api.client.put_method_response, **api.mocked, statusCode="200") == (
        taken("Response already exists for this resource")
    )


def test_response_has_a_status(api: Api) -> None:
    """moto takes any text."""
    told = refusal(api.client.put_method_response, **api.mocked, statusCode="abc")
    assert told == invalid(
        "1 validation error detected: Value 'abc' at 'statusCode' failed to satisfy"
        r" constraint: Member must satisfy regular expression pattern: [1-5]\d\d"
    )


@pytest.mark.parametrize(
    ("where", "status", "headers", "told"),
    [
        ("bare", "200", {}, absent("No integration defined for method")),
        ("mocked", "201", {}, absent("Invalid Response status code specified")),
        (
            "mocked",
            "201",
            {"method.response.header.A": "'1'"},
            bad(_MAPPING.format("No method response exists for method.")),
        ),
        (
            "mocked",
            "200",
            {"method.response.header.A": "'1'"},
            bad(
                _MAPPING.format(
                    "Invalid mapping expression parameter specified:"
                    " method.response.header.A"
                )
            ),
        ),
    ],
)
def test_integration_response(
    api: Api, where: str, status: str, headers: dict[str, str], told: Told
) -> None:
    """It needs an integration, a method response, and headers declared there."""
    said = refusal(
        api.client.put_integration_response,
        **getattr(api, where),
        statusCode=status,
        responseParameters=headers,
    )
    assert said == told


@pytest.mark.parametrize(
    ("name", "schema", "told"),
    [
        ("", "{}", bad("No Model Name specified")),
        ("Cat-2", "{}", bad("Model name must be alphanumeric: Cat-2")),
        ("Cat", "{}", taken("Model name already exists for this REST API")),
        (
            "Dog",
            "",
            bad("Model schema must have at least 1 property or array items defined"),
        ),
    ],
)
def test_model(api: Api, name: str, schema: str, told: Told) -> None:
    """moto takes any model."""
    said = refusal(
        api.client.create_model,
        restApiId=api.id,
        name=name,
        schema=schema,
        contentType="application/json",
    )
    assert said == told


@pytest.mark.parametrize("call", ["get_model", "delete_model"])
def test_unknown_model_is_named(api: Api, call: str) -> None:
    """moto leaves the name out."""
    told = refusal(getattr(api.client, call), restApiId=api.id, modelName="zz")
    assert told == absent("Invalid model name specified: zz")


@pytest.mark.parametrize("call", ["get_request_validator", "delete_request_validator"])
def test_unknown_validator(api: Api, call: str) -> None:
    """moto answers 400, or not at all."""
    told = refusal(getattr(api.client, call), restApiId=api.id, requestValidatorId="z")
    assert told == absent("Invalid Request Validator identifier specified")


def test_each_api_has_two_models(api: Api) -> None:
    """moto has none."""
    rest = api.client.create_rest_api(name="new")["id"]
    models = api.client.get_models(restApiId=rest)["items"]
    assert sorted(model["name"] for model in models) == ["Empty", "Error"]


def test_validator_shows_what_it_leaves_out(api: Api) -> None:
    """What isn't validated is shown as false."""
    made = api.client.create_request_validator(
        restApiId=api.id, name="body", validateRequestBody=True
    )
    assert made["validateRequestParameters"] is False


def test_authorizer_has_its_kind_and_no_made_up_time(api: Api) -> None:
    """moto leaves authType out, and says 300 seconds when nobody did."""
    made = api.client.create_authorizer(
        restApiId=api.id,
        name="token",
        type="TOKEN",
        authorizerUri="arn:aws:apigateway:eu-west-1:lambda:path/f",
        identitySource="method.request.header.Authorization",
    )
    assert made["authType"] == "custom"
    assert "authorizerResultTtlInSeconds" not in made


def test_unknown_kind_of_patch(api: Api) -> None:
    """moto ignores it."""
    told = refusal(
        api.client.update_rest_api,
        restApiId=api.id,
        patchOperations=[{"op": "foo", "path": "/name", "value": "x"}],
    )
    assert told == invalid(
        _ENUM.format(
            "foo",
            "updateRestApiInput.patchOperations.1.member.op",
            "add, remove, move, test, replace, copy",
        )
    )


def test_usage_plan_needs_a_stage(api: Api) -> None:
    """moto takes stages that don't exist."""
    stage = {"apiId": api.id, "stage": "none"}
    told = refusal(api.client.create_usage_plan, name="p", apiStages=[stage])
    assert told == absent(f"API Stage not found: {api.id}:none")


def test_quota_has_an_offset(api: Api) -> None:
    """moto leaves it out."""
    plan = api.client.create_usage_plan(name="q", quota={"limit": 1, "period": "DAY"})
    assert plan["quota"] == {"limit": 1, "offset": 0, "period": "DAY"}


def test_gateway_responses_have_defaults(api: Api) -> None:
    """moto knows none that nobody put."""
    found = api.client.get_gateway_response(
        restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN"
    )
    del found["ResponseMetadata"]
    assert found == {
        "responseType": "MISSING_AUTHENTICATION_TOKEN",
        "statusCode": "403",
        "responseParameters": {},
        "responseTemplates": {
            "application/json": '{"message":$context.error.messageString}'
        },
        "defaultResponse": True,
    }


def test_resource_can_be_renamed(api: Api) -> None:
    """moto has no UpdateResource."""
    made = api.client.create_resource(
        restApiId=api.id,
        parentId=api.client.get_rest_api(restApiId=api.id)["rootResourceId"],
        pathPart="old",
    )
    renamed = api.client.update_resource(
        restApiId=api.id,
        resourceId=made["id"],
        patchOperations=[{"op": "replace", "path": "/pathPart", "value": "new"}],
    )
    assert renamed["path"] == "/new"


def test_root_stays(api: Api) -> None:
    """moto deletes the root, and the API is broken."""
    root = api.client.get_rest_api(restApiId=api.id)["rootResourceId"]
    status, _, _ = refusal(
        api.client.delete_resource, restApiId=api.id, resourceId=root
    )
    assert status == 400


def test_stage_logs_with_a_role_only(site: Site, api: Api) -> None:
    """moto logs without the account's role."""
    rest, _ = site.rest_api()
    site.mock(rest, "/", "{}")
    site.deploy(rest)
    told = refusal(
        api.client.update_stage,
        restApiId=rest,
        stageName="v1",
        patchOperations=[
            {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
        ],
    )
    assert told == bad(
        "CloudWatch Logs role ARN must be set in account settings to enable logging"
    )
