"""Where the statements of a document stand in its text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Position:
    """A line and a column of a text, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Span:
    """From behind the bracket, comma or colon before a statement to behind it."""

    start: Position
    end: Position


@lru_cache(maxsize=512)
def statement_spans(text: str) -> tuple[Span, ...]:
    """One for each statement, in their order. The text has to be a policy document."""
    place = _after(text, 0, "{")
    while True:
        key, place = _DECODER.raw_decode(text, _skip(text, place))
        place = _after(text, place, ":")
        if key == "Statement":
            return tuple(_spans(text, place))
        _, place = _DECODER.raw_decode(text, _skip(text, place))
        place = _after(text, place, ",")


def _spans(text: str, place: int) -> list[Span]:
    first = _skip(text, place)
    if text[first] != "[":
        _, end = _DECODER.raw_decode(text, first)
        return [Span(_position(text, place), _position(text, end))]
    found = []
    start = first + 1
    while text[_skip(text, start)] != "]":
        _, end = _DECODER.raw_decode(text, _skip(text, start))
        found.append(Span(_position(text, start), _position(text, end)))
        following = _skip(text, end)
        start = following + 1 if text[following] == "," else following
    return found


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None, "it matches nothing as well"
    return found.end()


def _after(text: str, place: int, token: str) -> int:
    place = _skip(text, place)
    assert text[place] == token, "the text was read as JSON before"
    return place + 1


def _position(text: str, place: int) -> Position:
    line = text.count("\n", 0, place) + 1
    return Position(line, place - text.rfind("\n", 0, place))
