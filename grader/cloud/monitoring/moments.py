"""Moments as CloudWatch writes them, and as moto hands them over."""

from __future__ import annotations

from datetime import UTC, datetime


def epoch(moment: datetime) -> float:
    """Epoch seconds of a moment, which moto gives in UTC without saying so."""
    return moment.replace(tzinfo=UTC).timestamp()


def moment(seconds: float) -> datetime:
    """A moment for an answer; AWS gives milliseconds."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def stamp(seconds: float) -> str:
    """A moment as messages, events and reasons have it."""
    return moment(seconds).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
