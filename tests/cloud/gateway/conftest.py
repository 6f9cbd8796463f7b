"""The local cloud, with functions that answer what a test tells them to."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest
import urllib3

from grader.cloud.cloud import Cloud

REGION = "eu-west-1"
ACCOUNT = "123456789012"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
# Answers with what the request's x-answer header says, or else with the event.
_CODE = """
import json

def handler(event, context):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    answer = headers.get("x-answer")
    if answer == "raise":
        raise ValueError("no")
    if answer is not None:
        return json.loads(answer)
    return {"statusCode": 200, "body": json.dumps(event)}

def plain(event, context):
    if event.get("fail"):
        raise ValueError(event["fail"])
    return event

def forever(event, context):
    while True:
        pass
"""


@dataclass(frozen=True)
class Answer:
    """An HTTP response as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A client of the local cloud that makes what a test needs."""

    cloud: Cloud
    http: urllib3.PoolManager
    region: str = REGION
    _numbers: Any = field(default_factory=count)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            session = boto3.Session("test", "test", region_name=self.region)
            client = session.client(service, endpoint_url=self.cloud.endpoint_url)
            self._clients[service] = client
        return self._clients[service]

    def name(self, what: str) -> str:
        return f"{what}-{next(self._numbers)}"

    def function(
        self, handler: str = "handler", *, allow: bool = True, timeout: int = 10
    ) -> str:
        """Create a function, open to API Gateway unless told not to; its ARN."""
        name = self.name("function")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("index.py", _CODE)
        role = self.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST)
        )
        arn = self.client("lambda").create_function(
            FunctionName=name,
            Role=role["Role"]["Arn"],
            Runtime="python3.13",
            Handler=f"index.{handler}",
            Timeout=timeout,
            Code={"ZipFile": archive.getvalue()},
        )["FunctionArn"]
        if allow:
            self.permit(arn)
        return str(arn)

    def permit(self, function: str, **condition: str) -> None:
        """Let API Gateway call a function."""
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId=self.name("api"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            **condition,
        )

    def url(self, target: str, stage: str | None = None) -> str:
        return self.cloud.gateway.invoke_url(
            self.cloud.endpoint_url, target, stage=stage
        )

    def request(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        answer = self.http.request(
            method, url, headers=dict(headers or {}), body=body, redirect=False
        )
        return Answer(answer.status, answer.headers, answer.data)

    def today(self) -> str:
        """Return the lab's date, in UTC."""
        return datetime.fromtimestamp(self.cloud.clock.now(), UTC).date().isoformat()

    # HTTP APIs

    def http_api(self, function: str, *routes: str, **settings: Any) -> str:
        """Create an HTTP API with these routes to a function; its id."""
        client = self.client("apigatewayv2")
        api = client.create_api(
            Name="api", ProtocolType="HTTP", **settings.pop("api", {})
        )["ApiId"]
        integration = client.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function,
            **({"PayloadFormatVersion": "2.0"} | settings),
        )["IntegrationId"]
        for route in routes or ("$default",):
            client.create_route(
                ApiId=api, RouteKey=route, Target=f"integrations/{integration}"
            )
        client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        return str(api)

    # REST APIs

    def rest_api(self, **settings: Any) -> tuple[str, str]:
        """Create a REST API; its id and its root resource's."""
        api = self.client("apigateway").create_rest_api(name="api", **settings)
        return api["id"], api["rootResourceId"]

    def resource(self, api: str, path: str) -> str:
        """Create the resources of a path; the last one's id."""
        client = self.client("apigateway")
        known = {
            one["path"]: one["id"]
            for one in client.get_resources(restApiId=api, limit=500)["items"]
        }
        parent, done = known["/"], ""
        for part in path.split("/")[1:]:
            if not part:
                break
            done += f"/{part}"
            if done not in known:
                known[done] = client.create_resource(
                    restApiId=api, parentId=parent, pathPart=part
                )["id"]
            parent = known[done]
        return str(parent)

    def method(
        self, api: str, path: str, verb: str = "GET", **integration: Any
    ) -> dict[str, str]:
        """Put a method with its integration on a path; how to name it."""
        settings = integration.pop("method", {})
        where = {
            "restApiId": api,
            "resourceId": self.resource(api, path),
            "httpMethod": verb,
        }
        client = self.client("apigateway")
        client.put_method(**where, **({"authorizationType": "NONE"} | settings))
        client.put_integration(**where, **integration)
        return where

    def proxy(
        self, api: str, path: str, function: str, verb: str = "GET", **more: Any
    ) -> dict[str, str]:
        """Put a Lambda proxy method on a path."""
        return self.method(
            api,
            path,
            verb,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=path_arn(function),
            **more,
        )

    def mock(
        self,
        api: str,
        path: str,
        body: str,
        verb: str = "GET",
        *,
        status: str = "200",
        request: str = '{"statusCode": 200}',
    ) -> dict[str, str]:
        """Put a mock method on a path."""
        where = self.method(
            api,
            path,
            verb,
            type="MOCK",
            requestTemplates={"application/json": request},
        )
        client = self.client("apigateway")
        client.put_method_response(**where, statusCode=status)
        client.put_integration_response(
            **where, statusCode=status, responseTemplates={"application/json": body}
        )
        return where

    def deploy(self, api: str, stage: str = "v1", **settings: Any) -> str:
        """Deploy a REST API to a stage; the stage's URL without a slash."""
        self.client("apigateway").create_deployment(
            restApiId=api, stageName=stage, **settings
        )
        return self.url(api, stage).rstrip("/")


def path_arn(function: str) -> str:
    """Write a function's ARN as REST integrations do."""
    return (
        f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}"
        "/invocations"
    )


def told(answer: Any) -> dict[str, str]:
    """Make the header that tells the function what to answer."""
    return {"x-answer": json.dumps(answer)}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A local cloud on a port of its own."""
    cloud = Cloud()
    cloud.start()
    with urllib3.PoolManager(retries=False) as http:
        yield Site(cloud, http)
    cloud.close()


@pytest.fixture(scope="module")
def function(site: Site) -> str:
    """The ARN of a function that answers with the event, or as it is told."""
    return site.function()
