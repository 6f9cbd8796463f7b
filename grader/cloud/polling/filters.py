"""FilterCriteria: which records of a source a function is invoked with.

Follows "Control which events Lambda sends to your function" in the Lambda developer
guide. A record passes that fits any of the patterns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.event_patterns import Pattern, compile_pattern

_CONTENT = ("body", "data")
"""The members that hold what was sent, as text: of SQS and of Kinesis."""


@dataclass(frozen=True)
class Filter:
    """One pattern, with its text as the caller gave it.

    ``structured`` says of each member with content that the pattern names whether it
    expects JSON (an object) or plain text (an array of values) there.
    """

    text: str
    pattern: Pattern
    structured: Mapping[str, bool]

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Say whether a record fits, whose content is text.

        Where the pattern expects JSON and the record has none, or the other way round,
        it doesn't.
        """
        shown = dict(record)
        for member, structured in self.structured.items():
            content = _content(record.get(member))
            if isinstance(content, dict | list) is not structured:
                return False
            shown[member] = content
        return self.pattern.matches(shown)


@dataclass(frozen=True)
class Filters:
    """All the filters of a mapping; none let every record pass."""

    filters: tuple[Filter, ...] = ()

    @property
    def patterns(self) -> list[str]:
        """The texts, as the caller gave them."""
        return [one.text for one in self.filters]

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Say whether a function is to see a record.

        ``record`` is as in the event, but for the data of Kinesis, decoded from base64.
        """
        return not self.filters or any(one.passes(record) for one in self.filters)


NO_FILTERS = Filters()


def compile_filters(texts: Iterable[str]) -> Filters:
    """Make the filters of their JSON texts.

    Raises:
        InvalidPattern: what EventBridge wouldn't take as a pattern.
    """
    return Filters(tuple(_filter(text) for text in texts))


def _filter(text: str) -> Filter:
    pattern = compile_pattern(text)
    members = json.loads(text)
    structured = {
        name: isinstance(members[name], dict) for name in _CONTENT if name in members
    }
    return Filter(text, pattern, structured)


def _content(text: Any) -> Any:
    """Return what a text says if it is JSON with members, the text itself if not."""
    try:
        content = json.loads(text)
    except (ValueError, TypeError):
        return text
    return content if isinstance(content, dict | list) else text
