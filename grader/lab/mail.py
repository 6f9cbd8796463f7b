"""`cloud.mail()`: what was sent to whom, as its recipients find it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.lab.tables import Listing


@dataclass(frozen=True)
class Mail:
    """A message; `time` is lab time, in UTC. A body that it doesn't have is None."""

    time: datetime
    source: str
    to: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    id: str
    region: str


class Mailbox(Listing[Mail]):
    """Messages, oldest first; a list that shows as a table."""

    columns = ("time", "source", "to", "subject")
    empty = "no mail was sent yet"

    def row(self, item: Mail) -> list[str]:
        """The cells of one message; the time without its date."""
        return [f"{item.time:%H:%M:%S}", item.source, ", ".join(item.to), item.subject]

    def of(self, address: str) -> list[Mail]:
        """What went to one address."""
        return [mail for mail in self if address in mail.to]


def mailbox(told: Iterable[dict[str, Any]]) -> Mailbox:
    """The messages that the lab knows of."""
    return Mailbox(
        Mail(
            time=datetime.fromtimestamp(one["at"], UTC),
            source=one["source"],
            to=tuple(one["to"]),
            reply_to=tuple(one["reply_to"]),
            subject=one["subject"],
            text=one["text"],
            html=one["html"],
            id=one["id"],
            region=one["region"],
        )
        for one in told
    )
