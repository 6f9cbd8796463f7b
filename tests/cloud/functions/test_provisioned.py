"""Provisioned concurrency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.cloud import functions

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
INVALID = "InvalidParameterValueException"


@pytest.fixture
def version(create: Create) -> dict[str, Any]:
    """Names version 1 of a function."""
    create(Publish=True)
    return {"FunctionName": "greet", "Qualifier": "1"}


def test_starts_in_progress(aws: Any, version: dict[str, Any]) -> None:
    """The answer to the wish."""
    answer = aws.put_provisioned_concurrency_config(
        **version, ProvisionedConcurrentExecutions=2
    )
    assert (answer["Status"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (
        "IN_PROGRESS",
        202,
    )


def test_is_ready_once_all_is_allocated(aws: Any, version: dict[str, Any]) -> None:
    """Whoever starts the environments says so."""
    aws.put_provisioned_concurrency_config(**version, ProvisionedConcurrentExecutions=2)
    place = ("123456789012", "us-east-1", "greet")
    functions.note_allocation(*place, functions.provisioned_shares(*place), {})
    answer = aws.get_provisioned_concurrency_config(**version)
    assert (answer["Status"], answer["AllocatedProvisionedConcurrentExecutions"]) == (
        "READY",
        2,
    )


def test_tells_the_executor(aws: Any, version: dict[str, Any]) -> None:
    """By version or alias."""
    aws.put_provisioned_concurrency_config(**version, ProvisionedConcurrentExecutions=2)
    kept = functions.provisioned_concurrency("123456789012", "us-east-1", "greet")
    assert kept == {"1": 2}


def test_refuses_latest(aws: Any, version: dict[str, Any], refused: Refused) -> None:
    """Only what is published can be provisioned."""
    assert refused(
        aws.put_provisioned_concurrency_config,
        FunctionName="greet",
        Qualifier="$LATEST",
        ProvisionedConcurrentExecutions=1,
    ) == (
        INVALID,
        "Provisioned Concurrency Configs cannot be applied to unpublished function"
        " versions.",
        400,
    )


def test_refuses_an_alias_of_latest(
    aws: Any, version: dict[str, Any], refused: Refused
) -> None:
    """The alias names what isn't published."""
    aws.create_alias(FunctionName="greet", Name="dev", FunctionVersion="$LATEST")
    _, message, _ = refused(
        aws.put_provisioned_concurrency_config,
        FunctionName="greet",
        Qualifier="dev",
        ProvisionedConcurrentExecutions=1,
    )
    assert message.endswith("cannot be applied to unpublished function versions.")


def test_a_weighted_alias_splits_its_environments(aws: Any, create: Create) -> None:
    """By the weights, so that both versions are ready for their share."""
    create(Publish=True)
    aws.update_function_configuration(FunctionName="greet", Description="second")
    aws.publish_version(FunctionName="greet")
    aws.create_alias(
        FunctionName="greet",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    aws.put_provisioned_concurrency_config(
        FunctionName="greet", Qualifier="live", ProvisionedConcurrentExecutions=8
    )
    shares = functions.provisioned_shares("123456789012", "us-east-1", "greet")
    assert {share.version: share.count for share in shares} == {"1": 6, "2": 2}


def test_stays_within_the_reservation(
    aws: Any, version: dict[str, Any], refused: Refused
) -> None:
    """Provisioned concurrency comes out of the function's own."""
    aws.put_function_concurrency(FunctionName="greet", ReservedConcurrentExecutions=1)
    assert refused(
        aws.put_provisioned_concurrency_config,
        **version,
        ProvisionedConcurrentExecutions=2,
    ) == (
        INVALID,
        "Requested Provisioned Concurrency should not be greater than the"
        " reservedConcurrentExecution for function",
        400,
    )


def test_says_that_there_is_none(
    aws: Any, version: dict[str, Any], refused: Refused
) -> None:
    """An error code of its own."""
    assert refused(aws.get_provisioned_concurrency_config, **version) == (
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
        404,
    )


def test_lists_by_qualifier(aws: Any, version: dict[str, Any]) -> None:
    """List=ALL is another operation at the same path."""
    aws.put_provisioned_concurrency_config(**version, ProvisionedConcurrentExecutions=2)
    listed = aws.list_provisioned_concurrency_configs(FunctionName="greet")
    arns = [one["FunctionArn"] for one in listed["ProvisionedConcurrencyConfigs"]]
    assert arns == ["arn:aws:lambda:us-east-1:123456789012:function:greet:1"]
