"""Wildcards: `*` for any characters, `?` for exactly one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from grader.cloud.access.variables import Filled, Text

_COMPONENTS = 6
"""arn, partition, service, Region, account; the sixth is all the rest."""


@lru_cache(maxsize=8192)
def action_pattern(text: str) -> re.Pattern[str]:
    """For actions, which have no case and no variables."""
    return _compiled(_characters((Text(text),)), fold=True)


@lru_cache(maxsize=8192)
def string_pattern(filled: Filled) -> re.Pattern[str]:
    """For StringLike."""
    return _compiled(_characters(filled))


@lru_cache(maxsize=8192)
def resource_pattern(filled: Filled) -> re.Pattern[str]:
    """For the Resource element.

    Wildcards stay within a segment of the ARN, but "if the * wildcard is the last
    character of a resource ARN segment, it can expand to match beyond the colon
    boundaries".
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return _compiled(_within_components(list(_characters(filled)), open_end=True))


@lru_cache(maxsize=8192)
def arn_pattern(filled: Filled) -> re.Pattern[str]:
    """For ArnEquals and ArnLike: each of the six components is checked separately."""
    return _compiled(_within_components(list(_characters(filled)), open_end=False))


def _compiled(expressions: Iterator[str], *, fold: bool = False) -> re.Pattern[str]:
    flags = re.DOTALL | re.IGNORECASE if fold else re.DOTALL
    return re.compile("".join(expressions), flags)


def _characters(filled: Filled) -> Iterator[str]:
    """One regular expression for each character."""
    for part in filled:
        if part.literal:
            yield from map(re.escape, part.text)
        else:
            for character in part.text:
                if character == "*":
                    yield ".*"
                elif character == "?":
                    yield "."
                else:
                    yield re.escape(character)


def _within_components(expressions: list[str], *, open_end: bool) -> Iterator[str]:
    component = 1
    for position, expression in enumerate(expressions):
        following = expressions[position + 1 : position + 2]
        if component == _COMPONENTS:
            yield expression
        elif expression == ":":
            component += 1
            yield expression
        elif expression == ".*":
            ends = following in ([], [":"])
            yield ".*" if open_end and ends else "[^:]*"
        elif expression == ".":
            yield "[^:]"
        else:
            yield expression
