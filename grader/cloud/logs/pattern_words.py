"""The words of filter patterns: quoted phrases, regular expressions, wildcards."""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.cloud.logs.pattern_errors import invalid_pattern
from grader.facts import cloudwatch

Matches = Callable[[str], bool]

QUOTED = r'"(?:[^"\\]|\\.)*"'
REGEX = r"%(?:[^%\\]|\\.)+%"
# Of a regular expression: what the guide lists, and spaces.
_ALLOWED = re.compile(r"(?:[A-Za-z0-9 :_#=@/;,\-^$?\[\]{}|*+.]|\\.)+")
_ESCAPED = re.compile(r"\\(.)")
_LARGEST_REGEXES = cloudwatch.PATTERN_REGEXES.value


def unquoted(text: str) -> str:
    """Take a phrase out of its quotes; a backslash keeps the character after it."""
    return _ESCAPED.sub(r"\1", text[1:-1])


def regex(text: str) -> re.Pattern[str]:
    """Compile ``%…%``; parentheses and symbols beyond the listed ones are refused.

    Raises:
        AWSError: InvalidParameterException.
    """
    inner = text[1:-1]
    if not _ALLOWED.fullmatch(inner):
        raise invalid_pattern()
    try:
        return re.compile(inner, re.ASCII)
    except re.error:
        raise invalid_pattern() from None


def check_regexes(count: int) -> None:
    """Refuse a pattern with more regular expressions than the guide allows.

    Raises:
        AWSError: InvalidParameterException.
    """
    if count > _LARGEST_REGEXES:
        raise invalid_pattern()


def wildcard(text: str) -> Matches:
    """Match text in which an asterisk at either end stands for anything."""
    if text == "*":
        return lambda value: True
    front, back = text.startswith("*"), text.endswith("*")
    core = text[front : len(text) - back]
    if front and back:
        return lambda value: core in value
    if front:
        return lambda value: value.endswith(core)
    if back:
        return lambda value: value.startswith(core)
    return lambda value: value == core


def number(text: str) -> float | None:
    """Read a number as patterns have it: 12, -0.5, 1e3."""
    if re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text):
        return float(text)
    return None


COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    "<": lambda found, wanted: found < wanted,
    ">": lambda found, wanted: found > wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">=": lambda found, wanted: found >= wanted,
}
