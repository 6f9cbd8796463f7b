"""Filter policies as they are written: what SNS takes for one.

moto doesn't know ``cidr`` and ``wildcard``, and takes operators with any operand.
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.cloud.topics.errors import Refused, invalid

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
SCOPES = (ATTRIBUTES, BODY)
_KEYS_AT_MOST = 5
_COMBINATIONS_AT_MOST = 150
_BYTES_AT_MOST = 256 * 1024
_LARGEST = 10**9
_COMPARISONS = ("<", "<=", "=", ">", ">=")

Policy = Mapping[str, Any]


def parse(text: str, scope: str) -> Policy:
    """Read a filter policy.

    Raises: Refused, InvalidParameter.
    """
    try:
        policy = json.loads(text)
    except ValueError:
        raise _unreadable("failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise _unreadable("Filter is not an object")
    if len(text.encode()) > _BYTES_AT_MOST:
        raise _wrong("Filter policy is too long")
    if len(policy) > _KEYS_AT_MOST:
        raise _wrong(f"Filter policy can not have more than {_KEYS_AT_MOST} keys")
    combinations = 1
    for depth, rules in _rules(policy, scope, 1):
        combinations *= len(rules) * depth
        for rule in rules:
            _check(rule)
    if combinations > _COMBINATIONS_AT_MOST:
        raise _wrong("Filter policy is too complex")
    return policy


def alternatives(key: str, value: Any) -> list[Policy]:
    """The policies of an ``$or``; empty where a key is only called so.

    It has to list at least two objects, none with an operator's name as a key.
    """
    if key != "$or" or not isinstance(value, list) or len(value) < 2:
        return []
    if all(isinstance(one, dict) and not (_OPERATORS.keys() & one) for one in value):
        return value
    return []


def _rules(policy: Policy, scope: str, depth: int) -> Iterator[tuple[int, list[Any]]]:
    """Each list of rules, and how deep it lies."""
    for key, value in policy.items():
        if either := alternatives(key, value):
            for one in either:
                yield from _rules(one, scope, depth)
        elif isinstance(value, dict):
            if scope != BODY:
                raise invalid(
                    "Filter policy scope MessageAttributes does not support nested"
                    " filter policy"
                )
            yield from _rules(value, scope, depth + 1)
        elif not isinstance(value, list):
            raise _wrong(f'"{key}" must be an object or an array')
        elif not value:
            raise _wrong("Empty arrays are not allowed")
        else:
            yield depth, value


def _check(rule: Any) -> None:
    if rule is None or isinstance(rule, str | bool):
        return
    if isinstance(rule, int | float):
        _check_size(rule)
        return
    if not isinstance(rule, dict):
        raise _wrong("Match value must be String, number, true, false, or null")
    if len(rule) != 1:
        raise _wrong("Only one key allowed in match expression")
    ((operator, operand),) = rule.items()
    if operator not in _OPERATORS:
        raise _wrong(f"Unrecognized match type {operator}")
    _OPERATORS[operator](operator, operand)


def _check_size(number: float) -> None:
    if not -_LARGEST <= number <= _LARGEST:
        raise Refused("InternalError", "Unknown")


def _check_text(operator: str, operand: Any) -> None:
    if not isinstance(operand, str):
        raise _wrong(f"{operator} match pattern must be a string")


def _check_wildcard(operator: str, operand: Any) -> None:
    _check_text(operator, operand)
    if "**" in operand:
        at = operand.index("**")
        raise _wrong(f"Consecutive wildcard characters at pos {at}")


def _check_exists(_operator: str, operand: Any) -> None:
    if not isinstance(operand, bool):
        raise _wrong("exists match pattern must be either true or false.")


def _check_network(operator: str, operand: Any) -> None:
    _check_text(operator, operand)
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError:
        raise _wrong(f"Malformed CIDR, {operand}") from None


def _check_anything_but(_operator: str, operand: Any) -> None:
    if isinstance(operand, dict):
        if len(operand) != 1:
            raise _wrong("Only one key allowed in match expression")
        ((inner, excluded),) = operand.items()
        if inner not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise _wrong(f"Unsupported anything-but pattern: {inner}")
        for one in excluded if isinstance(excluded, list) else [excluded]:
            _OPERATORS[inner](inner, one)
        return
    listed = operand if isinstance(operand, list) else [operand]
    numbers = [_is_number(one) for one in listed]
    texts = [isinstance(one, str) for one in listed]
    if not listed or not (all(numbers) or all(texts)):
        raise _wrong(
            "Inside anything but list, either all values are number or string, mixed"
            " type is not supported"
        )


def _check_numeric(_operator: str, operand: Any) -> None:
    if not isinstance(operand, list) or not operand:
        raise _unreadable("Invalid member in numeric match: ]")
    comparison, *rest = operand
    if not isinstance(comparison, str):
        raise _unreadable(f"Invalid member in numeric match: {comparison}")
    if comparison not in _COMPARISONS:
        raise _unreadable(f"Unrecognized numeric range operator: {comparison}")
    low = _operand(comparison, rest)
    if len(rest) == 1:
        return
    if comparison not in (">", ">="):
        raise _unreadable("Too many elements in numeric expression")
    second = rest[1]
    if second not in ("<", "<="):
        raise _unreadable(f"Bad numeric range operator: {second}")
    if _operand(second, rest[2:]) <= low:
        raise _unreadable("Bottom must be less than top")
    if len(rest) > 3:
        raise _unreadable("Too many terms in numeric range expression")


def _operand(comparison: str, rest: list[Any]) -> float:
    if not rest or not _is_number(rest[0]):
        raise _unreadable(f"Value of {comparison} must be numeric")
    _check_size(rest[0])
    return float(rest[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(what: str) -> Refused:
    return invalid(f"FilterPolicy: {what}")


def _unreadable(what: str) -> Refused:
    # AWS adds where in the text it stopped to read.
    return invalid(f"Attributes Reason: FilterPolicy: {what}")


_OPERATORS: Mapping[str, Callable[[str, Any], None]] = {
    "anything-but": _check_anything_but,
    "cidr": _check_network,
    "equals-ignore-case": _check_text,
    "exists": _check_exists,
    "numeric": _check_numeric,
    "prefix": _check_text,
    "suffix": _check_text,
    "wildcard": _check_wildcard,
}
