"""Execution roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
CANNOT_ASSUME = (
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
    400,
)


def test_refuses_a_missing_role(create: Create, refused: Refused) -> None:
    """A role that isn't there can't be assumed."""
    missing = "arn:aws:iam::123456789012:role/missing"
    assert refused(create, Role=missing) == CANNOT_ASSUME


def test_refuses_a_role_that_trusts_another_service(
    create: Create, refused: Refused, make_role: Callable[[str, str], str]
) -> None:
    """The trust policy must name Lambda."""
    role = make_role("for-ec2", "ec2.amazonaws.com")
    assert refused(create, Role=role) == CANNOT_ASSUME


def test_refuses_another_accounts_role(create: Create, refused: Refused) -> None:
    """A function's role is in the function's account."""
    assert refused(create, Role="arn:aws:iam::999999999999:role/theirs") == (
        "AccessDeniedException",
        "Cross-account pass role is not allowed.",
        403,
    )


def test_refuses_what_is_no_role(create: Create, refused: Refused) -> None:
    """The framework checks the ARN's form, with a small ``message``."""
    assert refused(create, Role="admin") == (
        "ValidationException",
        "1 validation error detected: Value 'admin' at 'role' failed to satisfy"
        " constraint: Member must satisfy regular expression pattern:"
        r" arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        400,
    )
