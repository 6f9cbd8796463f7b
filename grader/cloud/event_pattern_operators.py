"""What an event pattern says of one field: a value, or an operator with its own."""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from grader.cloud.event_pattern_text import Node, PatternText

Test = Callable[[Any], bool]
"""Tells whether a value of an event (a string, number, truth value or null) fits."""

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_ONE_KEY = "Only one key allowed in match expression"


def test(source: PatternText, node: Node) -> Test | None:
    """Make the test that one element of a field's array asks for.

    None stands for ``{"exists": false}``, which no value fits.

    Raises:
        InvalidPattern: in the words of EventBridge.
    """
    if isinstance(node.value, dict):
        return _expression(source, node)
    if isinstance(node.value, list):
        raise source.refused(
            "Match value must be String, number, true, false, or null", node.begun
        )
    return _equals(node.value)


def _expression(source: PatternText, node: Node) -> Test | None:
    name, inner = _only(source, node, "Match expression name not found")
    if name == "exists":
        if not isinstance(inner.value, bool):
            raise source.refused(
                "exists match pattern must be either true or false.", inner.begun
            )
        return (lambda value: True) if inner.value else None
    if name == "anything-but":
        return _anything_but(source, inner)
    if name == "numeric":
        return _numeric(source, inner)
    make = _OF_STRINGS.get(name)
    if make is None:
        raise source.refused(f"Unrecognized match type {name}", inner.begun)
    return make(source, inner)


def _only(source: PatternText, node: Node, none: str) -> tuple[str, Node]:
    """Return the one member of an expression."""
    assert isinstance(node.value, dict)
    members = list(node.value.items())
    if not members:
        raise source.refused(none, node.end)
    if len(members) > 1:
        raise source.refused(_ONE_KEY, members[1][1].begun)
    return members[0]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equals(wanted: Any) -> Test:
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def _text(source: PatternText, node: Node, name: str) -> str:
    if not isinstance(node.value, str):
        raise source.refused(f"{name} match pattern must be a string", node.begun)
    return node.value


