"""Filter patterns: which log events match, and what is found in them.

moto matches terms and phrases, and takes everything else to match all events. Follows
"Filter pattern syntax" in the CloudWatch Logs user guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from grader.cloud.logs import column_patterns, json_patterns, term_patterns
from grader.cloud.logs.pattern_errors import invalid_pattern


class Match(Protocol):
    """What a pattern found in a message that it matches."""

    @property
    def extracted(self) -> Mapping[str, Any]:
        """The values of what the pattern names."""

    def value(self, name: str) -> Any:
        """The value of a field or selector, such as ``$size``; None for none."""


class Pattern(Protocol):
    """A parsed pattern."""

    @property
    def has_fields(self) -> bool:
        """Say whether values can be taken from what it matches: terms have none."""

    def match(self, message: str) -> Match | None:
        """Match one event's message."""


@lru_cache(maxsize=512)
def parse(text: str) -> Pattern:
    """Parse a filter pattern; "" matches everything.

    Raises:
        AWSError: InvalidParameterException.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        if not stripped.endswith("}"):
            raise invalid_pattern()
        return json_patterns.parse(stripped[1:-1])
    if stripped.startswith("["):
        if not stripped.endswith("]"):
            raise invalid_pattern()
        return column_patterns.parse(stripped[1:-1])
    return term_patterns.parse(stripped)
