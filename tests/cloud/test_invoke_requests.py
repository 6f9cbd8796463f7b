"""Invoke on the wire: what it refuses and the headers of its answers."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

ECHO = "def handler(event, context):\n    return str(context.client_context.custom)\n"


@pytest.fixture(scope="module")
def name(account: Account) -> str:
    return account.deploy(ECHO)


def headers(account: Account, name: str, **settings: Any) -> dict[str, str]:
    answer = account.aws_lambda.invoke(FunctionName=name, **settings)
    found: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    return found


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_every_answer_carries_its_trace(account: Account, name: str, kind: str) -> None:
    found = headers(account, name, InvocationType=kind)
    assert re.match(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=",
        found["x-amzn-trace-id"],
    )


def test_an_accepted_event_names_no_version(account: Account, name: str) -> None:
    """Nothing ran yet: 202 has no X-Amz-Executed-Version."""
    found = headers(account, name, InvocationType="Event")
    assert "x-amz-executed-version" not in found


def test_a_dry_run_names_the_version(account: Account, name: str) -> None:
    found = headers(account, name, InvocationType="DryRun")
    assert found["x-amz-executed-version"] == "$LATEST"


def refusal(account: Account, name: str, **settings: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        account.aws_lambda.invoke(FunctionName=name, **settings)
    answer = error.value.response["Error"]
    return answer["Code"], answer["Message"]


def test_an_unknown_log_type_is_refused(account: Account, name: str) -> None:
    assert refusal(account, name, LogType="All") == (
        "ValidationException",
        "1 validation error detected: Value 'All' at 'logType' failed to satisfy"
        " constraint: Member must satisfy enum value set: [None, Tail]",
    )


def test_several_mistakes_are_told_at_once(account: Account, name: str) -> None:
    _, message = refusal(account, name, LogType="All", InvocationType="Later")
    assert message.startswith("2 validation errors detected: ")


def test_a_qualifier_that_can_be_none_is_refused(account: Account, name: str) -> None:
    code, message = refusal(account, name, Qualifier="a!")
    assert (code, "at 'qualifier'" in message) == ("ValidationException", True)


@pytest.mark.parametrize("context", ["!", base64.b64encode(b"[1]").decode()])
def test_a_client_context_is_an_encoded_object(
    account: Account, name: str, context: str
) -> None:
    assert refusal(account, name, ClientContext=context) == (
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
    )


def test_a_client_context_reaches_the_handler(account: Account, name: str) -> None:
    context = base64.b64encode(b'{"custom": {"shop": "Juniper"}}').decode()
    answer = account.invoke(name, ClientContext=context)
    assert answer.payload == "{'shop': 'Juniper'}"


def test_six_megabytes_are_too_many(account: Account, name: str) -> None:
    """As the SDKs' users report it: RequestEntityTooLargeException."""
    payload = b'"' + b"x" * (6 << 20) + b'"'
    assert refusal(account, name, Payload=payload) == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )


def stream(account: Account, code: str, **settings: Any) -> list[dict[str, Any]]:
    answer = account.aws_lambda.invoke_with_response_stream(
        FunctionName=account.deploy(code), **settings
    )
    return list(answer["EventStream"])


def test_a_streamed_answer_is_a_chunk_and_its_end(account: Account) -> None:
    """A function that answers as a whole gives one PayloadChunk."""
    assert stream(
        account, "def handler(event, context): return event", Payload="7"
    ) == [
        {"PayloadChunk": {"Payload": b"7"}},
        {"InvokeComplete": {}},
    ]


def test_a_streams_end_tells_of_the_error(account: Account) -> None:
    (last,) = stream(account, "def handler(event, context): raise ValueError('no')")
    end = last["InvokeComplete"]
    assert end["ErrorCode"] == "Unhandled"
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "no"


def test_a_streams_end_has_the_log(account: Account) -> None:
    code = "def handler(event, context): print('look')"
    end = stream(account, code, LogType="Tail")[-1]["InvokeComplete"]
    assert b"\nlook\n" in base64.b64decode(end["LogResult"])


def test_invoke_async_is_an_event_invocation(account: Account) -> None:
    """The old operation still answers: 202, and the function runs."""
    name = account.deploy("def handler(event, context):\n    print('ran', event)\n")
    answer = account.aws_lambda.invoke_async(FunctionName=name, InvokeArgs=b'{"a": 1}')
    assert answer["Status"] == 202
    assert account.cloud.clock.settle(30)
    assert "ran {'a': 1}\n" in account.log_lines(name)
