"""A server with Lambda's control plane in front of moto, for boto3 to talk to."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from cheroot.wsgi import Server
from moto.core.base_backend import BackendDict
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request

from grader.cloud import functions
from grader.cloud.access import acting

ACCOUNT = "123456789012"
REGION = "us-east-1"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


def _application() -> Callable[..., Any]:
    functions.install()
    moto = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"].startswith(functions.DOWNLOADS):
            return functions.respond_download(Request(environ))(environ, start)
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None or scope["service"] != "lambda":
            return moto(environ, start)
        respond = functions.respond(
            Request(environ), account=ACCOUNT, region=scope["region"]
        )
        return respond(environ, start)

    return application


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a running server."""
    server = Server(("127.0.0.1", 0), _application(), numthreads=4)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}"
    server.stop()
    thread.join()


@pytest.fixture(scope="module")
def clients(endpoint: str) -> Callable[..., Any]:
    """Make boto3 clients, one per service and Region, that check nothing themselves."""
    session = boto3.Session("test", "test", region_name=REGION)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})

    @cache
    def client(service: str, region: str = REGION) -> Any:
        return session.client(
            service, endpoint_url=endpoint, region_name=region, config=config
        )

    return client


@pytest.fixture
def connect(clients: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Make clients of an empty cloud."""
    BackendDict.reset()
    yield clients
    BackendDict.reset()


@pytest.fixture
def aws(connect: Callable[..., Any]) -> Any:
    """A Lambda client."""
    return connect("lambda")


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    """Make a deployment package of files; one Python module by default."""
    return _zipped


def _zipped(files: Mapping[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in (files or {"app.py": "def handler(e, c): ..."}).items():
            # A fixed time, so that the same files make the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


@pytest.fixture
def role(connect: Callable[..., Any]) -> str:
    """The ARN of a role that Lambda can assume, and may send outcomes with."""
    iam = connect("iam")
    arn = _role(iam, "lambda-role", "lambda.amazonaws.com")
    statement = {
        "Effect": "Allow",
        "Action": list(acting.SENDING.values()),
        "Resource": "*",
    }
    iam.put_role_policy(
        RoleName="lambda-role",
        PolicyName="sends",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return arn


@pytest.fixture
def make_role(connect: Callable[..., Any]) -> Callable[[str, str], str]:
    """Create a role of a name that a service may assume; returns its ARN."""
    return lambda name, service: _role(connect("iam"), name, service)


def _role(iam: Any, name: str, service: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


@pytest.fixture
def create(aws: Any, role: str) -> Callable[..., dict[str, Any]]:
    """Create a function; keyword arguments replace or add (None: take away)."""

    def made(name: str = "greet", **changes: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "app.handler",
            "Role": role,
            "Code": {"ZipFile": _zipped()},
            **changes,
        }
        answer: dict[str, Any] = aws.create_function(
            **{key: value for key, value in wanted.items() if value is not None}
        )
        return answer

    return made


@pytest.fixture
def refused() -> Callable[..., tuple[str, str, int]]:
    """Call and return the error's code, message and HTTP status."""

    def refuse(call: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        response = caught.value.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return response["Error"]["Code"], response["Error"]["Message"], status

    return refuse
