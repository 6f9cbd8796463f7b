"""A request out of the cloud's own process is the one the server would have made."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from grader.cloud.inner_requests import InnerRequests
from grader.cloud.server import Server

# Of a connection, of cheroot, and of the file that a body is read from.
OF_THE_SOCKET = {
    *("REMOTE_PORT", "ACTUAL_SERVER_PROTOCOL", "SERVER_NAME", "SERVER_SOFTWARE"),
    *("wsgi.input", "wsgi.errors"),
}


class Recorder:
    """An application that keeps what it is asked, its body read."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        told = {key: environ[key] for key in environ.keys() - OF_THE_SOCKET}
        self.asked.append({**told, "body": environ["wsgi.input"].read(length)})
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def server(recorder: Recorder) -> Iterator[Server]:
    made = Server(0)
    made.prepare()
    made.wsgi_app = recorder
    serving = threading.Thread(target=made.serve)
    serving.start()
    yield made
    made.stop()
    serving.join()


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/", {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b"}, b""),
        ("GET", "/bucket?list-type=2&prefix=a%2Fb%20c", {}, b""),
        ("PUT", "/bucket/a%2Fb%20c/caf%C3%A9+x", {"Content-Length": "3"}, b"abc"),
        ("PUT", "/b/k", {"x-amz-meta-a_b": "1", "Content-Length": "0"}, b""),
        (
            "POST",
            "/",
            {
                "X-Amz-Target": "DynamoDB_20120810.PutItem",
                "Content-Type": "application/x-amz-json-1.0",
                "Content-Length": "2",
            },
            b"{}",
        ),
    ],
)
def test_the_server_and_the_inner_way_ask_the_same(
    server: Server,
    recorder: Recorder,
    method: str,
    target: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Path, query, headers as they were spelled, the body; and the answer's date."""
    endpoint = f"http://127.0.0.1:{server.port}"
    outer = http.client.HTTPConnection("127.0.0.1", server.port)
    outer.request(method, target, body or None, headers)
    response = outer.getresponse()
    response.read()
    outer.close()
    inner = InnerRequests(recorder, endpoint)
    status, answered, content = inner.answer(method, endpoint + target, headers, body)
    assert recorder.asked[-1] == recorder.asked[-2]
    assert (status, content) == (200, b"ok")
    told = {name: value for name, value in response.getheaders() if name != "Server"}
    assert sorted(dict(answered)) == sorted(told)
    assert parsedate_to_datetime(dict(answered)["Date"]) >= parsedate_to_datetime(
        told["Date"]
    )


def test_what_a_request_leaves_in_its_context_stays_there() -> None:
    """It causes nothing of what the thread does next."""
    cause: ContextVar[str] = ContextVar("cause", default="nobody")

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        cause.set("the request")
        start_response("204 No Content", [("date", "its own")])
        return []

    inner = InnerRequests(application, "http://127.0.0.1:1")
    answered = inner.answer("GET", "http://127.0.0.1:1/", {}, b"")
    assert answered == (204, [("date", "its own")], b"")
    assert cause.get() == "nobody"


def test_an_application_that_breaks_answers_500() -> None:
    """As the server does: whoever asks may try again."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    inner = InnerRequests(application, "http://127.0.0.1:1")
    assert inner.answer("GET", "http://127.0.0.1:1/x", {}, b"")[0] == 500
