"""The patterns of rules and archives: checked when they come, compiled once."""

from __future__ import annotations

from functools import lru_cache

from grader.cloud.event_patterns import InvalidPattern, Pattern, compile_pattern
from grader.cloud.eventbridge import errors


@lru_cache(maxsize=1024)
def compiled(text: str) -> Pattern:
    """Compile a pattern.

    Raises:
        InvalidPattern: with EventBridge's reason.
    """
    return compile_pattern(text)


def check(text: str) -> None:
    """Refuse what isn't an event pattern.

    Raises:
        JsonRESTError: InvalidEventPatternException.
    """
    try:
        compiled(text)
    except InvalidPattern as invalid:
        raise errors.invalid_pattern(str(invalid)) from None
