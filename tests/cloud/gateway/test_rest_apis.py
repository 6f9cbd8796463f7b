"""REST APIs over real HTTP, to a real function."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.cloud.gateway.conftest import ACCOUNT, REGION, Site, path_arn, told


@pytest.fixture(scope="module")
def stage(site: Site, function: str) -> str:
    """The URL of a stage with a Lambda proxy on /items and /items/{id}."""
    api, _ = site.rest_api()
    for verb in ("GET", "POST"):
        site.proxy(api, "/items", function, verb)
    site.proxy(api, "/items/{id}", function)
    return site.deploy(api)


def test_event_is_payload_1_0(site: Site, stage: str) -> None:
    """The event has the keys of a Lambda proxy integration, null where empty."""
    event = site.request(f"{stage}/items").json()
    context, headers = event.pop("requestContext"), event.pop("headers")
    assert event.pop("multiValueHeaders") == {k: [v] for k, v in headers.items()}
    assert event == {
        "resource": "/items",
        "path": "/items",
        "httpMethod": "GET",
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert context["path"] == "/v1/items"


def test_request_context(site: Site, stage: str) -> None:
    """The request context has AWS's keys."""
    answer = site.request(f"{stage}/items", headers={"User-Agent": "me"})
    context = answer.json()["requestContext"]
    identity = context.pop("identity")
    assert sorted(context) == [
        "accountId",
        "apiId",
        "deploymentId",
        "domainName",
        "domainPrefix",
        "extendedRequestId",
        "httpMethod",
        "path",
        "protocol",
        "requestId",
        "requestTime",
        "requestTimeEpoch",
        "resourceId",
        "resourcePath",
        "stage",
    ]
    assert {key for key, value in identity.items() if value is None} == {
        "cognitoIdentityPoolId",
        "accountId",
        "cognitoIdentityId",
        "caller",
        "principalOrgId",
        "accessKey",
        "cognitoAuthenticationType",
        "cognitoAuthenticationProvider",
        "userArn",
        "user",
    }
    assert identity["sourceIp"] == "127.0.0.1"
    assert identity["userAgent"] == "me"
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    assert context["extendedRequestId"] == answer.headers["x-amz-apigw-id"]


def test_path_and_its_parameters_stay_encoded(site: Site, stage: str) -> None:
    """A REST API hands both on as they were sent."""
    event = site.request(f"{stage}/items/a%2Bb").json()
    assert event["path"] == "/items/a%2Bb"
    assert event["pathParameters"] == {"id": "a%2Bb"}


def test_repeated_query_parameters(site: Site, stage: str) -> None:
    """The last value counts; the multi-valued map has all of them."""
    event = site.request(f"{stage}/items?a=1&a=%20").json()
    assert event["queryStringParameters"] == {"a": " "}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", " "]}


def test_body_is_text(site: Site, stage: str) -> None:
    """Without binary media types any body is text."""
    event = site.request(
        f"{stage}/items", "POST", headers={"Content-Type": "image/png"}, body=b"abc"
    ).json()
    assert (event["body"], event["isBase64Encoded"]) == ("abc", False)


def test_trailing_slash_matches(site: Site, stage: str) -> None:
    """A REST API doesn't tell /items/ from /items."""
    assert site.request(f"{stage}/items/").json()["resource"] == "/items"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nope"), ("PUT", "/items")])
def test_unmatched_request(site: Site, stage: str, method: str, path: str) -> None:
    """An unknown path or method is answered as a missing token."""
    answer = site.request(f"{stage}{path}", method)
    assert answer.status == 403
    assert answer.body == b'{"message":"Missing Authentication Token"}'
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_unknown_stage_is_forbidden(site: Site, stage: str) -> None:
    """A stage that doesn't exist is forbidden."""
    answer = site.request(stage.replace("/v1", "/v2"))
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


def test_unknown_api_is_forbidden(site: Site) -> None:
    """So is an API that doesn't exist."""
    url = f"{site.cloud.endpoint_url}/_aws/execute-api/abcdefghij/v1/"
    assert site.request(url).status == 403


