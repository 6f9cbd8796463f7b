"""Answers in pages: MaxItems, Marker and NextMarker."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from grader.cloud.functions.calls import Call
from grader.cloud.functions.errors import invalid

_LARGEST = 50


def page(
    call: Call, member: str, items: Sequence[Any], *, largest: int = _LARGEST
) -> dict[str, Any]:
    """Return one page of the items under the answer's member name.

    A page holds at most 50 items, whatever the caller asks for, as on AWS.

    Raises:
        AWSError: InvalidParameterValueException for a Marker that Lambda didn't give.
    """
    start = _start(call.get("Marker"))
    size = min(call.get("MaxItems") or largest, largest)
    answer: dict[str, Any] = {member: list(items[start : start + size])}
    if start + size < len(items):
        marker = f"from:{start + size}".encode()
        answer["NextMarker"] = base64.b64encode(marker).decode()
    return answer


def _start(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        word, _, number = base64.b64decode(marker, validate=True).partition(b":")
        if word == b"from":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise invalid("Invalid Marker")
