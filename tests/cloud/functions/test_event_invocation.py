"""Settings of asynchronous invocations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud import functions
from grader.cloud.functions import EventInvokeConfig

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"
INVALID = "InvalidParameterValueException"


def config() -> EventInvokeConfig:
    """What holds for the function."""
    return functions.event_invoke_config("123456789012", "us-east-1", "greet", None)


def test_has_lambdas_defaults(create: Create) -> None:
    """Two retries, six hours."""
    create()
    assert config() == EventInvokeConfig(2, 21600, None, None)


def test_tells_the_executor(aws: Any, create: Create) -> None:
    """0 retries are 0, not the default."""
    create()
    aws.put_function_event_invoke_config(
        FunctionName="greet",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )
    assert config() == EventInvokeConfig(0, 21600, None, QUEUE)


def test_describes_the_settings(aws: Any, create: Create) -> None:
    """Both destinations are named, empty where there is none."""
    create()
    answer = aws.put_function_event_invoke_config(
        FunctionName="greet", MaximumRetryAttempts=1
    )
    del answer["ResponseMetadata"], answer["LastModified"]
    assert answer == {
        "FunctionArn": f"{ARN}:$LATEST",
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }


def test_put_replaces(aws: Any, create: Create) -> None:
    """What the second put leaves out is gone."""
    create()
    aws.put_function_event_invoke_config(FunctionName="greet", MaximumRetryAttempts=1)
    aws.put_function_event_invoke_config(
        FunctionName="greet", MaximumEventAgeInSeconds=60
    )
    answer = aws.get_function_event_invoke_config(FunctionName="greet")
    assert "MaximumRetryAttempts" not in answer


def test_update_adds(aws: Any, create: Create) -> None:
    """What the update leaves out stays."""
    create()
    aws.put_function_event_invoke_config(FunctionName="greet", MaximumRetryAttempts=1)
    answer = aws.update_function_event_invoke_config(
        FunctionName="greet", MaximumEventAgeInSeconds=60
    )
    assert (answer["MaximumRetryAttempts"], answer["MaximumEventAgeInSeconds"]) == (
        1,
        60,
    )


def test_says_that_there_are_none(aws: Any, create: Create, refused: Refused) -> None:
    """AWS's words name the qualified ARN."""
    create()
    assert refused(aws.get_function_event_invoke_config, FunctionName="greet") == (
        "ResourceNotFoundException",
        f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig",
        404,
    )


def test_needs_a_setting(aws: Any, create: Create, refused: Refused) -> None:
    """A put of nothing is refused."""
    create()
    assert refused(aws.put_function_event_invoke_config, FunctionName="greet") == (
        INVALID,
        "You must specify at least one of error handling or destination setting.",
        400,
    )


def test_a_function_is_not_its_own_destination(
    aws: Any, create: Create, refused: Refused
) -> None:
    """It would never end."""
    create()
    assert refused(
        aws.put_function_event_invoke_config,
        FunctionName="greet",
        DestinationConfig={"OnSuccess": {"Destination": ARN}},
    ) == (
        INVALID,
        "You can't specify the function as a destination for itself.",
        400,
    )


def test_retries_are_2_at_most(aws: Any, create: Create, refused: Refused) -> None:
    """The model's limit."""
    create()
    assert refused(
        aws.put_function_event_invoke_config,
        FunctionName="greet",
        MaximumRetryAttempts=3,
    ) == (
        "ValidationException",
        "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to"
        " satisfy constraint: Member must have value less than or equal to 2",
        400,
    )


def test_lists_by_qualifier(aws: Any, create: Create) -> None:
    """Each version and alias has its own."""
    create(Publish=True)
    aws.put_function_event_invoke_config(
        FunctionName="greet", Qualifier="1", MaximumRetryAttempts=1
    )
    listed = aws.list_function_event_invoke_configs(FunctionName="greet")
    arns = [one["FunctionArn"] for one in listed["FunctionEventInvokeConfigs"]]
    assert arns == [f"{ARN}:1"]


def test_names_the_dead_letter_queue(create: Create) -> None:
    """The executor asks for the ARN."""
    create(DeadLetterConfig={"TargetArn": QUEUE})
    target = functions.dead_letter_target("123456789012", "us-east-1", "greet")
    assert target == QUEUE


def test_says_that_the_function_is_missing(aws: Any, refused: Refused) -> None:
    """Putting has words of its own."""
    assert refused(
        aws.put_function_event_invoke_config,
        FunctionName="greet",
        MaximumRetryAttempts=1,
    ) == (
        "ResourceNotFoundException",
        f"The function {ARN}:$LATEST doesn't exist.",
        404,
    )
