"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.awslambda.models import (
    EventInvokeConfig,
    LambdaBackend,
    LambdaFunction,
    LambdaStorage,
)
from moto.awslambda.policy import Policy
from moto.awslambda.utils import get_backend
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.base_backend import BackendDict
from moto.sqs.models import sqs_backends

from grader.cloud import functions
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction

ACCOUNT, REGION = "123456789012", "us-east-1"
Create = Callable[..., dict[str, Any]]


@pytest.fixture
def plain(connect: Callable[..., Any], role: str) -> LambdaSimpleBackend:
    """moto's own backend with a function ``greet``."""
    backend = LambdaSimpleBackend(REGION, ACCOUNT)
    backend.create_function(
        {
            "FunctionName": "greet",
            "Role": role,
            "Runtime": "python3.13",
            "Handler": "a.b",
            "Code": {"ZipFile": "bm90IGEgemlw"},
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:1:q"},
            "LoggingConfig": {"LogFormat": "JSON"},
        }
    )
    return backend


def test_moto_finds_our_functions(create: Create) -> None:
    """Its other services get ours from its own storage."""
    create()
    assert isinstance(get_backend(ACCOUNT, REGION), FunctionsBackend)
    found = get_backend(ACCOUNT, REGION).get_function("greet")
    assert isinstance(found, StoredFunction)


def test_moto_resets_our_functions(create: Create) -> None:
    """A reset leaves an empty backend that works."""
    create()
    BackendDict.reset()
    assert list(get_backend(ACCOUNT, REGION).list_functions()) == []


def test_moto_delivers_for_deleted_mappings(
    plain: LambdaSimpleBackend, connect: Callable[..., Any]
) -> None:
    """Override: ``event_source_mappings``, so that ``polling`` delivers alone."""
    connect("sqs").create_queue(QueueName="work")
    queue = sqs_backends[ACCOUNT][REGION].queues["work"]
    mapping = plain.create_event_source_mapping(
        {"FunctionName": "greet", "EventSourceArn": queue.queue_arn}
    )
    plain.delete_event_source_mapping(mapping.uuid)
    assert queue.lambda_event_source_mappings


def test_moto_takes_what_is_no_zip(plain: LambdaSimpleBackend) -> None:
    """Override: ``packages``."""
    assert plain.get_function("greet").code_bytes == b"not a zip"


@pytest.mark.parametrize(
    "member", ["DeadLetterConfig", "LoggingConfig", "RevisionId", "StateReason"]
)
def test_moto_drops_settings(plain: LambdaSimpleBackend, member: str) -> None:
    """Override: ``configuration``."""
    assert member not in plain.get_function("greet").get_configuration(True)


def test_moto_ignores_updates_of_tracing(plain: LambdaSimpleBackend) -> None:
    """Override: ``updates``."""
    function = plain.get_function("greet")
    function.update_configuration({"TracingConfig": {"Mode": "Active"}})
    assert function.tracing_config == {"Mode": "PassThrough"}


def test_moto_uses_version_numbers_again(plain: LambdaSimpleBackend) -> None:
    """Override: ``FunctionsBackend.publish``."""
    plain.publish_version("greet")
    plain.delete_function("greet", "1")
    again = plain.publish_version("greet")
    assert again is not None
    assert str(again.version) == "1"


def test_moto_takes_a_statement_id_twice(plain: LambdaSimpleBackend) -> None:
    """Override: ``policies``."""
    policy: Policy = plain.get_function("greet").policy
    raw = json.dumps({"StatementId": "s", "Principal": "s3.amazonaws.com"})
    policy.add_statement(raw)
    policy.add_statement(raw)
    assert len(policy.statements) == 2


def test_moto_answers_with_the_first_event_settings(
    plain: LambdaSimpleBackend,
) -> None:
    """Override: ``event_invocation``."""
    plain.put_function_event_invoke_config("greet", {"MaximumRetryAttempts": 1})
    plain.put_function_event_invoke_config("greet", {"MaximumRetryAttempts": 0})
    answer = plain.get_function_event_invoke_config("greet")
    assert answer["MaximumRetryAttempts"] == 1


def test_moto_limits_no_reservation(plain: LambdaSimpleBackend) -> None:
    """Override: ``concurrency``."""
    assert plain.put_function_concurrency("greet", "5000") == "5000"


def test_moto_gives_one_url_a_function(plain: LambdaSimpleBackend) -> None:
    """Override: ``urls``."""
    function = plain.get_function("greet")
    first = function.create_url_config({"AuthType": "NONE"})
    assert function.create_url_config({"AuthType": "NONE"}) is not first


def test_moto_revises_no_alias(plain: LambdaSimpleBackend) -> None:
    """Override: ``AliasRecord.revise``."""
    alias = plain.create_alias("live", "greet", "$LATEST", "", "")
    before = alias.revision_id
    plain.update_alias("live", "greet", "$LATEST", "new", "")
    assert alias.revision_id == before


def test_moto_echoes_an_invocation(plain: LambdaSimpleBackend) -> None:
    """Override: ``FunctionsBackend.invoke``."""
    assert plain.invoke("nothing", None, "payload", {}, {}) == b"payload"


@pytest.mark.parametrize(
    "name",
    [
        "get_account_settings",
        "list_function_url_configs",
        "put_provisioned_concurrency_config",
        "get_runtime_management_config",
        "put_function_recursion_config",
    ],
)
def test_moto_has_no_such_operation(name: str) -> None:
    """Ours alone."""
    assert not hasattr(LambdaBackend, name)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (LambdaFunction, "_set_function_code"),
        (LambdaFunction, "_create_zipfile_from_plaintext_code"),
        (LambdaFunction, "update_configuration"),
        (LambdaFunction, "update_function_code"),
        (LambdaBackend, "create_event_source_mapping"),
        (LambdaBackend, "publish_layer_version"),
        (LambdaBackend, "delete_function"),
        (LambdaStorage, "latest"),
        (EventInvokeConfig, "response"),
    ],
)
def test_the_seams_are_where_they_were(owner: type, name: str) -> None:
    """A method that moto renames would leave our override dead."""
    assert callable(getattr(owner, name))


def test_hands_on_what_motos_services_send(create: Create) -> None:
    """S3, SNS and the like call ``invoke`` on the function itself."""
    create()
    sent: list[tuple[str, bytes, bool]] = []

    def deliver(
        account: str, region: str, function: str, payload: bytes, later: bool
    ) -> bytes:
        sent.append((function, payload, later))
        return b"{}"

    functions.on_delivery(deliver)
    get_backend(ACCOUNT, REGION).get_function("greet").invoke("[1]", {}, {})
    functions.on_delivery(None)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:greet"
    assert sent == [(arn, b"[1]", True)]


def test_delivers_nothing_in_silence(create: Create) -> None:
    """Without an executor an event is an error, not lost."""
    create()
    with pytest.raises(RuntimeError, match="on_delivery"):
        get_backend(ACCOUNT, REGION).get_function("greet").invoke("[1]", {}, {})
