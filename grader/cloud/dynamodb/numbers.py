"""DynamoDB's numbers: 38 significant digits, from 1E-130 to just under 1E+126.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from grader.cloud.dynamodb.errors import invalid
from grader.facts import dynamodb as limits

_DIGITS = limits.NUMBER_DIGITS.value
# Adjusted exponents of the largest and of the smallest magnitude.
_LARGEST, _SMALLEST = 125, -130
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Room for exact sums of any two numbers; the result is checked afterwards.
_EXACT = Context(prec=300, Emax=10_000, Emin=-10_000)


def number(text: str) -> Decimal:
    """Read a number as it travels. Raises: AWSError where it can't be stored."""
    if not _NUMBER.fullmatch(text):
        shown = f": {text}" if text else ""
        raise invalid(f"The parameter cannot be converted to a numeric value{shown}")
    return _checked(_EXACT.create_decimal(text))


def written(value: Decimal) -> str:
    """Write a number as DynamoDB gives it back: no exponent, no needless zeros."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def added(left: str, right: str, *, sign: int = 1) -> str:
    """Add two numbers, or subtract with a ``sign`` of -1, without rounding."""
    other = number(right)
    total = _EXACT.add(number(left), other if sign > 0 else -other)
    return written(_checked(total))


def significant_digits(value: Decimal) -> int:
    """Count the digits that are left without leading and trailing zeros."""
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    return len(digits)


def _checked(value: Decimal) -> Decimal:
    if not value:
        return Decimal(0)
    if value.adjusted() > _LARGEST:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than"
            " supported range"
        )
    if value.adjusted() < _SMALLEST:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than"
            " supported range"
        )
    if significant_digits(value) > _DIGITS:
        raise invalid(
            f"Attempting to store more than {_DIGITS} significant digits in a Number"
        )
    return value
