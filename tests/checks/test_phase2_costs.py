"""monthly-cost, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grader import lab
from grader.checks.months import Case
from grader.facts import prices
from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "monthly-cost"
PRICE = {"x86_64": prices.LAMBDA_X86.value, "arm64": prices.LAMBDA_ARM64.value}
MONTH = (int, float, int, str, float, float)


def in_floats(
    requests: int, ms: float, mb: int, arch: str, init_ms: float, cold_rate: float
) -> float:
    """GB-seconds in ordinary numbers, as the lesson has it."""
    return slipped("")(requests, ms, mb, arch, init_ms, cold_rate)


def in_cents(
    requests: int, ms: float, mb: int, arch: str, init_ms: float, cold_rate: float
) -> float:
    """MB-milliseconds as whole numbers, exact decimals, and cents in the end."""
    cold = round(requests * cold_rate)
    units = mb * ((requests - cold) * math.ceil(ms) + cold * math.ceil(ms + init_ms))
    free = 400_000 * 1024 * 1000
    time = Decimal(max(units - free, 0)) / (1024 * 1000) * PRICE[arch]
    calls = Decimal(max(requests - 1_000_000, 0)) / 5_000_000
    return float(round(time + calls, 2))


def slipped(slip: str) -> Callable[..., float]:
    """The calculation, with one slip or none."""

    def whole(ms: float) -> float:
        if slip == "no-rounding":
            return ms
        if slip == "blocks-of-100-ms":
            return 100 * math.ceil(ms / 100)
        return math.ceil(ms)

    def monthly_cost(
        requests: int, ms: float, mb: int, arch: str, init_ms: float, cold_rate: float
    ) -> float:
        cold = requests if slip == "always-cold" else round(requests * cold_rate)
        if slip == "init-is-free":
            init_ms = 0
        start = whole(ms + init_ms)
        if slip == "rounded-twice":
            start = whole(ms) + whole(init_ms)
        billed = (requests - cold) * whole(ms) + cold * start
        seconds = billed / 1000 * mb / (1000 if slip == "gb-of-1000-mb" else 1024)
        calls = 0 if slip == "requests-forgotten" else requests
        if slip != "free-forgotten":
            calls, seconds = calls - 1_000_000, seconds - 400_000
        if slip != "free-below-zero":
            calls, seconds = max(0, calls), max(0, seconds)
        price = PRICE["x86_64" if slip == "one-price-for-both" else arch]
        return calls / 1_000_000 * 0.2 + seconds * float(price)

    return monthly_cost


def printed(*month: Any) -> None:
    """The right answer, where nobody reads it."""
    print(in_floats(*month))


def with_decimals(*month: Any) -> float:
    """Exact prices times an ordinary number."""
    return 1.5 * prices.LAMBDA_X86.value  # type: ignore[operator]


def told(*month: Any) -> str:
    """The right answer, as a text with its currency."""
    return f"${in_floats(*month):.2f}"


@pytest.mark.parametrize("work", [in_floats, in_cents])
def test_right_answers_pass(judge: Judge, work: Callable[..., float]) -> None:
    """Ordinary numbers do, and so do exact ones rounded to the cent."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    "slip",
    [
        "blocks-of-100-ms",
        "no-rounding",
        "rounded-twice",
        "init-is-free",
        "always-cold",
        "gb-of-1000-mb",
        "one-price-for-both",
        "free-forgotten",
        "free-below-zero",
        "requests-forgotten",
    ],
)
def test_slips_are_named(judge: Judge, slip: str) -> None:
    """What an answer comes to tells which thought led there."""
    said = judge(CHECK, slipped(slip))

    assert (said.outcome, said.misconception) == ("failed", slip), said.text
    assert not said.hidden


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (printed, "print-is-return", "gave no amount"),
        (told, None, "dollars, as a number"),
        (with_decimals, None, "float(facts.prices.LAMBDA_X86.value)"),
        (lambda *_month: 3.0, None, "the three numbers on the way"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """What is no amount, or no thought that one knows, is told with its month."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_months_are_metered_as_the_lab_meters(
    cloud: lab.Cloud, lesson: dict[str, Any], arch: str
) -> None:
    """What real calls add to the real bill is what a case of their times comes to."""
    account = cloud.fresh()
    lesson["make_function"](
        account,
        "metered",
        Runtime="python3.13",
        Handler="metered.handler",
        Role=lesson["make_role"](account),
        Code={"ZipFile": lesson["package"]({"metered.py": "def handler(e, c): pass"})},
        Architectures=[arch],
        MemorySize=384,
    )
    for _call in range(3):
        account.client("lambda").invoke(FunctionName="metered", Payload=json.dumps({}))
    account.settle()

    used: Counter[str] = Counter()
    for call in account.reports("metered"):
        case = Case(1, call.duration_ms, 384, arch, call.init_ms or 0, int(call.cold))
        used.update(case.used())
    billed = {line.unit: line.quantity for line in account.bill().of("Lambda")}
    assert used["lambda.requests"] == billed["requests"] == 3
    seconds = Fraction(used[f"lambda.{arch}"], 1024 * 1000)
    assert abs(seconds - Fraction(billed["GB-seconds"])) < Fraction(1, 10**9)
