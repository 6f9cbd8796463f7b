"""Operations, routes and protocol."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from grader.cloud.functions import calls, service_model

Refused = Callable[..., tuple[str, str, int]]

# Answered by the invoking side of the local cloud.
INVOKING = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
UNMODELLED = {
    "CheckpointDurableExecution",
    "CreateCapacityProvider",
    "DeleteCapacityProvider",
    "DeleteDurableExecution",
    "DeleteResourcePolicy",
    "GetCapacityProvider",
    "GetDurableExecution",
    "GetDurableExecutionHistory",
    "GetDurableExecutionState",
    "GetFunctionScalingConfig",
    "GetResourcePolicy",
    "ListCapacityProviders",
    "ListDurableExecutionsByFunction",
    "ListFunctionVersionsByCapacityProvider",
    "PauseDurableExecution",
    "PutFunctionScalingConfig",
    "PutResourcePolicy",
    "ResumeDurableExecution",
    "SendDurableExecutionCallbackFailure",
    "SendDurableExecutionCallbackHeartbeat",
    "SendDurableExecutionCallbackSuccess",
    "StopDurableExecution",
    "UpdateCapacityProvider",
}


def test_every_operation_is_decided() -> None:
    """A new botocore's new operations need a decision."""
    known = set(service_model.service().operation_names)
    assert known == set(calls.operations) | INVOKING | UNMODELLED


def test_names_the_operation_that_it_does_not_model(aws: Any, refused: Refused) -> None:
    """Nothing is accepted and then ignored."""
    assert refused(aws.list_capacity_providers) == (
        "InvalidParameterValueException",
        "The local cloud doesn't model Lambda's operation ListCapacityProviders; real"
        " AWS does.",
        400,
    )


def send(endpoint: str, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
    """Send a signed request; returns the status and the error's type."""
    request = AWSRequest(method, endpoint + path, data=body)
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    prepared = urllib.request.Request(
        endpoint + path, body or None, dict(request.headers), method=method
    )
    try:
        with urllib.request.urlopen(prepared) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["x-amzn-ErrorType"]


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("GET", "/2015-03-31/functions/", b"", (200, "")),
        ("GET", "/2015-03-31/nothing", b"", (404, "UnknownOperationException")),
        ("POST", "/2015-03-31/functions", b"{", (400, "SerializationException")),
        ("POST", "/2015-03-31/functions", b"[]", (400, "SerializationException")),
        (
            "POST",
            "/2015-03-31/functions",
            b'{"Timeout": "long"}',
            (400, "SerializationException"),
        ),
        (
            "POST",
            "/2015-03-31/functions",
            b'{"Code": {"ZipFile": "%%"}}',
            (400, "SerializationException"),
        ),
        ("POST", "/2015-03-31/functions", b"{}", (400, "ValidationException")),
    ],
)
def test_answers_whatever_is_sent(
    endpoint: str, method: str, path: str, body: bytes, answer: tuple[int, str]
) -> None:
    """Each wrong request has its error."""
    assert send(endpoint, method, path, body) == answer