def test_greedy_variable_takes_the_rest(site: Site, function: str) -> None:
    """A static resource comes before a greedy one, which needs something to take."""
    api, _ = site.rest_api()
    site.proxy(api, "/{proxy+}", function, "ANY")
    site.proxy(api, "/a/b", function, "GET")
    url = site.deploy(api)
    assert site.request(f"{url}/a/b").json()["resource"] == "/a/b"
    event = site.request(f"{url}/a/c/d").json()
    assert event["pathParameters"] == {"proxy": "a/c/d"}
    assert site.request(f"{url}/").status == 403


def test_deployment_is_a_snapshot(site: Site) -> None:
    """A change shows after the next deployment, not before."""
    api, _ = site.rest_api()
    where = site.mock(api, "/health", '{"text": "old"}')
    url = site.deploy(api)
    site.client("apigateway").put_integration_response(
        **where,
        statusCode="200",
        responseTemplates={"application/json": '{"text": "new"}'},
    )
    assert site.request(f"{url}/health").json() == {"text": "old"}
    site.deploy(api)
    assert site.request(f"{url}/health").json() == {"text": "new"}


def test_stage_can_go_back_to_an_older_deployment(site: Site) -> None:
    """A stage serves the deployment that it points to."""
    client = site.client("apigateway")
    api, _ = site.rest_api()
    site.mock(api, "/old", "{}")
    url = site.deploy(api)
    first = client.get_stage(restApiId=api, stageName="v1")["deploymentId"]
    site.mock(api, "/new", "{}")
    site.deploy(api)
    assert site.request(f"{url}/new").status == 200
    client.update_stage(
        restApiId=api,
        stageName="v1",
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": first}],
    )
    assert site.request(f"{url}/new").status == 403


def test_stage_variables_choose_the_function(site: Site, function: str) -> None:
    """A stage variable fills in the integration's URI and is in the event."""
    api, _ = site.rest_api()
    name = function.rpartition(":")[2]
    site.proxy(api, "/", function.replace(name, "${stageVariables.fn}"))
    url = site.deploy(api, variables={"fn": name})
    assert site.request(url).json()["stageVariables"] == {"fn": name}


def test_no_permission_is_internal_server_error(site: Site) -> None:
    """A function whose policy doesn't name API Gateway can't be called."""
    api, _ = site.rest_api()
    site.proxy(api, "/", site.function(allow=False))
    answer = site.request(site.deploy(api))
    assert (answer.status, answer.body) == (
        500,
        b'{"message": "Internal server error"}',
    )
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


@pytest.mark.parametrize(
    ("pattern", "status"), [("*/GET/pets/*", 200), ("v1/*/*", 200), ("v2/*/*", 500)]
)
def test_permission_may_name_a_method(site: Site, pattern: str, status: int) -> None:
    """The source ARN is API, stage, method and resource path."""
    function = site.function(allow=False)
    api, _ = site.rest_api()
    site.proxy(api, "/pets/{id}", function)
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{pattern}"
    site.permit(function, SourceArn=source)
    assert site.request(f"{site.deploy(api)}/pets/1").status == status


def test_integration_method_has_to_be_post(site: Site, function: str) -> None:
    """Lambda is invoked with POST whatever the method is."""
    api, _ = site.rest_api()
    site.method(
        api,
        "/",
        type="AWS_PROXY",
        integrationHttpMethod="GET",
        uri=path_arn(function),
    )
    assert site.request(site.deploy(api)).status == 500


def test_answer_sets_status_and_headers(site: Site, stage: str) -> None:
    """headers and multiValueHeaders are merged; JSON is the default content type."""
    answer = site.request(
        f"{stage}/items",
        headers=told(
            {
                "statusCode": 201,
                "headers": {"X-A": "1"},
                "multiValueHeaders": {"X-B": ["2", "3"]},
                "body": "{}",
            }
        ),
    )
    assert (answer.status, answer.body) == (201, b"{}")
    assert answer.headers["X-A"] == "1"
    assert answer.headers["X-B"] == "2, 3"
    assert answer.headers["Content-Type"] == "application/json"


