"""Reserved concurrency and the account's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud import functions

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]


def reserve(aws: Any, number: int) -> Any:
    """Reserve some concurrency for the function."""
    return aws.put_function_concurrency(
        FunctionName="greet", ReservedConcurrentExecutions=number
    )


def test_keeps_a_reservation(aws: Any, create: Create) -> None:
    """It can be read back, 0 too."""
    create()
    reserve(aws, 0)
    answer = aws.get_function_concurrency(FunctionName="greet")
    assert answer["ReservedConcurrentExecutions"] == 0


def test_tells_the_executor(aws: Any, create: Create) -> None:
    """None without a reservation."""
    create()
    before = functions.reserved_concurrency("123456789012", "us-east-1", "greet")
    reserve(aws, 7)
    after = functions.reserved_concurrency("123456789012", "us-east-1", "greet")
    assert (before, after) == (None, 7)


def test_leaves_100_unreserved(aws: Any, create: Create, refused: Refused) -> None:
    """Of the account's 1,000, 900 may be reserved."""
    create()
    reserve(aws, 900)
    assert refused(
        aws.put_function_concurrency,
        FunctionName="greet",
        ReservedConcurrentExecutions=901,
    ) == (
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's"
        " UnreservedConcurrentExecution below its minimum value of [100].",
        400,
    )


def test_gives_the_reservation_back(aws: Any, create: Create) -> None:
    """The answer has no number then."""
    create()
    reserve(aws, 7)
    aws.delete_function_concurrency(FunctionName="greet")
    answer = aws.get_function_concurrency(FunctionName="greet")
    assert "ReservedConcurrentExecutions" not in answer


def test_states_the_accounts_limits(aws: Any) -> None:
    """AWS's quotas, in bytes and executions."""
    assert aws.get_account_settings()["AccountLimit"] == {
        "TotalCodeSize": 80530636800,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 1000,
    }


def test_counts_what_is_reserved(aws: Any, create: Create) -> None:
    """A reservation comes out of the unreserved part."""
    create()
    reserve(aws, 100)
    limit = aws.get_account_settings()["AccountLimit"]
    assert limit["UnreservedConcurrentExecutions"] == 900


def test_counts_functions_and_code(aws: Any, create: Create) -> None:
    """Versions' code counts too."""
    size = create(Publish=True)["CodeSize"]
    usage = aws.get_account_settings()["AccountUsage"]
    assert usage == {"TotalCodeSize": 2 * size, "FunctionCount": 1}
