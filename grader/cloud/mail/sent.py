"""What was sent, as whoever reads moto's ``sent_messages`` finds it."""

from __future__ import annotations

import email
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

# The first four digits of an id tell the Region; these are known, AWS has more.
_PLACES = {"us-east-1": "0100", "us-west-2": "0101", "eu-west-1": "0102"}


@dataclass(frozen=True)
class SentMessage:
    """A message that SES took: to whom, from whom, and both of its bodies.

    ``destinations`` has ``ToAddresses``, ``CcAddresses`` and ``BccAddresses``; ``raw``
    is the whole message where it was given as such.
    """

    id: str
    source: str
    destinations: Mapping[str, Sequence[str]]
    subject: str
    text: str | None
    html: str | None
    reply_to: Sequence[str] = ()
    raw: bytes | None = None
    template: str | None = None
    sent_at: float = field(default_factory=time.time)

    @property
    def recipients(self) -> list[str]:
        """Every address that the message went to."""
        return [address for those in self.destinations.values() for address in those]

    @property
    def body(self) -> str:
        """The body that a reader sees first: HTML where there is some."""
        return self.html if self.html is not None else self.text or ""


def message_id(region: str) -> str:
    """Make an id like SES's: place, milliseconds, a UUID."""
    milliseconds = f"{int(time.time() * 1000):012x}"
    return f"{_PLACES.get(region, '0100')}{milliseconds}-{uuid.uuid4()}-000000"


def parsed(raw: bytes) -> EmailMessage:
    """Read a whole message, with headers and parts."""
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str | None:
    """The text of the first part of a kind, such as ``html``; None without one."""
    found = message.get_body(preferencelist=(kind,))
    if found is None:
        return None
    return str(found.get_content())
