"""Conditions joined by && and || in parentheses, whatever a single one is about."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from grader.cloud.logs.pattern_errors import invalid_characters, invalid_pattern
from grader.cloud.logs.pattern_words import QUOTED, REGEX, check_regexes

Condition = Callable[[Any], bool]
Token = tuple[str, str]


def tokens(selector: str, word: str, text: str) -> list[Token]:
    """Split a condition; ``selector`` and ``word`` are what its operands look like.

    Raises:
        AWSError: InvalidParameterException.
    """
    expected = re.compile(
        rf"""\s*(?:
        (?P<selector>{selector})
        |(?P<logic>&&|\|\||\(|\))
        |(?P<operator><=|>=|!=|=|<|>)
        |(?P<quoted>{QUOTED})
        |(?P<regex>{REGEX})
        |(?P<word>{word})
        )""",
        re.VERBOSE,
    )
    split: list[Token] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        found = expected.match(text, place)
        if found is None:
            rest = text[place:].lstrip()
            raise invalid_characters(rest[:3] if rest.startswith("$.") else rest[:1])
        assert found.lastgroup is not None
        split.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    check_regexes(sum(kind == "regex" for kind, _ in split))
    return split


class LogicParser(ABC):
    """Recursive descent: || binds least, then &&, then a comparison or parentheses."""

    def __init__(self, split: list[Token]) -> None:
        self._tokens = split

    def parse(self) -> Condition:
        """Parse everything.

        Raises:
            AWSError: InvalidParameterException.
        """
        condition = self._alternatives()
        if self._tokens:
            raise invalid_pattern()
        return condition

    @abstractmethod
    def comparison(self, kind: str, text: str) -> Condition:
        """Parse a comparison that begins with a token already taken."""

    def take(self) -> Token:
        """Take the next token."""
        if not self._tokens:
            raise invalid_pattern()
        return self._tokens.pop(0)

    def _next_is(self, text: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == ("logic", text)

    def _alternatives(self) -> Condition:
        conditions = self._joined("||", self._conjunction)
        return lambda value: any(holds(value) for holds in conditions)

    def _conjunction(self) -> Condition:
        conditions = self._joined("&&", self._primary)
        return lambda value: all(holds(value) for holds in conditions)

    def _joined(self, logic: str, part: Callable[[], Condition]) -> list[Condition]:
        conditions = [part()]
        while self._next_is(logic):
            self.take()
            conditions.append(part())
        return conditions

    def _primary(self) -> Condition:
        kind, text = self.take()
        if (kind, text) != ("logic", "("):
            return self.comparison(kind, text)
        condition = self._alternatives()
        if self.take() != ("logic", ")"):
            raise invalid_pattern()
        return condition
