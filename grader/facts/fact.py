"""A dated number about AWS: what it is, where it stands, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")

_READ = date(2026, 11, 23)
_REVIEW = date(2027, 5, 23)


@dataclass(frozen=True)
class Fact(Generic[T]):
    """A value that AWS may change, and when to look at it again.

    ``source`` is where it was read. ``second_hand`` is a fact that was read elsewhere
    than at AWS: whoever prints it also says to look at ``page``, AWS's own.
    """

    value: T
    unit: str
    source: str
    as_of: date = _READ
    review_by: date = _REVIEW
    second_hand: bool = False
    page: str = ""

    def stale(self, today: date) -> bool:
        """Say whether the fact is due for review."""
        return today > self.review_by
