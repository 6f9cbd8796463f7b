"""The framework's validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"MemorySize": 127},
            "Value '127' at 'memorySize' failed to satisfy constraint: Member must have"
            " value greater than or equal to 128",
        ),
        (
            {"MemorySize": 10241},
            "Value '10241' at 'memorySize' failed to satisfy constraint: Member must"
            " have value less than or equal to 10240",
        ),
        (
            {"Timeout": 901},
            "Value '901' at 'timeout' failed to satisfy constraint: Member must have"
            " value less than or equal to 900",
        ),
        (
            {"EphemeralStorage": {"Size": 511}},
            "Value '511' at 'ephemeralStorage.size' failed to satisfy constraint:"
            " Member"
            " must have value greater than or equal to 512",
        ),
        (
            {"Handler": "a b"},
            "Value 'a b' at 'handler' failed to satisfy constraint: Member must satisfy"
            r" regular expression pattern: [^\s]+",
        ),
        (
            {"TracingConfig": {"Mode": "Loud"}},
            "Value 'Loud' at 'tracingConfig.mode' failed to satisfy constraint: Member"
            " must satisfy enum value set: [Active, PassThrough]",
        ),
        (
            {"Architectures": ["mips"]},
            "Value '[mips]' at 'architectures' failed to satisfy constraint: Member"
            " must satisfy constraint: [Member must satisfy enum value set: [x86_64,"
            " arm64], Member must not be null]",
        ),
        (
            {"Code": None},
            "Value null at 'code' failed to satisfy constraint: Member must not be"
            " null",
        ),
    ],
)
def test_says_which_constraint_is_broken(
    create: Create, refused: Refused, changes: dict[str, Any], sentence: str
) -> None:
    """Each kind of constraint has its own sentence."""
    assert refused(create, **changes) == (
        "ValidationException",
        f"1 validation error detected: {sentence}",
        400,
    )


def test_counts_several_errors(create: Create, refused: Refused) -> None:
    """All broken constraints come in one answer, with semicolons between."""
    _, message, _ = refused(create, Timeout=0, MemorySize=1)
    assert message == (
        "2 validation errors detected: Value '0' at 'timeout' failed to satisfy"
        " constraint: Member must have value greater than or equal to 1; Value '1' at"
        " 'memorySize' failed to satisfy constraint: Member must have value greater"
        " than or equal to 128"
    )


def test_repeats_no_sensitive_value(create: Create, refused: Refused) -> None:
    """Environment variables may be secrets: their error shows none."""
    _, message, _ = refused(create, Environment={"Variables": {"1SECRET": "s3cr3t"}})
    assert message == (
        "1 validation error detected: Value at 'environment.variables' failed to"
        " satisfy constraint: Map keys must satisfy constraint: [Member must satisfy"
        " regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
    )


def test_draws_framework_errors_with_a_small_message(
    endpoint: str, create: Create
) -> None:
    """Lambda's own errors have ``Type``, the framework's have ``message`` alone."""
    with pytest.raises(Exception, match="ValidationException") as caught:
        create(Timeout=0)
    assert "Type" not in caught.value.response  # type: ignore[attr-defined]
