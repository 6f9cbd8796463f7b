"""monthly-cost: what a function costs in a month, as the lab's own bill has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.months import METERS, Case, before_free, to_pay
from grader.checks.probe import Probe, quoted
from grader.facts import prices

_HALF_A_CENT = Decimal("0.005")


@exercise(
    "monthly-cost",
    hints=(
        "Work out three numbers one after the other and print them: how many calls are "
        "cold, how many milliseconds are billed for each kind of call, how many "
        "GB-seconds that makes. A GB has 1,024 MB, a second 1,000 ms. What is free "
        "comes off the quantities, before the price.",
        "cold = round(requests * ____)\n"
        "billed_ms = (requests - cold) * ceil(____) + cold * ceil(____ + ____)\n"
        "gb_seconds = billed_ms / 1000 * mb / ____\n"
        "paid_requests = max(0, requests - int(facts.prices.____.value))\n"
        "paid_gb_seconds = max(0, gb_seconds - ____)\n"
        "return paid_requests * ____ / 1_000_000 + paid_gb_seconds * ____",
    ),
    explain_back="explain-monthly-cost",
    misconceptions={
        "blocks-of-100-ms": "You may think that Lambda counts blocks of 100 ms. It did "
        "for years. Today it counts whole milliseconds.",
        "no-rounding": "You may think that fractions of a millisecond are charged as "
        "fractions. Each call is rounded up to a whole one.",
        "rounded-twice": "You may think that INIT and the handler are rounded apart. A "
        "cold call is one duration, and it is rounded once.",
        "init-is-free": "You may think that starting up costs nothing. Since August "
        "2025 the INIT of a cold call is charged like its handler.",
        "always-cold": "You may think that each call pays for INIT. Only the cold ones "
        "do.",
        "gb-of-1000-mb": "You may think that a GB has 1,000 MB. Lambda's has 1,024.",
        "one-price-for-both": "You may think that the processor makes no difference. "
        "arm64 has a price of its own, a fifth lower.",
        "free-forgotten": "You may think that the first call costs. Each month begins "
        "with requests and GB-seconds that are free.",
        "requests-forgotten": "You may think that only time costs. Each request has a "
        "small price too.",
        "free-below-zero": "You may think that what you don't use of the free amount "
        "is paid back. What is left over is left over: no part is below zero.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def monthly_cost(probe: Probe, monthly_cost: Work, *, variation: bool) -> None:
    """Your function tells what a month costs, to the cent, as the bill does."""
    for case in _random(probe) if variation else _SHOWN:
        _judge(case, _asked(monthly_cost, case))


# Each has one thing in it that those before didn't have.
_SHOWN = (
    Case(800_000, 20, 128),
    Case(30_000_000, 50, 512),
    Case(400_000_000, 3.2, 1024),
    Case(20_000_000, 120, 1024, "arm64"),
    Case(40_000_000, 8.3, 256, "x86_64", 230.4, 0.25),
    Case(3_000_000, 40, 128, "arm64", 180, 0.01),
    Case(500_000, 1200, 2048),
)


def _random(probe: Probe) -> Iterator[Case]:
    """Twenty months, each kind of edge among them."""
    chance = probe.random
    for number in range(20):
        case = Case(
            # A whole number of cold calls, whatever the rate.
            requests=chance.randint(1, 900) * 100_000,
            ms=round(chance.uniform(0.4, 900), chance.choice([0, 1, 2])),
            mb=chance.choice([128, 256, 512, 1024, 1769, 3008]),
            arch=chance.choice(list(METERS)),
            # With thousandths in it, a sum is never whole in one arithmetic alone.
            init_ms=round(chance.randint(90, 2500) + 0.403, 3),
            cold_rate=chance.choice([0, 0.001, 0.01, 0.2, 1]),
        )
        match number % 5:
            case 0:  # A call that takes whole milliseconds is charged for these.
                case = replace(case, ms=chance.randint(1, 40), cold_rate=0)
            case 1:  # All of it is free.
                case = replace(case, requests=chance.randint(1, 9) * 1000, ms=1.5)
            case 2:  # The requests cost, the time doesn't.
                case = replace(case, requests=2_000_000, ms=2.4, mb=128, init_ms=95.5)
        yield case


def _asked(monthly_cost: Work, case: Case) -> Decimal:
    try:
        answer: Any = monthly_cost(*case.arguments)
    except Raised as fault:
        if fault.kind != "TypeError" or "Decimal" not in fault.message:
            raise
        raise Failed(
            f"{case.told} raised {fault.message.partition('raised ')[2]}.",
            expected="an amount in dollars",
            look="prices are exact decimals. An ordinary number of one is "
            "float(facts.prices.LAMBDA_X86.value)",
        ) from None
    number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not number or not math.isfinite(answer):
        raise Failed(
            f"{case.told} gave no amount.",
            expected="dollars, as a number",
            observed=quoted(answer),
            look="the return of your function",
            misconception="print-is-return" if answer is None else None,
        )
    return Decimal(str(answer))


def _judge(case: Case, amount: Decimal) -> None:
    right = to_pay(case.used())
    if abs(amount - right) <= _HALF_A_CENT:
        return
    misconception, look = _thought(case, amount)
    raise Failed(
        f"{case.told} gave {amount:.4f} dollars.",
        expected=f"{right:.4f} dollars, as the bill of such a month has it",
        observed=f"{amount:.4f} dollars",
        look=look,
        misconception=misconception,
    )


def _thought(case: Case, amount: Decimal) -> tuple[str | None, str]:
    """The first misconception that comes to the same amount, and where to look."""
    for name, look, priced in _THOUGHTS:
        if abs(amount - priced(case)) <= _HALF_A_CENT:
            return name, look
    return None, (
        "the three numbers on the way: billed milliseconds, GB-seconds, and what is "
        "left of each after the free amount"
    )


def _all_cold(case: Case) -> Decimal:
    return to_pay(replace(case, cold_rate=1).used())


def _rounded_twice(case: Case) -> Decimal:
    apart = replace(case, ms=math.ceil(case.ms), init_ms=math.ceil(case.init_ms))
    return to_pay(apart.used())


def _blocks(case: Case) -> Decimal:
    return to_pay(case.used(lambda ms: 100 * max(1, math.ceil(ms / 100))))


def _unrounded(case: Case) -> Decimal:
    used = case.used()
    used[METERS[case.arch]] = Fraction(case.mb) * (
        (case.requests - case.cold) * Fraction(case.ms)
        + case.cold * (Fraction(case.ms) + Fraction(case.init_ms))
    )
    return to_pay(used)


def _decimal_gigabytes(case: Case) -> Decimal:
    used = case.used()
    used[METERS[case.arch]] *= Fraction(1024, 1000)
    return to_pay(used)


def _other_price(case: Case) -> Decimal:
    other = "x86_64" if case.arch == "arm64" else "arm64"
    return to_pay(replace(case, arch=other).used())


def _nothing_free(case: Case) -> Decimal:
    return before_free(case.used())


def _paid_back(case: Case) -> Decimal:
    price = prices.LAMBDA_ARM64 if case.arch == "arm64" else prices.LAMBDA_X86
    free_time = prices.FREE_LAMBDA_GB_SECONDS.value * price.value
    requests = prices.FREE_LAMBDA_REQUESTS.value * prices.LAMBDA_REQUESTS.value
    return _nothing_free(case) - free_time - requests / 1_000_000


def _time_alone(case: Case) -> Decimal:
    return to_pay(case.used() | {"lambda.requests": 0})


_THOUGHTS: tuple[tuple[str, str, Callable[[Case], Decimal]], ...] = (
    (
        "init-is-free",
        "what a cold call is billed for: INIT and handler together",
        lambda case: to_pay(replace(case, init_ms=0).used()),
    ),
    ("free-forgotten", "the two FREE_… prices", _nothing_free),
    ("free-below-zero", "what comes off where less is used than is free", _paid_back),
    ("requests-forgotten", "the price of a million requests", _time_alone),
    ("one-price-for-both", "which price arm64 and x86_64 have", _other_price),
    ("blocks-of-100-ms", "what billed_ms is rounded to", _blocks),
    ("no-rounding", "math.ceil, for one call", _unrounded),
    ("rounded-twice", "what is rounded: the sum, once", _rounded_twice),
    ("gb-of-1000-mb", "how MB become GB", _decimal_gigabytes),
    ("always-cold", "how many calls pay for INIT", _all_cold),
)
