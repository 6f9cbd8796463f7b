"""Policies of resources: what is wrong with one, whichever service keeps it.

Follows "Grammar of the IAM JSON policy language" in the IAM user guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from grader.cloud.access.conditions import conditions

_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class Problem(Enum):
    """What is wrong; each service has its own words for it."""

    SYNTAX = auto()
    ACTION = auto()
    PRINCIPAL = auto()


def problem(text: str, service: str, exists: Callable[[str], bool]) -> Problem | None:
    """The first thing that is wrong with a policy, None if it is good.

    `service` is the prefix that all of its actions have; `exists` tells of AWS
    principals.
    """
    try:
        content = json.loads(text)
    except ValueError:
        return Problem.SYNTAX
    if not isinstance(content, Mapping) or not content.keys() <= _ELEMENTS:
        return Problem.SYNTAX
    statements = _listed(content.get("Statement"))
    if not statements or content.get("Version", _VERSIONS[0]) not in _VERSIONS:
        return Problem.SYNTAX
    for statement in statements:
        found = _problem_of(statement, service, exists)
        if found is not None:
            return found
    return None


def _problem_of(
    statement: Any, service: str, exists: Callable[[str], bool]
) -> Problem | None:
    if (
        not isinstance(statement, Mapping)
        or not statement.keys() <= _STATEMENT_ELEMENTS
    ):
        return Problem.SYNTAX
    if statement.get("Effect") not in ("Allow", "Deny"):
        return Problem.SYNTAX
    actions = _listed(statement.get("Action", statement.get("NotAction")))
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if not actions or not _is_principal(principal):
        return Problem.SYNTAX
    if not _are_conditions(statement.get("Condition", {})):
        return Problem.SYNTAX
    if not all(str(one).lower().startswith(f"{service}:") for one in actions):
        return Problem.ACTION
    named = [] if principal == "*" else _listed(principal.get("AWS"))
    if not all(exists(str(one)) for one in named):
        return Problem.PRINCIPAL
    return None


def _is_principal(element: Any) -> bool:
    if element == "*":
        return True
    return isinstance(element, Mapping) and bool(element) and element.keys() <= _KINDS


def _are_conditions(element: Any) -> bool:
    if not isinstance(element, Mapping) or not all(
        isinstance(keys, Mapping) for keys in element.values()
    ):
        return False
    read = conditions(element, variables=False)
    return all(condition.comparison is not None for condition in read)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
