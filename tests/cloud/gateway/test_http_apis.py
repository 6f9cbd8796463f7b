"""HTTP APIs over real HTTP, to a real function."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.cloud.gateway.conftest import ACCOUNT, REGION, Site, told


@pytest.fixture(scope="module")
def api(site: Site, function: str) -> str:
    """The URL of an HTTP API that sends everything to the function."""
    return site.url(site.http_api(function))


def test_event_has_exactly_the_keys_of_payload_2(site: Site, api: str) -> None:
    """Without query, cookies, variables and body their keys are absent."""
    event = site.request(api).json()
    assert list(event) == [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    ]


def test_request_context(site: Site, api: str) -> None:
    """The request context names account, API, domain, route and stage as AWS does."""
    answer = site.request(f"{api}pets", headers={"User-Agent": "me"})
    context = answer.json()["requestContext"]
    api_id = context["apiId"]
    time, epoch = context.pop("time"), context.pop("timeEpoch")
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", time)
    assert isinstance(epoch, int)
    assert context == {
        "accountId": ACCOUNT,
        "apiId": api_id,
        "domainName": f"{api_id}.execute-api.{REGION}.amazonaws.com",
        "domainPrefix": api_id,
        "http": {
            "method": "GET",
            "path": "/pets",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "me",
        },
        "requestId": answer.headers["Apigw-Requestid"],
        "routeKey": "$default",
        "stage": "$default",
    }


def test_headers_are_those_of_the_edge(site: Site, api: str) -> None:
    """Names are in lower case; Host is AWS's; forwarding and tracing are added."""
    headers = site.request(api, headers={"X-Mine": "1", "User-Agent": "me"}).json()[
        "headers"
    ]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["x-amzn-trace-id"])
    assert headers["host"].endswith(f".execute-api.{REGION}.amazonaws.com")
    assert {
        name: value
        for name, value in headers.items()
        if name not in ("host", "x-amzn-trace-id")
    } == {
        "accept-encoding": "identity",
        "content-length": "0",
        "user-agent": "me",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        "x-mine": "1",
    }


def test_query_values_are_decoded_and_joined(site: Site, api: str) -> None:
    """Repeated query parameters are joined with commas; the raw string stays."""
    event = site.request(f"{api}?a=1&a=%2B&b=").json()
    assert event["rawQueryString"] == "a=1&a=%2B&b="
    assert event["queryStringParameters"] == {"a": "1,+", "b": ""}


def test_cookies_have_a_list_of_their_own(site: Site, api: str) -> None:
    """Cookies leave the headers."""
    event = site.request(api, headers={"Cookie": "a=1; b=2"}).json()
    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]


def test_path_is_decoded(site: Site, api: str) -> None:
    """HTTP APIs hand rawPath on decoded."""
    assert site.request(f"{api}a%20b").json()["rawPath"] == "/a b"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/json; charset=utf-8", "application/xml"],
)
def test_text_bodies_arrive_as_text(site: Site, api: str, content_type: str) -> None:
    """Text and JSON aren't encoded."""
    event = site.request(
        api, "POST", headers={"Content-Type": content_type}, body=b'"\xc3\xa9"'
    ).json()
    assert (event["body"], event["isBase64Encoded"]) == ('"é"', False)


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "application/x-www-form-urlencoded", "application/vnd.api+json"],
)
def test_other_bodies_arrive_as_base64(site: Site, api: str, content_type: str) -> None:
    """Everything that isn't text is encoded, forms included."""
    event = site.request(
        api, "POST", headers={"Content-Type": content_type}, body=b"a=\xff"
    ).json()
    assert base64.b64decode(event["body"]) == b"a=\xff"
    assert event["isBase64Encoded"] is True


def test_body_without_type_arrives_as_base64(site: Site, api: str) -> None:
    """A body whose type isn't named is taken for bytes."""
    event = site.request(api, "POST", body=b"hi").json()
    assert (event["body"], event["isBase64Encoded"]) == ("aGk=", True)


def test_stage_variables(site: Site, function: str) -> None:
    """A named stage goes before the path, and its variables into the event."""
    api = site.http_api(function, "GET /pets")
    site.client("apigatewayv2").create_stage(
        ApiId=api, StageName="prod", AutoDeploy=True, StageVariables={"colour": "blue"}
    )
    event = site.request(site.url(api, "prod") + "pets").json()
    assert event["stageVariables"] == {"colour": "blue"}
    assert event["rawPath"] == "/prod/pets"
    assert event["requestContext"]["stage"] == "prod"


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "pets/dog/1", "GET /pets/dog/1"),
        ("GET", "pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "test/5", "ANY /{proxy+}"),
        ("GET", "", "$default"),
    ],
)
def test_most_specific_route_wins(
    site: Site, routed: str, method: str, path: str, route: str
) -> None:
    """The developer guide's table of which route a request takes."""
    event = site.request(f"{routed}{path}", method).json()
    assert event["routeKey"] == route


