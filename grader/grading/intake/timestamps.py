"""When something was handed in: nbgrader's timestamp.txt."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from grader.grading.intake.files import Files, Found, Unreadable

_EAST = (
    *((1, "WEST BST CET"), (2, "CEST EET"), (3, "EEST MSK"), (8, "SGT HKT AWST")),
    *((9, "JST KST"), (10, "AEST"), (11, "AEDT"), (12, "NZST"), (13, "NZDT")),
    *((-4, "EDT"), (-5, "EST CDT"), (-6, "CST MDT"), (-7, "MST PDT"), (-8, "PST")),
)
"""Hours east of UTC, and short names of zones, which nbgrader writes for where an
instructor lives; those of North America mean what they do in mail (RFC 5322, 4.3)."""
_SECONDS = {name: hours * 3600 for hours, names in _EAST for name in names.split()}


@dataclass(frozen=True)
class Timestamp:
    """A time in UTC, as ISO 8601; None where none is known."""

    iso: str | None = None
    problem: str = ""


def timestamp(found: Found, files: Files) -> Timestamp:
    """Read a timestamp.txt as nbgrader does: what names no time zone is UTC."""
    try:
        text = files.read(found).decode("utf-8-sig").strip()
        if not text:
            return Timestamp(problem=f"{found.shown} is empty: no time is known")
        return Timestamp(_parsed(text).isoformat())
    except (Unreadable, ValueError, OverflowError, RuntimeWarning) as fault:
        return Timestamp(
            problem=f"{found.shown} can't be read, no time is known: {fault}"
        )


def _parsed(text: str) -> datetime:
    from dateutil import parser, tz

    # "2015-02-02 15:58:23.948203 America/Los_Angeles" is how nbgrader writes them.
    *words, last = text.split()
    zone: tzinfo | None = None
    if len(words) == 2 and last[:1].isalpha() and last not in _SECONDS:
        zone = tz.gettz(last)
        text = " ".join(words) if zone else text
    with warnings.catch_warnings():
        # A zone that nobody knows is no reason to call somebody late.
        warnings.simplefilter("error", parser.UnknownTimezoneWarning)
        read: datetime = parser.parse(text, tzinfos=_SECONDS)
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone or UTC)
    return read.astimezone(UTC)