def test_reserved_headers_are_remapped(site: Site, stage: str) -> None:
    """A backend's Server header reaches the client under another name."""
    answer = site.request(
        f"{stage}/items", headers=told({"statusCode": 200, "headers": {"Server": "me"}})
    )
    assert answer.headers["x-amzn-Remapped-Server"] == "me"


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "no status"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 1},
        {"statusCode": 200, "headers": {"X": {"a": 1}}},
        "text",
        None,
    ],
)
def test_malformed_answer_is_bad_gateway(site: Site, stage: str, answer: Any) -> None:
    """A body has to be a string, and the status has to be there."""
    got = site.request(f"{stage}/items", headers=told(answer))
    assert (got.status, got.body) == (502, b'{"message": "Internal server error"}')
    assert got.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


def test_failing_function_is_bad_gateway(site: Site, stage: str) -> None:
    """What the function raised isn't told to the client."""
    answer = site.request(f"{stage}/items", headers={"x-answer": "raise"})
    assert (answer.status, answer.body) == (
        502,
        b'{"message": "Internal server error"}',
    )


def test_slow_function_times_out(site: Site) -> None:
    """Past the integration's time limit the answer is 504."""
    api, _ = site.rest_api()
    function = site.function("forever", timeout=25)
    site.proxy(api, "/", function, timeoutInMillis=50)
    answer = site.request(site.deploy(api))
    assert answer.status == 504
    assert answer.body == b'{"message": "Endpoint request timed out"}'


@pytest.fixture(scope="module")
def binary_stage(site: Site, function: str) -> str:
    """The URL of a stage whose API takes PNG images for binary."""
    api, _ = site.rest_api(binaryMediaTypes=["image/png"])
    site.proxy(api, "/", function, "ANY")
    return site.deploy(api)


def test_binary_body_arrives_as_base64(site: Site, binary_stage: str) -> None:
    """A body of a binary media type is encoded."""
    event = site.request(
        binary_stage, "POST", headers={"Content-Type": "image/png"}, body=b"\xff"
    ).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\xff"


@pytest.mark.parametrize(("accept", "body"), [("image/png", b"\xff"), ("*/*", b"/w==")])
def test_encoded_answer_is_decoded_for_who_accepts_it(
    site: Site, binary_stage: str, accept: str, body: bytes
) -> None:
    """A REST API decodes a body only if the Accept header names a binary type."""
    answer = {"statusCode": 200, "body": "/w==", "isBase64Encoded": True}
    got = site.request(binary_stage, headers={"Accept": accept, **told(answer)})
    assert got.body == body


def test_body_over_10_mb_is_refused(site: Site, stage: str) -> None:
    """A REST API takes 10 MB at most."""
    answer = site.request(f"{stage}/items", "POST", body=b"a" * (10 * 1024 * 1024 + 1))
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


def test_mock_chooses_its_response_by_status(site: Site) -> None:
    """The request template's statusCode selects the integration response."""
    api, _ = site.rest_api()
    template = '{"statusCode": #if($input.params("bad") == "yes") 400 #else 200 #end}'
    where = site.mock(api, "/", '{"ok": true}', request=template)
    client = site.client("apigateway")
    client.put_method_response(**where, statusCode="400")
    client.put_integration_response(
        **where,
        statusCode="400",
        selectionPattern="4..",
        responseTemplates={"application/json": '{"for": "$context.httpMethod"}'},
    )
    url = site.deploy(api)
    assert site.request(url).json() == {"ok": True}
    answer = site.request(f"{url}?bad=yes")
    assert (answer.status, answer.json()) == (400, {"for": "GET"})


