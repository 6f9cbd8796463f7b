"""Logs Insights: the part of a query that moto carries out, and no other.

moto ignores commands that it doesn't know, and so answers with wrong results.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.logs import errors

_CARRIED_OUT = ("fields", "sort", "limit")

Members = Mapping[str, Any]


def check_query(members: Members) -> None:
    """Refuse a query with a command that would be ignored.

    Raises:
        AWSError: InvalidParameterException.
    """
    if members.get("queryLanguage", "CWLI") != "CWLI":
        raise errors.unmodelled(f"queries in {members['queryLanguage']}")
    for command in members["queryString"].split("|"):
        word = command.strip().partition(" ")[0]
        if word and word not in _CARRIED_OUT:
            raise errors.unmodelled(f"the command {word} of Logs Insights")
