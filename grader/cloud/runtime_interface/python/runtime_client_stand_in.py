"""A pure-Python stand-in for awslambdaric's native ``runtime_client`` module.

Used where awslambdaric has no wheel with the native client. It has the same four
functions and speaks the same Lambda Runtime API (version 2018-06-01) over one
kept-alive connection.
"""

import http.client
import os

_ERROR_CONTENT_TYPE = "application/vnd.aws.lambda.error+json"
_connection = None
_user_agent = ""


def initialize_client(user_agent):
    global _user_agent
    _user_agent = user_agent


def _request(method, path, body=None, headers=None):
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


def next():
    response, body = _request("GET", "/invocation/next")
    if response.status != 200:
        raise RuntimeError(f"Failed to get next: {response.status}")
    return body, dict(response.getheaders())


def post_invocation_result(
    invoke_id, data, content_type="application/json", invocation_id=None
):
    response, _ = _request(
        "POST",
        f"/invocation/{invoke_id}/response",
        data,
        {"Content-Type": content_type},
    )
    if response.status != 202:
        raise RuntimeError(f"Failed to post invocation response: {response.status}")


def post_error(invoke_id, error_response_data, xray_fault, invocation_id=None):
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