def test_mock_without_a_status_is_a_configuration_error(site: Site) -> None:
    """A request template that gives no statusCode is the owner's mistake."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}", request="{}")
    assert site.request(site.deploy(api)).status == 500


def test_mapped_headers(site: Site) -> None:
    """CORS by hand: constant headers of an OPTIONS mock."""
    api, _ = site.rest_api()
    client = site.client("apigateway")
    where = site.mock(api, "/", "", "OPTIONS")
    name = "method.response.header.Access-Control-Allow-Origin"
    client.delete_method_response(**where, statusCode="200")
    client.put_method_response(
        **where, statusCode="200", responseParameters={name: True}
    )
    client.put_integration_response(
        **where, statusCode="200", responseParameters={name: "'*'"}
    )
    answer = site.request(site.deploy(api), "OPTIONS")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_mapped_lambda_integration(site: Site) -> None:
    """Without proxy, templates make the event and the response."""
    api, _ = site.rest_api()
    where = site.method(
        api,
        "/{name}",
        type="AWS",
        integrationHttpMethod="POST",
        uri=path_arn(site.function("plain")),
        requestTemplates={"application/json": '{"name": "$input.params(\'name\')"}'},
    )
    client = site.client("apigateway")
    client.put_method_response(**where, statusCode="200")
    client.put_integration_response(
        **where,
        statusCode="200",
        responseTemplates={"application/json": "{\"hi\": $input.json('$.name')}"},
    )
    assert site.request(f"{site.deploy(api)}/Ada").json() == {"hi": "Ada"}


def test_mapped_lambda_error_is_selected_by_its_message(site: Site) -> None:
    """A selection pattern matches the function's errorMessage."""
    api, _ = site.rest_api()
    where = site.method(
        api,
        "/",
        type="AWS",
        integrationHttpMethod="POST",
        uri=path_arn(site.function("plain")),
        requestTemplates={"application/json": '{"fail": "Not here"}'},
    )
    client = site.client("apigateway")
    for status, pattern in (("200", ""), ("404", "Not .*")):
        client.put_method_response(**where, statusCode=status)
        client.put_integration_response(
            **where, statusCode=status, selectionPattern=pattern
        )
    assert site.request(site.deploy(api)).status == 404


class _Elsewhere(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("X-Path", self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The URL of another server, which sends back what it is sent."""
    server = HTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_http_proxy_passes_request_and_answer_on(site: Site, elsewhere: str) -> None:
    """An HTTP proxy integration sends the request on, its path mapped."""
    api, _ = site.rest_api()
    site.method(
        api,
        "/{proxy+}",
        "POST",
        method={"requestParameters": {"method.request.path.proxy": True}},
        type="HTTP_PROXY",
        integrationHttpMethod="POST",
        uri=f"{elsewhere}/there/{{proxy}}",
        requestParameters={
            "integration.request.path.proxy": "method.request.path.proxy"
        },
    )
    answer = site.request(f"{site.deploy(api)}/a/b?c=1", "POST", body=b"hello")
    assert (answer.status, answer.body) == (202, b"hello")
    assert answer.headers["X-Path"] == "/there/a/b?c=1"


def test_unreachable_server_is_bad_gateway(site: Site) -> None:
    """Nobody at the other end is a server error."""
    api, _ = site.rest_api()
    site.method(
        api,
        "/",
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri="http://127.0.0.1:1/",
    )
    assert site.request(site.deploy(api)).status == 502


def test_other_services_are_refused_loudly(site: Site) -> None:
    """What isn't modelled is said, never ignored."""
    api, _ = site.rest_api()
    site.method(
        api,
        "/",
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:sqs:path/queue",
        credentials=f"arn:aws:iam::{ACCOUNT}:role/r",
    )
    answer = site.request(site.deploy(api))
    assert answer.status == 501
    assert "AWS integrations of REST APIs" in answer.json()["message"]


def test_gateway_response_in_the_owners_words(site: Site) -> None:
    """DEFAULT_4XX gives errors headers and a body of their own, once deployed."""
    api, _ = site.rest_api()
    site.mock(api, "/", "{}")
    site.client("apigateway").put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_4XX",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'"
        },
        responseTemplates={
            "application/json": '{"oops": $context.error.messageString}'
        },
    )
    answer = site.request(f"{site.deploy(api)}/nope")
    assert answer.status == 403
    assert answer.json() == {"oops": "Missing Authentication Token"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.fixture(scope="module")
def validated(site: Site) -> str:
    """A stage that requires a query parameter and a body with a name."""
    client = site.client("apigateway")
    api, _ = site.rest_api()
    validator = client.create_request_validator(
        restApiId=api,
        name="all",
        validateRequestBody=True,
        validateRequestParameters=True,
    )["id"]
    client.create_model(
        restApiId=api,
        name="Pet",
        contentType="application/json",
        schema='{"type": "object", "required": ["name"]}',
    )
    site.method(
        api,
        "/",
        "POST",
        method={
            "requestValidatorId": validator,
            "requestParameters": {"method.request.querystring.kind": True},
            "requestModels": {"application/json": "Pet"},
        },
        type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    return site.deploy(api)


def test_missing_parameter_is_a_bad_request(site: Site, validated: str) -> None:
    """A validator names what is missing."""
    answer = site.request(validated, "POST", body=b'{"name": "Rex"}')
    assert answer.status == 400
    assert answer.json() == {"message": "Missing required request parameters: [kind]"}
    assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"


@pytest.mark.parametrize("body", [b"{}", b"no json"])
def test_wrong_body_is_a_bad_request(site: Site, validated: str, body: bytes) -> None:
    """A body has to follow the method's model."""
    answer = site.request(f"{validated}?kind=dog", "POST", body=body)
    assert (answer.status, answer.json()) == (400, {"message": "Invalid request body"})


@pytest.fixture
def keyed(site: Site) -> tuple[str, str, str]:
    """A stage that requires an API key; its id and URL, and a key's id."""
    client = site.client("apigateway")
    api, _ = site.rest_api()
    where = site.mock(api, "/", "{}")
    client.update_method(
        **where,
        patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}],
    )
    url = site.deploy(api)
    key = client.create_api_key(name=site.name("key"), enabled=True)["id"]
    return api, url, key


