"""What each condition operator compares, and how.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from grader.cloud.access.patterns import arn_pattern, string_pattern
from grader.cloud.access.request import Context
from grader.cloud.access.variables import Template

Matches = Callable[[Template, str, Context], bool]


@dataclass(frozen=True)
class Comparison:
    """An operator: whether a wanted value matches a found one, and its negation.

    `variables` says whether its values may have policy variables.
    """

    name: str
    matches: Matches
    negated: bool = False
    variables: bool = False


def _equal(wanted: Template, found: str, context: Context) -> bool:
    return wanted.plain(context) == found


def _equal_without_case(wanted: Template, found: str, context: Context) -> bool:
    plain = wanted.plain(context)
    return plain is not None and plain.lower() == found.lower()


def _like(wanted: Template, found: str, context: Context) -> bool:
    filled = wanted.filled(context)
    return filled is not None and bool(string_pattern(filled).fullmatch(found))


def _arn_like(wanted: Template, found: str, context: Context) -> bool:
    filled = wanted.filled(context)
    return filled is not None and bool(arn_pattern(filled).fullmatch(found))


def _same_bytes(wanted: Template, found: str, context: Context) -> bool:
    try:
        return base64.b64decode(wanted.text, validate=True) == base64.b64decode(
            found, validate=True
        )
    except (binascii.Error, ValueError):
        return False


def _in_range(wanted: Template, found: str, context: Context) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(
            wanted.text, strict=False
        )
    except ValueError:
        return False


def _numbers(compare: Callable[[Any, Any], bool]) -> Matches:
    return _ordered(_number, compare)


def _dates(compare: Callable[[Any, Any], bool]) -> Matches:
    return _ordered(_date, compare)


def _ordered(
    read: Callable[[str], Any | None], compare: Callable[[Any, Any], bool]
) -> Matches:
    """`found compare wanted`; what can't be read matches nothing."""

    def matches(wanted: Template, found: str, context: Context) -> bool:
        left, right = read(found), read(wanted.text)
        return left is not None and right is not None and compare(left, right)

    return matches


_NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d*)?\s*")


@lru_cache(maxsize=1024)
def _number(text: str) -> Decimal | None:
    """An integer or a decimal value."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def _date(text: str) -> datetime | None:
    """One of the W3C's forms of ISO 8601, or seconds since 1970.

    https://www.w3.org/TR/NOTE-datetime
    """
    found = _ISO.fullmatch(text)
    # A year alone can't be told from seconds; AWS's policies write seconds so.
    if found is None or not found["month"]:
        return _from_epoch(text)
    try:
        moment = datetime(
            int(found["year"]),
            int(found["month"]),
            int(found["day"] or 1),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            int(found["second"] or 0),
            int((found["part"] or "0")[:6].ljust(6, "0")),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return moment - _offset(found["zone"])


def _from_epoch(text: str) -> datetime | None:
    number = _number(text)
    if number is None:
        return None
    try:
        return _EPOCH + timedelta(seconds=float(number))
    except OverflowError:
        return None


def _offset(zone: str | None) -> timedelta:
    if not zone or zone in "Zz":
        return timedelta(0)
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return size if zone[0] == "+" else -size


def _boolean(wanted: Template, found: str, context: Context) -> bool:
    known = found.lower() in ("true", "false")
    return known and _equal_without_case(wanted, found, context)


def _never(wanted: Template, found: str, context: Context) -> bool:
    return False


def _family(
    prefix: str, comparisons: Mapping[str, Callable[[Any, Any], bool]], read: Any
) -> list[Comparison]:
    return [
        Comparison(prefix + name, read(compare))
        for name, compare in comparisons.items()
    ]


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_ALL = [
    Comparison("StringEquals", _equal, variables=True),
    Comparison("StringNotEquals", _equal, negated=True, variables=True),
    Comparison("StringEqualsIgnoreCase", _equal_without_case, variables=True),
    Comparison(
        "StringNotEqualsIgnoreCase", _equal_without_case, negated=True, variables=True
    ),
    Comparison("StringLike", _like, variables=True),
    Comparison("StringNotLike", _like, negated=True, variables=True),
    *_family("Numeric", _ORDER, _numbers),
    Comparison("NumericNotEquals", _numbers(operator.eq), negated=True),
    *_family("Date", _ORDER, _dates),
    Comparison("DateNotEquals", _dates(operator.eq), negated=True),
    Comparison("Bool", _boolean, variables=True),
    Comparison("BinaryEquals", _same_bytes),
    Comparison("IpAddress", _in_range),
    Comparison("NotIpAddress", _in_range, negated=True),
    Comparison("ArnEquals", _arn_like, variables=True),
    Comparison("ArnNotEquals", _arn_like, negated=True, variables=True),
    Comparison("ArnLike", _arn_like, variables=True),
    Comparison("ArnNotLike", _arn_like, negated=True, variables=True),
    # It looks at the key alone; see Condition.
    Comparison("Null", _never),
]
COMPARISONS: Mapping[str, Comparison] = {one.name.lower(): one for one in _ALL}
"""By the operator's name in lower case, without a set operator or IfExists."""
