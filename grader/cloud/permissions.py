"""Resource policies: may this service call this function for that resource?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(
    policy: Mapping[str, Any] | None,
    *,
    action: str,
    principal_service: str,
    source_arn: str | None,
    source_account: str | None,
    resource: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Say whether a resource policy lets a service principal perform an action.

    An explicit Deny wins; no matching statement means no. Conditions on
    ``aws:SourceArn`` and ``aws:SourceAccount`` are evaluated, and on the further keys
    in ``context``; a statement with a condition that this module doesn't know never
    matches.
    Follows "Policy evaluation logic" in the IAM user guide.
    """
    if policy is None:
        return False
    known = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    known |= {key.lower(): value for key, value in (context or {}).items()}
    effects = {
        statement["Effect"]
        for statement in _listed(policy.get("Statement"))
        if _matches(_listed(statement.get("Action")), action, fold=True)
        and _matches(_listed(statement.get("Resource")), resource)
        and _names_service(statement.get("Principal"), principal_service)
        and _conditions_hold(statement.get("Condition") or {}, known)
    }
    return "Allow" in effects and "Deny" not in effects


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _matches(patterns: Iterable[str], value: str, *, fold: bool = False) -> bool:
    return any(_like(pattern, value, fold=fold) for pattern in patterns)


def _like(pattern: str, value: str, *, fold: bool = False) -> bool:
    # IAM knows only * and ?; a bracket is a plain character there.
    pattern = pattern.replace("[", "[[]")
    if fold:
        return fnmatchcase(value.lower(), pattern.lower())
    return fnmatchcase(value, pattern)


def _names_service(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if "*" in _listed(principal.get("AWS")):
        return True
    return service in _listed(principal.get("Service"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda wanted, found: str(wanted).lower() == found.lower(),
}


def _conditions_hold(
    conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str | None]
) -> bool:
    for operator, keys in conditions.items():
        compare = _OPERATORS.get(operator)
        for key, wanted in keys.items():
            found = context.get(key.lower())
            if compare is None or found is None:
                return False
            if not any(compare(one, found) for one in _listed(wanted)):
                return False
    return True
