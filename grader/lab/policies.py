"""Whom resource policies let in, read from their documents for the picture.

IAM's simulator answers for users and roles (see `grants`), but not for services that
call for a resource. Explains what policies say; who is let in is decided by the cloud.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

Policy = Mapping[str, Any]


def service_may(
    policy: Policy | None,
    action: str,
    *,
    service: str,
    source_arn: str,
    account: str,
) -> bool:
    """Whether a resource policy lets a service act for a resource of an account."""
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
    effects = {
        statement["Effect"]
        for statement in _statements(policy)
        if _like_any(_listed(statement.get("Action")), action, fold=True)
        and _names(statement.get("Principal"), service)
        and _holds(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def anyone_may(policy: Policy | None, action: str, context: Mapping[str, str]) -> bool:
    """Whether a resource policy lets everybody act, signed or not."""
    effects = {
        statement["Effect"]
        for statement in _statements(policy)
        if _like_any(_listed(statement.get("Action")), action, fold=True)
        and _public(statement.get("Principal"))
        and _holds(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def _statements(policy: Policy | None) -> list[Mapping[str, Any]]:
    return _listed((policy or {}).get("Statement"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _like(pattern: str, value: str, *, fold: bool = False) -> bool:
    # IAM knows * and ? only; a bracket is a plain character there.
    if fold:
        pattern, value = pattern.lower(), value.lower()
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _like_any(patterns: list[str], value: str, *, fold: bool = False) -> bool:
    return any(_like(pattern, value, fold=fold) for pattern in patterns)


def _names(principal: Any, service: str) -> bool:
    if _public(principal):
        return True
    return isinstance(principal, Mapping) and service in _listed(
        principal.get("Service")
    )


def _public(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return "*" in _listed(principal.get("AWS"))
    return bool(principal == "*")


def _holds(
    conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]
) -> bool:
    for operator, keys in conditions.items():
        exact = operator in ("StringEquals", "Bool")
        if not exact and operator not in ("StringLike", "ArnLike", "ArnEquals"):
            return False
        for key, wanted in keys.items():
            found = context.get(key.lower())
            if found is None:
                return False
            patterns = [str(one) for one in _listed(wanted)]
            if exact and found not in patterns:
                return False
            if not exact and not _like_any(patterns, found):
                return False
    return True
