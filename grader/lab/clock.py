"""The clock of the lab: time that goes on when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from grader.errors import LabError, WrongUse
from grader.lab import durations
from grader.lab.connection import Connection


class Clock(Protocol):
    """What `cloud.clock` offers."""

    def now(self) -> datetime:
        """The cloud's time, in UTC."""

    def advance(self, span: str | float | timedelta) -> datetime:
        """Let a span of time pass, and everything that is due in it happen."""

    def to(self, when: str | datetime, tz: str = "UTC") -> datetime:
        """Go on to a moment, given in ISO 8601."""


class LabClock:
    """The lab process's own clock: what is due happens at its time, in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self) -> datetime:
        """The lab's time, in UTC."""
        return _moment(self._connection.post("/_lab/clock"))

    def advance(self, span: str | float | timedelta) -> datetime:
        """Let a span of lab time pass; answers with the new time."""
        length = durations.seconds(span)
        return _moment(self._connection.post("/_lab/clock", {"advance": length}))

    def to(self, when: str | datetime, tz: str = "UTC") -> datetime:
        """Go on to a moment; one without an offset is read in `tz`."""
        target = durations.moment(when, tz)
        now = self.now()
        if target < now.timestamp():
            raise WrongUse(
                f"{when} is in the past: the lab's clock says {now:%Y-%m-%d %H:%M:%S} "
                "UTC, and time only goes forward"
            )
        return _moment(self._connection.post("/_lab/clock", {"to": target}))


class RealClock:
    """A real account's clock: nobody can move it."""

    def now(self) -> datetime:
        """This machine's time, in UTC."""
        return datetime.now(UTC)

    def advance(self, span: str | float | timedelta) -> datetime:
        """Refused: time passes by itself on AWS."""
        raise LabError(
            f"a real AWS account's clock can't be moved by {span!r}: wait, or run this "
            "cell in the lab (LAB_TARGET unset)"
        )

    def to(self, when: str | datetime, tz: str = "UTC") -> datetime:
        """Refused: time passes by itself on AWS."""
        raise LabError(
            f"a real AWS account's clock can't be set to {when!r}: wait, or run this "
            "cell in the lab (LAB_TARGET unset)"
        )


def _moment(said: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(said["now"]), UTC)
