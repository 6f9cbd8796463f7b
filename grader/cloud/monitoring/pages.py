"""Answers that come in pages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from grader.cloud.monitoring.errors import Refusal

T = TypeVar("T")


def page(
    items: Sequence[T], size: int, token: str | None
) -> tuple[Sequence[T], str | None]:
    """Give one page, and the token for the next one where there is more.

    Raises:
        Refusal: InvalidNextToken.
    """
    start = _place(token)
    if start < 0 or start > len(items):
        raise _invalid(token)
    end = start + size
    following = base64.b64encode(b"%d" % end).decode() if end < len(items) else None
    return items[start:end], following


def _place(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise _invalid(token) from None


def _invalid(token: str | None) -> Refusal:
    return Refusal("InvalidNextToken", f"The value {token} for NextToken is invalid.")
