"""What CloudWatch Logs says of a filter pattern that it can't read."""

from __future__ import annotations

from grader.cloud.aws_errors import AWSError


def invalid_pattern() -> AWSError:
    """Refuse a pattern for its form."""
    return AWSError("InvalidParameterException", "Invalid filter pattern")


def invalid_characters(characters: str) -> AWSError:
    """Refuse a pattern for characters that have to stand in quotes."""
    return AWSError(
        "InvalidParameterException",
        f"Invalid character(s) in term '{characters}'",
    )
