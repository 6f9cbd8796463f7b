"""A bill: what was used in a month, priced to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from grader.cloud.metering.meters import METERS, Meter
from grader.cloud.metering.usage import hours_in

# Digits of what is told; everything is worked out exactly before.
_DIGITS = 20


def bill(used: Mapping[str, int | Fraction], month: str) -> dict[str, Any]:
    """Price what an account used in a month: lines and totals, decimals as text."""
    hours = hours_in(month)
    left: dict[str, Fraction] = {}
    lines = []
    totals = {"cost": Fraction(0), "covered": Fraction(0), "to_pay": Fraction(0)}
    for name, meter in METERS.items():
        amount = Fraction(used.get(name, 0))
        if not amount:
            continue
        quantity = amount / meter.scale / (hours if meter.hourly else 1)
        free = min(quantity, _left(meter, left, hours))
        if meter.free is not None:
            left[meter.free.name] -= free
        price = Fraction(meter.price.value) / meter.per
        money = {
            "cost": quantity * price,
            "covered": free * price,
            "to_pay": (quantity - free) * price,
        }
        for part, sum_ in money.items():
            totals[part] += sum_
        lines.append(
            {
                **_described(meter),
                "quantity": _decimal(quantity),
                "free": _decimal(free),
                **{part: _decimal(sum_) for part, sum_ in money.items()},
            }
        )
    return {
        "lines": lines,
        **{part: _decimal(sum_) for part, sum_ in totals.items()},
    }


def _left(meter: Meter, left: dict[str, Fraction], hours: int) -> Fraction:
    """Return how much of a meter's allowance no line before has taken."""
    if meter.free is None:
        return Fraction(0)
    whole = Fraction(meter.free.amount.value) * (hours if meter.free.all_month else 1)
    return left.setdefault(meter.free.name, whole)


def _described(meter: Meter) -> dict[str, Any]:
    price = meter.price
    return {
        "service": meter.service,
        "what": meter.what,
        "unit": meter.unit,
        "price": str(price.value),
        "price_unit": price.unit,
        "as_of": price.as_of.isoformat(),
        "check": price.page if price.second_hand else "",
        "allowance": meter.free.name if meter.free is not None else "",
    }


def _decimal(number: Fraction) -> str:
    with localcontext() as context:
        context.prec = _DIGITS
        return format(Decimal(number.numerator) / Decimal(number.denominator), "f")
