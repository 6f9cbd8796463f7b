"""Runtimes: taken, retired, unknown, and not runnable here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
INVALID = "InvalidParameterValueException"


@pytest.mark.parametrize(
    "runtime", ["python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x"]
)
def test_takes_todays_runtimes(create: Create, runtime: str) -> None:
    """Python and Node of today are taken."""
    assert create(Runtime=runtime)["Runtime"] == runtime


@pytest.mark.parametrize("runtime", ["nodejs14.x", "python3.7", "go1.x"])
def test_refuses_retired_runtimes(
    create: Create, refused: Refused, runtime: str
) -> None:
    """AWS's words for a runtime whose time is over."""
    assert refused(create, Runtime=runtime) == (
        INVALID,
        f"The runtime parameter of {runtime} is no longer supported for creating or"
        " updating AWS Lambda functions. We recommend you use a supported runtime while"
        " creating or updating functions.",
        400,
    )


def test_refuses_unknown_runtimes(create: Create, refused: Refused) -> None:
    """AWS's words for a runtime that never was."""
    code, message, status = refused(create, Runtime="python99")
    assert (code, status) == (INVALID, 400)
    assert message.startswith(
        "Value python99 at 'runtime' failed to satisfy constraint: Member must satisfy"
        " enum value set: ["
    )
    assert message.endswith("] or be a valid ARN")


def test_lists_no_retired_runtime_as_a_choice(create: Create, refused: Refused) -> None:
    """The choices of an unknown runtime's error are usable on AWS."""
    _, message, _ = refused(create, Runtime="python99")
    assert "python3.7" not in message


@pytest.mark.parametrize("runtime", ["java21", "ruby3.4", "dotnet8", "provided.al2023"])
def test_says_what_this_machine_cannot_run(
    create: Create, refused: Refused, runtime: str
) -> None:
    """A runtime that only AWS has is refused in words of ours."""
    assert refused(create, Runtime=runtime) == (
        INVALID,
        f"The runtime {runtime} exists on AWS, but this local cloud runs Python and"
        " Node.js functions only. Use python3.13 or nodejs24.x, or real AWS.",
        400,
    )
