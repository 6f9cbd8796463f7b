"""Patterns of terms: ERROR "out of memory" -retry, ?WARN ?ERROR, %a.c%."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.pattern_errors import invalid_characters, invalid_pattern
from grader.cloud.logs.pattern_words import QUOTED, REGEX, regex, unquoted

_TERM = re.compile(rf"([?-]?)(?:({QUOTED})|({REGEX})|(\w+))(?=\s|$)")
_BAD = re.compile(r"[^\w\s]")


@dataclass(frozen=True)
class TermMatch:
    """A message that has the terms; terms have no names, so nothing is extracted."""

    extracted: Mapping[str, Any]

    def value(self, name: str) -> Any:
        return None


_MATCH = TermMatch({})
Found = Callable[[str], object]


@dataclass(frozen=True)
class TermPattern:
    """Terms that must all be there, any of which may be, and that mustn't be."""

    needed: tuple[Found, ...]
    optional: tuple[Found, ...]
    excluded: tuple[Found, ...]
    has_fields: bool = False

    def match(self, message: str) -> TermMatch | None:
        """Match a message, upper and lower case told apart."""
        if any(found(message) for found in self.excluded):
            return None
        if not all(found(message) for found in self.needed):
            return None
        # Beside other terms, those with a question mark are ignored.
        alone = self.optional and not self.needed and not self.excluded
        if alone and not any(found(message) for found in self.optional):
            return None
        return _MATCH


def parse(text: str) -> TermPattern:
    """Parse terms, separated by spaces; letters, digits and _ need no quotes.

    Raises:
        AWSError: InvalidParameterException.
    """
    terms: dict[str, list[Found]] = {"": [], "?": [], "-": []}
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TERM.match(text, place)
        if found is None:
            bad = _BAD.search(text, place + (text[place] in "?-"))
            if bad is None or bad[0] in '"%':
                raise invalid_pattern()
            raise invalid_characters(bad[0])
        sign, quoted, expression, word = found.groups()
        terms[sign].append(_finder(quoted, expression, word))
        place = found.end()
    return TermPattern(tuple(terms[""]), tuple(terms["?"]), tuple(terms["-"]))


def _finder(quoted: str | None, expression: str | None, word: str | None) -> Found:
    if expression is not None:
        return regex(expression).search
    wanted = unquoted(quoted) if quoted is not None else str(word)
    if not wanted.strip():
        # " " is how the guide writes that everything matches.
        return lambda message: True
    return lambda message: wanted in message
