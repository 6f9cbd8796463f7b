"""When something was handed in: nbgrader's timestamp.txt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from grader.grading.intake.files import Files, Found, Unreadable


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
    except (Unreadable, ValueError, OverflowError) as fault:
        return Timestamp(
            problem=f"{found.shown} can't be read, no time is known: {fault}"
        )


def _parsed(text: str) -> datetime:
    from dateutil import parser, tz

    # "2015-02-02 15:58:23.948203 America/Los_Angeles" is how nbgrader writes them.
    words = text.split()
    zone: tzinfo | None = None
    if len(words) == 3 and words[2][:1].isalpha():
        zone = tz.gettz(words[2])
        text = f"{words[0]} {words[1]}"
    read: datetime = parser.parse(text)
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone or UTC)
    return read.astimezone(UTC)
