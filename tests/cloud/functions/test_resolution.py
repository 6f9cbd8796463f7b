"""What an invocation finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.cloud import functions
from grader.cloud.aws_errors import AWSError

Create = Callable[..., dict[str, Any]]
ACCOUNT, REGION = "123456789012", "us-east-1"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def test_finds_latest_without_a_qualifier(create: Create) -> None:
    """The ARN is as the caller named it."""
    create()
    found = functions.find(ACCOUNT, REGION, "greet", None)
    assert (found.version.version, found.invoked_arn, found.alias) == (
        "$LATEST",
        ARN,
        None,
    )


def test_finds_the_version_of_an_alias(aws: Any, create: Create) -> None:
    """The invoked ARN keeps the alias."""
    create(Publish=True)
    aws.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")
    found = functions.find(ACCOUNT, REGION, "greet", "live")
    assert (found.version.version, found.invoked_arn, found.alias) == (
        "1",
        f"{ARN}:live",
        "live",
    )


@pytest.mark.parametrize(("weight", "version"), [(0.0, "1"), (1.0, "2")])
def test_a_weighted_alias_draws(
    aws: Any, create: Create, weight: float, version: str
) -> None:
    """Weight 1 always, weight 0 never gives the other version."""
    create(Publish=True)
    aws.update_function_configuration(FunctionName="greet", Timeout=4)
    aws.publish_version(FunctionName="greet")
    aws.create_alias(
        FunctionName="greet",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": weight}},
    )
    found = functions.find(ACCOUNT, REGION, "greet", "live")
    assert found.version.version == version


def test_carries_all_that_running_needs(create: Create, role: str) -> None:
    """The settings of the version."""
    create(
        Timeout=10,
        MemorySize=256,
        Environment={"Variables": {"MODE": "test"}},
        LoggingConfig={"LogGroup": "/mine"},
    )
    version = functions.find(ACCOUNT, REGION, "greet", None).version
    assert (
        version.runtime,
        version.handler,
        version.role,
        version.timeout,
        version.memory_size,
        version.ephemeral_size,
        dict(version.environment),
        version.log_group,
    ) == (
        "python3.13",
        "app.handler",
        role,
        10,
        256,
        512,
        {"MODE": "test"},
        "/mine",
    )


def test_carries_the_code(create: Create, zipped: Callable[..., bytes]) -> None:
    """The zip of this very snapshot, whatever comes later."""
    create()
    version = functions.find(ACCOUNT, REGION, "greet", None).version
    assert functions.code_bytes(version) == zipped()


def test_is_the_same_while_nothing_changes(create: Create) -> None:
    """Equal revisions share environments."""
    create()
    first = functions.find(ACCOUNT, REGION, "greet", None).version
    assert functions.find(ACCOUNT, REGION, "greet", None).version is first


@pytest.mark.parametrize("change", [{"Timeout": 9}, {"Description": "new"}])
def test_a_change_gives_a_new_revision(
    aws: Any, create: Create, change: dict[str, Any]
) -> None:
    """Environments of the old one retire."""
    create()
    before = functions.find(ACCOUNT, REGION, "greet", None).version.revision
    aws.update_function_configuration(FunctionName="greet", **change)
    after = functions.find(ACCOUNT, REGION, "greet", None).version.revision
    assert after != before


def test_raises_awss_error(create: Create) -> None:
    """With the code that Invoke answers."""
    with pytest.raises(AWSError) as caught:
        functions.find(ACCOUNT, REGION, "greet", "9")
    assert caught.value.code == "ResourceNotFoundException"


def test_a_recreated_function_is_another(aws: Any, create: Create) -> None:
    """The name alone isn't the revision."""
    create()
    before = functions.find(ACCOUNT, REGION, "greet", None).version.revision
    aws.delete_function(FunctionName="greet")
    create()
    after = functions.find(ACCOUNT, REGION, "greet", None).version.revision
    assert after != before
