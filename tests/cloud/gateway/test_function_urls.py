"""Function URLs over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from grader.cloud import functions
from tests.cloud.gateway.conftest import ACCOUNT, REGION, Answer, Site, told

FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, '
    b'see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)


def function_url(
    site: Site, *actions: str, handler: str = "handler", **more: Any
) -> str:
    """Create a function with a URL that is open for these actions."""
    client = site.client("lambda")
    function = site.function(handler, allow=False)
    config = {"AuthType": "NONE"} | more
    url = client.create_function_url_config(FunctionName=function, **config)
    conditions: dict[str, dict[str, Any]] = {
        "lambda:InvokeFunctionUrl": {"FunctionUrlAuthType": "NONE"},
        "lambda:InvokeFunction": {"InvokedViaFunctionUrl": True},
    }
    for action in actions:
        client.add_permission(
            FunctionName=function,
            StatementId=site.name("url"),
            Action=action,
            Principal="*",
            **conditions[action],
        )
    return site.url(url["FunctionUrl"])


BOTH = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@pytest.fixture(scope="module")
def url(site: Site) -> str:
    """A public function URL."""
    return function_url(site, *BOTH)


@pytest.mark.parametrize("actions", [(), BOTH[:1], BOTH[1:]])
def test_both_permissions_are_needed(site: Site, actions: tuple[str, ...]) -> None:
    """With one permission only, even AuthType NONE is forbidden."""
    answer = site.request(function_url(site, *actions))
    assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_unknown_url_is_forbidden(site: Site) -> None:
    """A URL of no function is forbidden."""
    url = f"{site.cloud.endpoint_url}/_aws/lambda-url/{'a' * 32}/"
    assert site.request(url).status == 403


def test_event_has_exactly_the_keys_of_a_function_url(site: Site, url: str) -> None:
    """The event is payload 2.0; nobody signed, so the account is anonymous."""
    answer = site.request(url, headers={"User-Agent": "me"})
    event = answer.json()
    context = event.pop("requestContext")
    headers = event.pop("headers")
    url_id = context["apiId"]
    for name in ("time", "timeEpoch"):
        del context[name]
    assert event == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "isBase64Encoded": False,
    }
    assert context == {
        "accountId": "anonymous",
        "apiId": url_id,
        "domainName": f"{url_id}.lambda-url.{REGION}.on.aws",
        "domainPrefix": url_id,
        "http": {
            "method": "GET",
            "path": "/",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "me",
        },
        "requestId": answer.headers["x-amzn-RequestId"],
        "routeKey": "$default",
        "stage": "$default",
    }
    assert headers["host"] == f"{url_id}.lambda-url.{REGION}.on.aws"


def test_path_stays_encoded(site: Site, url: str) -> None:
    """A function URL hands the path on as it was sent."""
    event = site.request(f"{url}a%20b?c=%20").json()
    assert event["rawPath"] == "/a%20b"
    assert event["rawQueryString"] == "c=%20"
    assert event["queryStringParameters"] == {"c": " "}


def test_anything_is_a_body(site: Site, url: str) -> None:
    """What isn't an object with a statusCode is the JSON body of a 200."""
    answer = site.request(url, headers=told("Hello, world!"))
    assert (answer.status, answer.body) == (200, b'"Hello, world!"')
    assert answer.headers["Content-Type"] == "application/json"


def test_content_type_is_json_by_default(site: Site, url: str) -> None:
    """Unlike an HTTP API's, also beside a statusCode."""
    answer = site.request(url, headers=told({"statusCode": 202, "body": "hi"}))
    assert (answer.status, answer.body) == (202, b"hi")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "headers", [{"x-answer": "raise"}, told({"statusCode": 200, "body": {"a": 1}})]
)
def test_failure_is_bad_gateway(site: Site, url: str, headers: dict[str, str]) -> None:
    """A function that fails, or answers malformed, is a bad gateway."""
    answer = site.request(url, headers=headers)
    assert (answer.status, answer.body) == (502, b"Internal Server Error")


def test_throttled_function_is_too_many_requests(site: Site) -> None:
    """Lambda's throttling reaches the client as it is."""
    url = function_url(site, *BOTH)
    config = functions.url_config(url.rstrip("/").rpartition("/")[2])
    assert config is not None
    site.client("lambda").put_function_concurrency(
        FunctionName=config.function, ReservedConcurrentExecutions=0
    )
    assert site.request(url).status == 429


def test_host_form(site: Site, url: str) -> None:
    """A Host of the URL's own reaches it at the root."""
    url_id = url.rstrip("/").rpartition("/")[2]
    for host in (
        f"{url_id}.lambda-url.{REGION}.on.aws",
        f"{url_id}.lambda-url.localhost",
    ):
        answer = site.request(f"{site.cloud.endpoint_url}/a", headers={"Host": host})
        assert answer.json()["rawPath"] == "/a"


def signed(site: Site, url: str, key: str = "test", secret: str = "test") -> Answer:
    """Send a signed request."""
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(key, secret), "lambda", REGION).add_auth(request)
    return site.request(url, headers=dict(request.headers))


@pytest.fixture(scope="module")
def private(site: Site) -> str:
    """A function URL for signed requests only."""
    return function_url(site, AuthType="AWS_IAM")


def test_unsigned_request_is_forbidden(site: Site, private: str) -> None:
    """AWS_IAM takes signed requests only."""
    answer = site.request(private)
    assert (answer.status, answer.body) == (403, FORBIDDEN)


def test_signer_is_in_the_event(site: Site, private: str) -> None:
    """Who signed is in the request context."""
    context = signed(site, private).json()["requestContext"]
    assert context["accountId"] == ACCOUNT
    assert sorted(context["authorizer"]["iam"]) == [
        "accessKey",
        "accountId",
        "callerId",
        "cognitoIdentity",
        "principalOrgId",
        "userArn",
        "userId",
    ]


def test_a_signer_needs_both_permissions(site: Site, private: str) -> None:
    """By its own policies here; one action of the two isn't enough."""
    iam = site.client("iam")
    name = site.name("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def status(*actions: str) -> int:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_user_policy(
            UserName=name,
            PolicyName="may",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
        keys = key["AccessKeyId"], key["SecretAccessKey"]
        return signed(site, private, *keys).status

    assert status("s3:ListAllMyBuckets") == 403
    assert status("lambda:InvokeFunctionUrl") == 403
    assert status("lambda:InvokeFunctionUrl", "lambda:InvokeFunction") == 200


def test_a_signer_whose_key_is_gone_is_forbidden(site: Site, private: str) -> None:
    """A key that IAM deleted signs for nobody."""
    iam = site.client("iam")
    name = site.name("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    answer = signed(site, private, key["AccessKeyId"], key["SecretAccessKey"])
    assert (answer.status, answer.body) == (403, FORBIDDEN)


def test_streaming_is_refused_loudly(site: Site) -> None:
    """Response streaming isn't modelled."""
    url = function_url(site, *BOTH, InvokeMode="RESPONSE_STREAM")
    assert site.request(url).status == 501
