"""boto3 says inside the lab's process what it says over the lab's port."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore
import botocore.exceptions
import pytest
from botocore.config import Config
from werkzeug.wrappers import Request

from grader.checks.inner_calls import InnerCalls
from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from grader.cloud.inner_requests import InnerRequests
from grader.lab import sessions
from grader.lab.cloud import Cloud as Handle
from grader.lab.cloud import Keys
from grader.process import _examiner

# Each answer has its own.
OF_THE_MOMENT = {
    *("RequestId", "HostId", "x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"),
    *("date", "server", "connection", "keep-alive", "transfer-encoding"),
    *("content-length", "x-amzn-trace-id"),
}


class Counted:
    """Counts what is answered inside."""

    def __init__(self, cloud: Cloud) -> None:
        self._answer = InnerRequests(cloud.router, cloud.endpoint_url).answer
        self.number = 0

        self.headers: dict[str, str] = {}
        """Those of the last request."""

    def ask(self, *request: Any) -> Any:
        self.number += 1
        self.headers = request[2]
        return self._answer(*request)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud()
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def outer(cloud: Cloud) -> Handle:
    """A handle over the port: its clients are there before the inner ones'."""
    made = Handle(cloud.endpoint_url, "us-east-1", keys=Keys("examiner", "examiner"))
    for service in ("s3", "dynamodb", "lambda", "sts"):
        made.client(service)
    return made


@pytest.fixture(scope="module")
def inside(cloud: Cloud, outer: Handle) -> Iterator[Counted]:
    counted = Counted(cloud)
    InnerCalls(counted.ask).install(cloud.endpoint_url)
    yield counted
    sessions.of_all.cache_clear()


@pytest.fixture(scope="module")
def inner(cloud: Cloud, inside: Counted) -> Handle:
    return Handle(cloud.endpoint_url, "us-east-1", keys=Keys("examiner", "examiner"))


@pytest.fixture(scope="module", autouse=True)
def resources(outer: Handle) -> None:
    s3 = outer.client("s3")
    s3.create_bucket(Bucket="letters")
    s3.put_object(Bucket="letters", Key="a b/é+%", Body=b"hello", Metadata={"k": "v"})
    outer.client("dynamodb").create_table(
        TableName="letters",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _said(ask: Callable[[], Any]) -> Any:
    try:
        return _lasting(ask())
    except botocore.exceptions.ClientError as refused:
        return type(refused).__name__, _lasting(refused.response)


def _lasting(said: Any) -> Any:
    if isinstance(said, dict):
        return {k: _lasting(v) for k, v in said.items() if k not in OF_THE_MOMENT}
    return said.read() if hasattr(said, "read") else said


@pytest.mark.parametrize(
    ("service", "operation", "order"),
    [
        ("sts", "get_caller_identity", {}),
        ("s3", "get_object", {"Bucket": "letters", "Key": "a b/é+%"}),
        ("s3", "head_object", {"Bucket": "letters", "Key": "a b/é+%"}),
        ("s3", "head_object", {"Bucket": "letters", "Key": "none"}),
        ("s3", "get_object", {"Bucket": "letters", "Key": "none"}),
        ("s3", "list_objects_v2", {"Bucket": "letters", "Prefix": "a b/"}),
        ("s3", "put_object", {"Bucket": "letters", "Key": "x/ y", "Body": b"1" * 9999}),
        ("s3", "delete_object", {"Bucket": "letters", "Key": "nobody's"}),
        ("dynamodb", "put_item", {"TableName": "letters", "Item": {"id": {"S": "é"}}}),
        ("dynamodb", "scan", {"TableName": "none"}),
        ("lambda", "get_function", {"FunctionName": "none"}),
        ("lambda", "list_functions", {}),
    ],
)
def test_both_ways_bring_the_same_answer(
    outer: Handle,
    inner: Handle,
    inside: Counted,
    service: str,
    operation: str,
    order: dict[str, Any],
) -> None:
    """Statuses, headers, bodies and errors; and the inner one comes by no socket."""
    before = inside.number
    over_the_port = _said(lambda: getattr(outer.client(service), operation)(**order))
    assert inside.number == before
    here = _said(lambda: getattr(inner.client(service), operation)(**order))
    assert here == over_the_port
    assert inside.number == before + 1


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "list_buckets"), ("dynamodb", "list_tables")]
)
def test_a_header_says_who_asks_and_proves_nothing(
    inner: Handle, inside: Counted, service: str, operation: str
) -> None:
    """The lab doesn't check it."""
    getattr(inner.client(service), operation)()
    scheme, _, rest = inside.headers["Authorization"].partition(" ")
    told = dict(one.split("=") for one in rest.split(", "))
    key, day, *scope = told["Credential"].split("/")
    assert (scheme, key, scope) == (
        "AWS4-HMAC-SHA256",
        "examiner",
        ["us-east-1", service, "aws4_request"],
    )
    assert inside.headers["X-Amz-Date"].startswith(day)
    assert set(told["Signature"]) == {"0"}


def test_a_url_is_signed_as_ever(inner: Handle) -> None:
    """The lab checks that: a letter of the path that is another is refused."""
    url = inner.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": "letters", "Key": "a b/é+%"}
    )
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.replace("/a%20b/", "/b%20b/"))


def test_what_is_not_to_be_signed_is_not(cloud: Cloud, inside: Counted) -> None:
    """Whoever asks as nobody is nobody."""
    nobody = sessions.of_all(cloud.endpoint_url).client(
        "s3",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        config=Config(signature_version=botocore.UNSIGNED),
    )
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        nobody.list_objects_v2(Bucket="letters")
    assert "Authorization" not in inside.headers


def test_an_invocation_goes_over_the_port(inner: Handle, inside: Counted) -> None:
    """It may take as long as a function does: botocore's patience ends it."""
    before = inside.number
    with pytest.raises(botocore.exceptions.ClientError, match="Function not found"):
        inner.client("lambda").invoke(FunctionName="none")
    assert inside.number == before


def test_a_body_that_is_read_on_the_way_goes_over_the_port(
    inner: Handle, inside: Counted, tmp_path: Path
) -> None:
    """What gives it may be at work still."""
    before = inside.number
    s3 = inner.client("s3")
    (tmp_path / "file").write_bytes(b"from a file")
    with (tmp_path / "file").open("rb") as file:
        s3.put_object(Bucket="letters", Key="file", Body=file)
    assert inside.number == before
    assert s3.get_object(Bucket="letters", Key="file")["Body"].read() == b"from a file"


def test_whoever_calls_inside_has_a_short_name(inner: Handle) -> None:
    """What botocore says of itself at length costs more than some answers."""
    agents = []
    client = inner.client("sts")
    client.meta.events.register_first(
        "before-send.sts",
        lambda request, **_: agents.append(request.headers["User-Agent"]),
    )
    client.get_caller_identity()
    (agent,) = agents
    assert agent.startswith(b"Boto3 examiner Botocore/") and b" lang/" not in agent


def test_a_labs_examiner_asks_inside() -> None:
    """From its first request on: this cloud doesn't serve its port.

    The last here: whoever makes a client after it makes another session.
    """
    cloud = Cloud()
    try:
        respond = _examiner(cloud, Control(cloud), None)
        asked = Request.from_values("/_lab/checks")
        assert respond(asked).status_code == 200
        keys = Keys("examiner", "examiner")
        handle = Handle(cloud.endpoint_url, "us-east-1", keys=keys)
        assert handle.account == cloud.account
    finally:
        cloud.close()
        sessions.of_all.cache_clear()
