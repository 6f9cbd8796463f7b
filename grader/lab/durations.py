"""Spans of time as people write them: "14 days", "90 s", 3600, timedelta."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.errors import WrongUse

_SECONDS = {
    "ms": 0.001,
    "millisecond": 0.001,
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "day": 86400,
    "d": 86400,
    "week": 7 * 86400,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_EXAMPLES = 'write "14 days", "2 hours 30 minutes", a number of seconds or a timedelta'


def seconds(span: str | float | timedelta) -> float:
    """The length of a span in seconds; never negative."""
    if isinstance(span, timedelta):
        length = span.total_seconds()
    elif isinstance(span, str):
        length = _parsed(span)
    elif isinstance(span, int | float) and not isinstance(span, bool):
        length = float(span)
    else:
        raise WrongUse(f"{span!r} is not a span of time: {_EXAMPLES}")
    if not math.isfinite(length) or length < 0:
        raise WrongUse(f"time only goes forward here, so {span!r} can't be done")
    return length


def _parsed(text: str) -> float:
    parts = _PART.findall(text.lower())
    rest = re.sub(r"(\s|,|and)+", "", _PART.sub("", text.lower()))
    if not parts or rest:
        raise WrongUse(f"{text!r} is not a span of time: {_EXAMPLES}")
    total = 0.0
    for number, unit in parts:
        name = unit if unit in _SECONDS else unit.removesuffix("s")
        if name not in _SECONDS:
            raise WrongUse(f"{unit!r} in {text!r} is not a unit of time: {_EXAMPLES}")
        total += float(number) * _SECONDS[name]
    return total


def moment(text: str | datetime, tz: str = "UTC") -> float:
    """The epoch second of an ISO 8601 date and time, read in `tz` if it names none."""
    try:
        when = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise WrongUse(
            f'{text!r} is not a date and time: write "2026-03-29T08:00"'
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=_zone(tz))
    return when.timestamp()


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongUse(
            f'{name!r} is not a time zone: write a name such as "Europe/London"'
        ) from None