def _plan(site: Site, api: str, key: str, **limits: Any) -> tuple[str, dict[str, str]]:
    client = site.client("apigateway")
    plan = client.create_usage_plan(
        name=site.name("plan"), apiStages=[{"apiId": api, "stage": "v1"}], **limits
    )["id"]
    client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    value = client.get_api_key(apiKey=key, includeValue=True)["value"]
    return plan, {"x-api-key": value}


def test_api_key_is_required(site: Site, keyed: tuple[str, str, str]) -> None:
    """Without a key of a usage plan of the stage the answer is 403."""
    api, url, key = keyed
    refused = site.request(url)
    assert (refused.status, refused.body) == (403, b'{"message":"Forbidden"}')
    assert refused.headers["x-amzn-ErrorType"] == "ForbiddenException"
    _, headers = _plan(site, api, key)
    assert site.request(url, headers=headers).status == 200


def test_quota_is_used_up(site: Site, keyed: tuple[str, str, str]) -> None:
    """Past the quota the answer is 429 Limit Exceeded."""
    api, url, key = keyed
    _, headers = _plan(site, api, key, quota={"limit": 2, "period": "MONTH"})
    statuses = [site.request(url, headers=headers).status for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_burst_is_throttled(site: Site, keyed: tuple[str, str, str]) -> None:
    """Past the burst the answer is 429 Too Many Requests."""
    api, url, key = keyed
    limits = {"rateLimit": 0.0, "burstLimit": 1}
    _, headers = _plan(site, api, key, throttle=limits)
    assert site.request(url, headers=headers).status == 200
    answer = site.request(url, headers=headers)
    assert (answer.status, answer.json()) == (429, {"message": "Too Many Requests"})


def test_large_answers_are_compressed_on_request(site: Site) -> None:
    """minimumCompressionSize compresses for who accepts it."""
    api, _ = site.rest_api(minimumCompressionSize=10)
    site.mock(api, "/", "a" * 100)
    url = site.deploy(api)
    answer = site.request(url, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in site.request(url).headers


def test_answer_has_the_trace(site: Site, stage: str) -> None:
    """A Lambda proxy's answer carries the trace with its parent and lineage."""
    trace = site.request(f"{stage}/items").headers["X-Amzn-Trace-Id"]
    assert re.fullmatch(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"
        r";Lineage=1:[0-9a-f]{8}:0",
        trace,
    )


def test_answer_has_no_other_members(site: Site, stage: str) -> None:
    """A member that the format doesn't know makes the answer malformed."""
    answer = site.request(
        f"{stage}/items", headers=told({"statusCode": 200, "body": "", "note": "x"})
    )
    assert (answer.status, answer.body) == (
        502,
        b'{"message": "Internal server error"}',
    )
