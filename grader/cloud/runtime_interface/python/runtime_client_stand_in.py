"""A pure-Python stand-in for awslambdaric's native ``runtime_client`` module.

Used where awslambdaric has no wheel with the native client. It has the same four
functions and speaks the same Lambda Runtime API (version 2018-06-01) over one
kept-alive connection.
"""

from __future__ import annotations

import http.client
import os

_ERROR_CONTENT_TYPE = "application/vnd.aws.lambda.error+json"
_connection: http.client.HTTPConnection | None = None
_user_agent = ""


def initialize_client(user_agent: str) -> None:
    global _user_agent
    _user_agent = user_agent


def _request(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    _connection.request(
        method,
        "/2018-06-01/runtime" + path,
        body,
        {"User-Agent": _user_agent, **(headers or {})},
    )
    response = _connection.getresponse()
    return response, response.read()


def next() -> tuple[bytes, dict[str, str]]:  # noqa: A001 - the native name
    response, body = _request("GET", "/invocation/next")
    if response.status != 200:
        raise RuntimeError(f"Failed to get next: {response.status}")
    return body, dict(response.getheaders())


def post_invocation_result(
    invoke_id: str,
    data: bytes,
    content_type: str = "application/json",
    invocation_id: str | None = None,
) -> None:
    response, _ = _request(
        "POST",
        f"/invocation/{invoke_id}/response",
        data,
        {"Content-Type": content_type},
    )
    if response.status != 202:
        raise RuntimeError(f"Failed to post invocation response: {response.status}")


def post_error(
    invoke_id: str,
    error_response_data: str,
    xray_fault: str,
    invocation_id: str | None = None,
) -> None:
    # xray_fault travels in a header on AWS; the lab's Runtime API doesn't use it.
    response, _ = _request(
        "POST",
        f"/invocation/{invoke_id}/error",
        error_response_data.encode("utf-8"),
        {
            "Content-Type": _ERROR_CONTENT_TYPE,
            "Lambda-Runtime-Function-Error-Type": "Unhandled",
        },
    )
    if response.status != 202:
        raise RuntimeError(f"Failed to post invocation error: {response.status}")
