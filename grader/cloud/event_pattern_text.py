"""The text of an event pattern, read so that an error can say where it stands.

EventBridge passes on the message of its parser, Jackson, which names the line and
column up to which it had read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json import decoder

from grader.cloud.payloads import parser_message, place

_BLANKS = re.compile(r"[ \t\n\r]*")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"true|false|null")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SOURCE = "String"

Scalar = str | int | float | bool | None


class InvalidPattern(Exception):
    """An event pattern that EventBridge refuses; the text is its reason."""


@dataclass(frozen=True)
class Node:
    """A JSON value with how far the parser was at its beginning and at its end.

    ``begun`` and ``end`` count characters. Jackson reads a string only when it is
    asked for it, and so stands after the opening quote until then.
    """

    value: Scalar | list[Node] | dict[str, Node]
    begun: int
    end: int


@dataclass(frozen=True)
class PatternText:
    """The text with what it says."""

    text: str
    root: Node

    def refused(self, reason: str, at: int) -> InvalidPattern:
        """Make the error that names how far the parser was, in characters."""
        return InvalidPattern(f"{reason}\n at {place(self.text, at, _SOURCE)}")


def read(text: str) -> PatternText:
    """Read a pattern.

    Raises:
        InvalidPattern: what isn't JSON.
    """
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidPattern(parser_message(text.encode(), error, _SOURCE)) from None
    return PatternText(text, _node(text, _skip(text, 0)))


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _node(text: str, at: int) -> Node:
    """Read the value that begins at a place of a text known to be JSON."""
    first = text[at]
    if first == '"':
        string, end = _string(text, at + 1)
        return Node(string, at + 1, end)
    if first == "[":
        return _array(text, at + 1)
    if first == "{":
        return _object(text, at + 1)
    if word := _WORD.match(text, at):
        return Node(_WORDS[word.group()], word.end(), word.end())
    number = _NUMBER.match(text, at)
    # Python's own reader also takes NaN and Infinity.
    if number is None:
        raise InvalidPattern(f"Unrecognized token\n at {place(text, at, _SOURCE)}")
    return Node(json.loads(number.group()), number.end(), number.end())


def _string(text: str, begun: int) -> tuple[str, int]:
    # Python's reader of strings; its stubs leave it out.
    string, end = decoder.scanstring(text, begun)  # type: ignore[attr-defined]
    return str(string), int(end)


def _array(text: str, begun: int) -> Node:
    items: list[Node] = []
    at = _skip(text, begun)
    while text[at] != "]":
        items.append(_node(text, at))
        at = _skip(text, items[-1].end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Node(items, begun, at + 1)


def _object(text: str, begun: int) -> Node:
    members: dict[str, Node] = {}
    at = _skip(text, begun)
    while text[at] != "}":
        name, at = _string(text, at + 1)
        # The colon.
        at = _skip(text, _skip(text, at) + 1)
        members[name] = _node(text, at)
        at = _skip(text, members[name].end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Node(members, begun, at + 1)
