"""Long lists, page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from moto.core.exceptions import JsonRESTError

T = TypeVar("T")

_PAGE = 100


def page(
    found: Sequence[T], limit: int | None, token: str | None
) -> tuple[list[T], str | None]:
    """Take the page that a token asks for, and a token for the next one.

    Raises:
        JsonRESTError: InvalidToken.
    """
    try:
        start = int(base64.b64decode(token or "MA==", validate=True))
    except (binascii.Error, ValueError):
        raise JsonRESTError("InvalidToken", "The token is not valid.") from None
    end = start + (limit or _PAGE)
    after = base64.b64encode(str(end).encode()).decode() if end < len(found) else None
    return list(found[start:end]), after