def _of_text(fits: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and fits(value)


def _prefix(source: PatternText, node: Node) -> Test:
    wanted, fold = _folded(source, node, "prefix")
    return _of_text(lambda value: fold(value).startswith(wanted))


def _suffix(source: PatternText, node: Node) -> Test:
    wanted, fold = _folded(source, node, "suffix")
    return _of_text(lambda value: fold(value).endswith(wanted))


def _folded(
    source: PatternText, node: Node, name: str
) -> tuple[str, Callable[[str], str]]:
    """Return the text to look for and how a value is read before the comparison."""
    if not isinstance(node.value, dict):
        return _text(source, node, name), str
    inner_name, inner = _only(source, node, "Match expression name not found")
    if inner_name != "equals-ignore-case":
        raise source.refused(
            f"Unsupported {name} match pattern: {inner_name}", inner.begun
        )
    return _text(source, inner, "equals-ignore-case").lower(), str.lower


def _ignoring_case(source: PatternText, node: Node) -> Test:
    wanted = _text(source, node, "equals-ignore-case").lower()
    return _of_text(lambda value: value.lower() == wanted)


def _wildcard(source: PatternText, node: Node) -> Test:
    wanted = _text(source, node, "wildcard")
    expression = ""
    at = 0
    while at < len(wanted):
        one = wanted[at]
        if one == "\\":
            at += 1
            if wanted[at : at + 1] not in ("*", "\\"):
                raise source.refused(
                    f"Invalid escape character at pos {at - 1}", node.end
                )
            expression += re.escape(wanted[at])
        elif one == "*":
            if wanted[at + 1 : at + 2] == "*":
                raise source.refused(
                    f"Consecutive wildcard characters at pos {at}", node.end
                )
            expression += ".*"
        else:
            expression += re.escape(one)
        at += 1
    return _of_text(re.compile(expression, re.DOTALL).fullmatch)  # type: ignore[arg-type]


def _cidr(source: PatternText, node: Node) -> Test:
    if not isinstance(node.value, str):
        # event-ruler's own words.
        raise source.refused("prefix match pattern must be a string", node.begun)
    try:
        block = _block(node.value)
    except ValueError as error:
        raise source.refused(str(error), node.end) from None

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in block
        except ValueError:
            return False

    return _of_text(inside)


def _block(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read a range of addresses; raises ValueError in event-ruler's words."""
    parts = text.split("/")
    if len(parts) != 2:
        raise ValueError("Malformed CIDR, one '/' required")
    try:
        bits = int(parts[1])
    except ValueError:
        raise ValueError("Malformed CIDR, mask bits must be an integer") from None
    if bits < 0:
        raise ValueError("Malformed CIDR, mask bits must not be negative")
    try:
        address = ipaddress.ip_address(parts[0])
    except ValueError:
        raise ValueError(f"Nonstandard IP address: {parts[0]}") from None
    if bits >= address.max_prefixlen:
        raise ValueError(
            f"IPv{address.version} mask bits must be < {address.max_prefixlen}"
        )
    return ipaddress.ip_network(text, strict=False)


_OF_STRINGS: dict[str, Callable[[PatternText, Node], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
}


def _anything_but(source: PatternText, node: Node) -> Test:
    if isinstance(node.value, dict):
        name, inner = _only(source, node, "Anything-But expression name not found")
        if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise source.refused(
                f"Unsupported anything-but pattern: {name}", inner.begun
            )
        make = _OF_STRINGS[name]
        elements = inner.value if isinstance(inner.value, list) else [inner]
        if any(one.value == "" for one in elements):
            raise source.refused("Null prefix/suffix not allowed", inner.end)
        excluded = [make(source, one) for one in elements]
    elif isinstance(node.value, list):
        excluded = _listed(source, node)
    elif isinstance(node.value, bool) or node.value is None:
        raise source.refused(
            "Value of anything-but must be an array or single string/number value.",
            node.begun,
        )
    else:
        excluded = [_equals(node.value)]
    return lambda value: not any(fits(value) for fits in excluded)


def _listed(source: PatternText, node: Node) -> list[Test]:
    assert isinstance(node.value, list)
    kinds = set()
    found = []
    for one in node.value:
        if not (isinstance(one.value, str) or _is_number(one.value)):
            raise source.refused(
                "Inside anything but list, start|null|boolean is not supported.",
                one.begun,
            )
        kinds.add(isinstance(one.value, str))
        found.append(_equals(one.value))
    if len(kinds) != 1:
        raise source.refused(
            "Inside anything but list, either all values are number or string, mixed"
            " type is not supported",
            node.end,
        )
    return found


def _numeric(source: PatternText, node: Node) -> Test:
    """Compare as ``["=", 5]``, ``[">", 0]`` or ``[">", 0, "<=", 5]`` say."""
    if not isinstance(node.value, list):
        raise source.refused("Value of numeric must be an array.", node.begun)
    parts = node.value
    if not parts or not isinstance(parts[0].value, str):
        shown = source.text[parts[0].begun - 1 : parts[0].end] if parts else "]"
        at = parts[0].begun if parts else node.end
        raise source.refused(f"Invalid member in numeric match: {shown}", at)
    sign = parts[0].value
    if sign != "=" and sign not in _COMPARISONS:
        at = parts[1].begun if len(parts) > 1 else node.end
        raise source.refused(f"Unrecognized numeric range operator: {sign}", at)
    first = _number(source, node, parts[1:2], "equals" if sign == "=" else sign)
    if sign == "=":
        _no_more(source, parts[2:])
        return _equals(first)
    compare = _COMPARISONS[sign]
    if len(parts) == 2:
        return lambda value: _is_number(value) and compare(value, first)
    if sign in ("<", "<="):
        _no_more(source, parts[2:])
    top_sign = parts[2].value
    if not isinstance(top_sign, str):
        shown = source.text[parts[2].begun - 1 : parts[2].end]
        raise source.refused(f"Bad value in numeric range: {shown}", parts[2].begun)
    if top_sign not in ("<", "<="):
        raise source.refused(f"Bad numeric range operator: {top_sign}", parts[2].end)
    top = _number(source, node, parts[3:4], top_sign)
    if len(parts) > 4:
        raise source.refused(
            "Too many terms in numeric range expression", parts[4].begun
        )
    if first >= top:
        raise source.refused("Bottom must be less than top", node.end)
    below = _COMPARISONS[top_sign]
    return lambda value: (
        _is_number(value) and compare(value, first) and below(value, top)
    )


def _number(
    source: PatternText, array: Node, given: Sequence[Node], name: str
) -> int | float:
    value = given[0].value if given else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        at = given[0].begun if given else array.end
        raise source.refused(f"Value of {name} must be numeric", at)
    return value


def _no_more(source: PatternText, rest: Sequence[Node]) -> None:
    if rest:
        raise source.refused("Too many elements in numeric expression", rest[0].begun)
