"""Months of one function, and what the lab's own bill asks for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grader.cloud.metering import bills

MONTH = "2026-11"
"""Which month it is makes no difference for what isn't kept."""
METERS = {"x86_64": "lambda.x86_64", "arm64": "lambda.arm64"}


@dataclass(frozen=True)
class Case:
    """A month of one function: `ms` of a call, `init_ms` more for a cold one."""

    requests: int
    ms: float
    mb: int
    arch: str = "x86_64"
    init_ms: float = 0.0
    cold_rate: float = 0.0

    @property
    def arguments(self) -> tuple[int, float, int, str, float, float]:
        """In the order of `monthly_cost`."""
        return (
            self.requests,
            self.ms,
            self.mb,
            self.arch,
            self.init_ms,
            self.cold_rate,
        )

    @property
    def told(self) -> str:
        """The call as the learner would write it."""
        return f"monthly_cost({', '.join(map(repr, self.arguments))})"

    @property
    def cold(self) -> int:
        """How many calls are cold."""
        return round(self.requests * self.cold_rate)

    def used(
        self, billed: Callable[[float], int] | None = None
    ) -> dict[str, int | Fraction]:
        """What the lab's meters would have counted; `billed` makes ms of a call whole.

        Compute time is metered in MB-milliseconds.
        """
        whole = billed or _whole
        warm = (self.requests - self.cold) * whole(self.ms)
        cold = self.cold * whole(self.ms + self.init_ms)
        return {
            "lambda.requests": self.requests,
            METERS[self.arch]: self.mb * (warm + cold),
        }


def _whole(ms: float) -> int:
    return max(1, math.ceil(ms))


def to_pay(used: Mapping[str, int | Fraction]) -> Decimal:
    """What the lab's bill asks for so much use, in dollars."""
    return Decimal(bills.bill(used, MONTH)["to_pay"])


def before_free(used: Mapping[str, int | Fraction]) -> Decimal:
    """What the bill would ask for if nothing were free, in dollars."""
    return Decimal(bills.bill(used, MONTH)["cost"])
