"""Settings of functions: environment, logging, dead letters, tracing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
INVALID = "InvalidParameterValueException"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"


def test_has_no_environment_without_variables(create: Create) -> None:
    """The member is absent, not empty."""
    assert "Environment" not in create()


def test_refuses_reserved_variables(create: Create, refused: Refused) -> None:
    """AWS's words, with the keys that the request used."""
    assert refused(create, Environment={"Variables": {"AWS_REGION": "x"}}) == (
        INVALID,
        "Lambda was unable to configure your environment variables because the"
        " environment variables you have provided contains reserved keys that are"
        " currently not supported for modification. Reserved keys used in this request:"
        " AWS_REGION",
        400,
    )


def test_measures_the_environment(create: Create, refused: Refused) -> None:
    """4 KB hold the variables as JSON; the error repeats what was measured."""
    value = "x" * 4096
    assert refused(create, Environment={"Variables": {"LONG": value}}) == (
        INVALID,
        "Lambda was unable to configure your environment variables because the"
        " environment variables you have provided exceeded the 4KB limit. String"
        f' measured: {{"LONG":"{value}"}}',
        400,
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("DeadLetterConfig", {"TargetArn": QUEUE}),
        ("TracingConfig", {"Mode": "Active"}),
        ("EphemeralStorage", {"Size": 1024}),
        ("Environment", {"Variables": {"MODE": "test"}}),
        ("Architectures", ["arm64"]),
        (
            "LoggingConfig",
            {
                "LogFormat": "JSON",
                "ApplicationLogLevel": "INFO",
                "SystemLogLevel": "INFO",
                "LogGroup": "/mine",
            },
        ),
    ],
)
def test_keeps_what_it_is_given(
    aws: Any, create: Create, member: str, value: dict[str, Any]
) -> None:
    """Settings come back from GetFunctionConfiguration."""
    create(**{member: value})
    assert aws.get_function_configuration(FunctionName="greet")[member] == value


def test_json_logs_have_levels_by_default(create: Create) -> None:
    """INFO for both, where the caller names none."""
    assert create(LoggingConfig={"LogFormat": "JSON"})["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
        "LogGroup": "/aws/lambda/greet",
    }


def test_text_logs_have_no_levels(aws: Any, create: Create) -> None:
    """Going back to text takes the levels away."""
    create(LoggingConfig={"LogFormat": "JSON"})
    answer = aws.update_function_configuration(
        FunctionName="greet", LoggingConfig={"LogFormat": "Text"}
    )
    assert answer["LoggingConfig"] == {
        "LogFormat": "Text",
        "LogGroup": "/aws/lambda/greet",
    }


def test_an_empty_target_takes_the_dead_letter_queue_away(
    aws: Any, create: Create
) -> None:
    """As in the console's "None"."""
    create(DeadLetterConfig={"TargetArn": QUEUE})
    answer = aws.update_function_configuration(
        FunctionName="greet", DeadLetterConfig={"TargetArn": ""}
    )
    assert "DeadLetterConfig" not in answer
