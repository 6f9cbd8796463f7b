"""Runtime updates, recursion, code signing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def test_runtimes_are_updated_automatically(aws: Any, create: Create) -> None:
    """AWS's default."""
    create()
    answer = aws.get_runtime_management_config(FunctionName="greet")
    assert (answer["UpdateRuntimeOn"], answer["FunctionArn"]) == (
        "Auto",
        f"{ARN}:$LATEST",
    )


def test_keeps_the_choice_of_runtime_updates(aws: Any, create: Create) -> None:
    """It can be read back."""
    create()
    aws.put_runtime_management_config(
        FunctionName="greet", UpdateRuntimeOn="FunctionUpdate"
    )
    answer = aws.get_runtime_management_config(FunctionName="greet")
    assert answer["UpdateRuntimeOn"] == "FunctionUpdate"


def test_a_manual_runtime_needs_its_version(
    aws: Any, create: Create, refused: Refused
) -> None:
    """Manual pins one."""
    create()
    code, _, _ = refused(
        aws.put_runtime_management_config,
        FunctionName="greet",
        UpdateRuntimeOn="Manual",
    )
    assert code == "InvalidParameterValueException"


def test_endless_recursion_is_terminated(aws: Any, create: Create) -> None:
    """AWS's default."""
    create()
    answer = aws.get_function_recursion_config(FunctionName="greet")
    assert answer["RecursiveLoop"] == "Terminate"


def test_keeps_the_choice_about_recursion(aws: Any, create: Create) -> None:
    """It can be read back."""
    create()
    aws.put_function_recursion_config(FunctionName="greet", RecursiveLoop="Allow")
    answer = aws.get_function_recursion_config(FunctionName="greet")
    assert answer["RecursiveLoop"] == "Allow"


def test_says_that_a_signing_configuration_is_missing(
    aws: Any, create: Create, refused: Refused
) -> None:
    """An error code of its own."""
    create()
    arn = (
        "arn:aws:lambda:us-east-1:123456789012:code-signing-config:"
        "csc-0123456789abcdef0"
    )
    assert refused(
        aws.put_function_code_signing_config,
        FunctionName="greet",
        CodeSigningConfigArn=arn,
    ) == (
        "CodeSigningConfigNotFoundException",
        "The code signing configuration cannot be found. Check that the provided"
        f" configuration is not deleted: {arn}.",
        404,
    )
