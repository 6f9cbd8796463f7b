"""Whether a message passes a filter policy.

moto compares the text of a ``String.Array``, takes numbers of any type for matches and
has no ``$or`` in a body.
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

import ipaddress
import json
import operator as compare
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from grader.cloud.topics.filter_policies import BODY, Policy, alternatives
from grader.cloud.topics.messages import Message

# Numbers are equal if they are up to six digits behind the point.
_PRECISION = 10**6
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": compare.lt,
    "<=": compare.le,
    "=": lambda one, other: _equal(one, other),
    ">": compare.gt,
    ">=": compare.ge,
}


def passes(message: Message, protocol: str, policy: Policy, scope: str) -> bool:
    """Whether a subscription with a filter policy gets a message."""
    if not policy:
        return True
    if scope != BODY:
        return _fits(policy, _values(message.attributes))
    try:
        body = json.loads(message.text(protocol))
    except ValueError:
        return False
    return isinstance(body, dict) and _fits(policy, body)


def missed(message: Message, scope: str) -> list[str]:
    """The metrics of SNS that count a message which a policy kept back."""
    why = "MessageAttributes"
    if scope == BODY:
        why = "MessageBody" if _is_object(message.body) else "InvalidMessageBody"
    elif not message.attributes:
        why = "NoMessageAttributes"
    name = "NumberOfNotificationsFilteredOut"
    return [name, f"{name}-{why}"]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _values(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Attributes as the values that rules are about; binary ones aren't seen."""
    found: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, value = attribute["Type"].partition(".")[0], attribute["Value"]
        if attribute["Type"] == "String.Array":
            try:
                found[name] = json.loads(value)
            except ValueError:
                found[name] = value
        elif kind == "Number":
            found[name] = float(value)
        elif kind == "String":
            found[name] = value
    return found


def _fits(policy: Policy, told: Any) -> bool:
    if isinstance(told, list):
        # All that a policy says of a list has to be true of one of its elements.
        return any(_fits(policy, one) for one in told)
    known = told if isinstance(told, dict) else {}
    return all(_key_fits(key, value, known) for key, value in policy.items())


def _key_fits(key: str, value: Any, known: Mapping[str, Any]) -> bool:
    if either := alternatives(key, value):
        return any(_fits(one, known) for one in either)
    if isinstance(value, dict):
        return _fits(value, known.get(key))
    present = key in known and not isinstance(known[key], dict)
    told = known.get(key)
    values: Sequence[Any] = told if isinstance(told, list) else [told]
    return any(_rule_fits(rule, present, values) for rule in value)


def _rule_fits(rule: Any, present: bool, values: Sequence[Any]) -> bool:
    if isinstance(rule, dict) and "exists" in rule:
        return present is rule["exists"]
    return present and any(_value_fits(rule, value) for value in values)


def _value_fits(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return _same(rule, value)
    ((operator, operand),) = rule.items()
    if operator == "anything-but":
        return not _is_excluded(operand, value)
    if operator == "numeric":
        return _is_number(value) and all(
            _COMPARED[sign](value, number)
            for sign, number in zip(operand[::2], operand[1::2], strict=True)
        )
    return isinstance(value, str) and _TEXTS[operator](operand, value)


def _is_excluded(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        ((operator, texts),) = operand.items()
        listed = texts if isinstance(texts, list) else [texts]
        return isinstance(value, str) and any(
            _TEXTS[operator](text, value) for text in listed
        )
    listed = operand if isinstance(operand, list) else [operand]
    return any(_same(one, value) for one in listed)


def _same(rule: Any, value: Any) -> bool:
    if _is_number(rule):
        return _is_number(value) and _equal(rule, value)
    return type(rule) is type(value) and rule == value


def _equal(one: float, other: float) -> bool:
    return int(one * _PRECISION) == int(other * _PRECISION)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_network(network: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(
            network, strict=False
        )
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """``*`` stands for any characters, and ``\\*`` for itself."""
    parts = re.split(r"(?<!\\)\*", pattern)
    literal = (re.escape(re.sub(r"\\([*\\])", r"\1", part)) for part in parts)
    return re.compile(".*".join(literal), re.DOTALL)


_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "cidr": _in_network,
    "equals-ignore-case": lambda text, value: value.casefold() == text.casefold(),
    "prefix": lambda text, value: value.startswith(text),
    "suffix": lambda text, value: value.endswith(text),
    "wildcard": lambda text, value: _wildcard(text).fullmatch(value) is not None,
}