@pytest.fixture(scope="module")
def routed(site: Site, function: str) -> str:
    """An API with the routes of the developer guide's table."""
    return site.url(
        site.http_api(
            function,
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "GET /pets/dog/{id}",
            "GET /pets/dog/1",
        )
    )


def test_method_comes_before_any(site: Site, function: str) -> None:
    """A route for the method is chosen before one for ANY."""
    api = site.http_api(function, "ANY /pets", "GET /pets")
    assert site.request(site.url(api) + "pets").json()["routeKey"] == "GET /pets"


def test_path_parameters_are_decoded(site: Site, function: str) -> None:
    """A variable's value is decoded."""
    api = site.http_api(function, "GET /pets/{id}")
    event = site.request(site.url(api) + "pets/a%2Bb").json()
    assert event["pathParameters"] == {"id": "a+b"}


@pytest.mark.parametrize("path", ["nothing", "pets/", "pets/1"])
def test_no_route_is_not_found(site: Site, function: str, path: str) -> None:
    """Without a matching route the answer is 404; a trailing slash doesn't match."""
    api = site.http_api(function, "GET /pets")
    answer = site.request(site.url(api) + path)
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')


def test_no_permission_is_internal_server_error(site: Site) -> None:
    """A function whose policy doesn't name API Gateway can't be called."""
    api = site.http_api(site.function(allow=False))
    answer = site.request(site.url(api))
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize(
    ("pattern", "status"),
    [("*/GET/pets/{id}", 200), ("$default/*/pets/*", 200), ("*/POST/pets/*", 500)],
)
def test_permission_may_name_a_route(site: Site, pattern: str, status: int) -> None:
    """The source ARN is API, stage, method and route."""
    function = site.function(allow=False)
    api = site.http_api(function, "GET /pets/{id}")
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{pattern}"
    site.permit(function, SourceArn=source)
    assert site.request(site.url(api) + "pets/1").status == status


def test_object_without_status_is_the_body(site: Site, api: str) -> None:
    """Any JSON without a statusCode is the body of a 200."""
    answer = site.request(api, headers=told({"a": 1}))
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert answer.headers["Content-Type"] == "application/json"


def test_text_is_the_body(site: Site, api: str) -> None:
    """A returned string reaches the client without its quotes, unlike by a URL."""
    answer = site.request(api, headers=told('say "hi"'))
    assert (answer.status, answer.body) == (200, b'say "hi"')


@pytest.mark.parametrize("value", [42, True, [1, 2], None])
def test_any_json_is_the_body(site: Site, api: str, value: Any) -> None:
    """Numbers, lists and null are the body as they are, typed as JSON."""
    answer = site.request(api, headers=told(value))
    assert (answer.status, answer.json()) == (200, value)


def test_answer_sets_status_headers_and_cookies(site: Site, api: str) -> None:
    """An answer with a statusCode is taken at its word."""
    answer = site.request(
        api,
        headers=told(
            {
                "statusCode": 201,
                "headers": {"X-A": "1", "content-type": "text/csv"},
                "cookies": ["a=1; Path=/"],
                "body": "x,y",
            }
        ),
    )
    assert (answer.status, answer.body) == (201, b"x,y")
    assert answer.headers["X-A"] == "1"
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Set-Cookie"] == "a=1; Path=/"


def test_content_type_is_text_by_default(site: Site, api: str) -> None:
    """An answer with a statusCode and no content type is plain text."""
    answer = site.request(api, headers=told({"statusCode": 200, "body": "{}"}))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_encoded_body_is_decoded(site: Site, api: str) -> None:
    """isBase64Encoded makes bytes of the body."""
    answer = site.request(
        api,
        headers=told({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}),
    )
    assert answer.body == b"\xff"


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": "two hundred"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "body": "!", "isBase64Encoded": True},
    ],
)
def test_malformed_answer_is_internal_server_error(
    site: Site, api: str, answer: Any
) -> None:
    """An answer with a statusCode has to be well-formed."""
    got = site.request(api, headers=told(answer))
    assert (got.status, got.body) == (500, b'{"message":"Internal Server Error"}')


