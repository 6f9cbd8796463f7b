"""CreateFunction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]

INVALID = "InvalidParameterValueException"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def test_answers_every_member_that_aws_does(create: Create) -> None:
    """The answer has AWS's members and no others."""
    answer = create()
    assert set(answer) == {
        "ResponseMetadata",
        "Architectures",
        "CodeSha256",
        "CodeSize",
        "Description",
        "EphemeralStorage",
        "FunctionArn",
        "FunctionName",
        "Handler",
        "LastModified",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "RevisionId",
        "Role",
        "Runtime",
        "RuntimeVersionConfig",
        "SnapStart",
        "State",
        "StateReason",
        "StateReasonCode",
        "Timeout",
        "TracingConfig",
        "Version",
    }


def test_answers_201(create: Create) -> None:
    """Created, says the status."""
    assert create()["ResponseMetadata"]["HTTPStatusCode"] == 201


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("FunctionArn", ARN),
        ("Timeout", 3),
        ("MemorySize", 128),
        ("Description", ""),
        ("Version", "$LATEST"),
        ("State", "Pending"),
        ("StateReason", "The function is being created."),
        ("StateReasonCode", "Creating"),
        ("PackageType", "Zip"),
        ("Architectures", ["x86_64"]),
        ("EphemeralStorage", {"Size": 512}),
        ("SnapStart", {"ApplyOn": "None", "OptimizationStatus": "Off"}),
        ("TracingConfig", {"Mode": "PassThrough"}),
        ("LoggingConfig", {"LogFormat": "Text", "LogGroup": "/aws/lambda/greet"}),
    ],
)
def test_defaults(create: Create, member: str, value: Any) -> None:
    """What the caller leaves out has AWS's default."""
    assert create()[member] == value


def test_writes_the_time_as_aws_does(create: Create) -> None:
    """LastModified has milliseconds and a zone without a colon."""
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"
    assert re.fullmatch(form, create()["LastModified"])


@pytest.mark.parametrize("name", ["function_active_v2", "function_updated_v2"])
def test_waiters_need_not_wait(aws: Any, create: Create, name: str) -> None:
    """A function is active by the next request."""
    create()
    aws.get_waiter(name).wait(
        FunctionName="greet", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )


def test_publish_answers_version_1(create: Create) -> None:
    """With Publish the answer describes the version."""
    answer = create(Publish=True)
    assert (answer["Version"], answer["FunctionArn"]) == ("1", f"{ARN}:1")


def test_refuses_a_name_that_is_taken(create: Create, refused: Refused) -> None:
    """AWS's words for a function that exists, grammar and all."""
    create()
    assert refused(create) == (
        "ResourceConflictException",
        "Function already exist: greet",
        409,
    )


@pytest.mark.parametrize("left_out", ["Runtime", "Handler"])
def test_needs_runtime_and_handler(
    create: Create, refused: Refused, left_out: str
) -> None:
    """A zip needs both."""
    assert refused(create, **{left_out: None}) == (
        INVALID,
        "Runtime and Handler are mandatory parameters for functions created with"
        " deployment packages.",
        400,
    )


def test_takes_a_name_of_64_letters_at_most(create: Create, refused: Refused) -> None:
    """The model allows 140 for whole ARNs; a name may have 64."""
    name = "a" * 65
    assert refused(create, name=name) == (
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'functionName' failed to"
        " satisfy constraint: Member must have length less than or equal to 64",
        400,
    )


def test_refuses_images(create: Create, refused: Refused) -> None:
    """Container images aren't modelled and are refused by name."""
    code, message, _ = refused(
        create, PackageType="Image", Code={"ImageUri": "x"}, Runtime=None, Handler=None
    )
    assert (code, "container images" in message) == (INVALID, True)


@pytest.mark.parametrize(
    "setting",
    [
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {"DurableConfig": {"ExecutionTimeout": 60}},
    ],
)
def test_ignores_no_setting(
    create: Create, refused: Refused, setting: dict[str, Any]
) -> None:
    """A setting without effect here is refused by name."""
    code, message, _ = refused(create, **setting)
    assert (code, "The local cloud doesn't model" in message) == (INVALID, True)
