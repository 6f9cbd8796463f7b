"""Answers that come in pages: limit and nextToken."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from grader.cloud.logs import errors

_LARGEST = 50

Members = Mapping[str, Any]


def page(members: Members, name: str, items: Sequence[Any]) -> dict[str, Any]:
    """Answer with one page of the items under a member's name.

    Raises:
        AWSError: InvalidParameterException for a token that wasn't given.
    """
    start = 0
    if "nextToken" in members:
        start = int(read_token(members["nextToken"])["from"])
    end = start + members.get("limit", _LARGEST)
    answer: dict[str, Any] = {name: list(items[start:end])}
    if end < len(items):
        answer["nextToken"] = token({"from": end})
    return answer


def token(place: Mapping[str, Any]) -> str:
    """Make a token of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def read_token(text: str) -> Mapping[str, Any]:
    """Read a token.

    Raises:
        AWSError: InvalidParameterException.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        place = None
    if not isinstance(place, dict):
        raise errors.invalid("The specified nextToken is invalid.")
    return place