def test_failing_function_is_internal_server_error(site: Site, api: str) -> None:
    """What the function raised isn't told to the client."""
    answer = site.request(api, headers={"x-answer": "raise"})
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')
    assert answer.headers["Content-Type"] == "application/json"


def test_slow_function_is_service_unavailable(site: Site) -> None:
    """Past the integration's time limit the answer is 503."""
    api = site.http_api(site.function("forever", timeout=25), TimeoutInMillis=50)
    answer = site.request(site.url(api))
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')


def test_body_over_10_mb_is_refused(site: Site, api: str) -> None:
    """An HTTP API takes 10 MB at most."""
    answer = site.request(api, "POST", body=b"a" * (10 * 1024 * 1024 + 1))
    assert answer.status == 413
    assert answer.json() == {"message": "Request Entity Too Large"}


def test_payload_1_0_on_request(site: Site, function: str) -> None:
    """An integration of payload format 1.0 gets the older event, with a version."""
    api = site.http_api(function, "GET /pets/{id}", PayloadFormatVersion="1.0")
    event = site.request(site.url(api) + "pets/7?a=1&a=2").json()
    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert list(event.pop("multiValueHeaders")) == list(headers)
    assert event == {
        "version": "1.0",
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "queryStringParameters": {"a": "2"},
        "multiValueQueryStringParameters": {"a": ["1", "2"]},
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert context["resourceId"] == "GET /pets/{id}"
    assert context["identity"]["sourceIp"] == "127.0.0.1"


def test_payload_1_0_keeps_the_path_encoded(site: Site, function: str) -> None:
    """The older event has the path as sent, and its parameters decoded."""
    api = site.http_api(function, "GET /pets/{id}", PayloadFormatVersion="1.0")
    event = site.request(site.url(api) + "pets/a%20b").json()
    assert event["path"] == "/pets/a%20b"
    assert event["pathParameters"] == {"id": "a b"}


def test_payload_1_0_needs_a_status(site: Site, function: str) -> None:
    """Format 1.0 infers nothing."""
    api = site.http_api(function, PayloadFormatVersion="1.0")
    assert site.request(site.url(api), headers=told({"a": 1})).status == 500


def test_undeployed_stage_serves_nothing_new(site: Site, function: str) -> None:
    """A stage without automatic deployment serves its deployment's routes."""
    client = site.client("apigatewayv2")
    api = site.http_api(function, "GET /old")
    client.create_stage(ApiId=api, StageName="prod")
    client.create_deployment(ApiId=api, StageName="prod")
    route = client.get_routes(ApiId=api)["Items"][0]
    client.create_route(ApiId=api, RouteKey="GET /new", Target=route["Target"])
    url = site.url(api, "prod")
    assert site.request(url + "old").status == 200
    assert site.request(url + "new").status == 404
    client.create_deployment(ApiId=api, StageName="prod")
    assert site.request(url + "new").status == 200


def test_host_form(site: Site, function: str) -> None:
    """A Host of the API's own reaches it at the root."""
    api = site.http_api(function, "GET /pets")
    for host in (
        f"{api}.execute-api.localhost:1234",
        f"{api}.execute-api.{REGION}.amazonaws.com",
    ):
        answer = site.request(f"{site.cloud.endpoint_url}/pets", headers={"Host": host})
        assert answer.json()["rawPath"] == "/pets"


def test_authorizers_are_refused_loudly(site: Site, function: str) -> None:
    """What isn't modelled is said, never ignored."""
    client = site.client("apigatewayv2")
    api = site.http_api(function)
    route = client.get_routes(ApiId=api)["Items"][0]["RouteId"]
    client.update_route(ApiId=api, RouteId=route, AuthorizationType="JWT")
    answer = site.request(site.url(api))
    assert answer.status == 501
    assert "JWT authorizers of HTTP APIs" in answer.json()["message"]


def test_disabled_endpoint_is_not_found(site: Site, function: str) -> None:
    """DisableExecuteApiEndpoint takes the default endpoint away."""
    api = site.http_api(function, api={"DisableExecuteApiEndpoint": True})
    assert site.request(site.url(api)).status == 404


def test_burst_is_throttled(site: Site, function: str) -> None:
    """Past the stage's burst the answer is 429."""
    api = site.http_api(function)
    site.client("apigatewayv2").update_stage(
        ApiId=api,
        StageName="$default",
        DefaultRouteSettings={"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.0},
    )
    assert site.request(site.url(api)).status == 200
    answer = site.request(site.url(api))
    assert (answer.status, answer.json()) == (429, {"message": "Too Many Requests"})
