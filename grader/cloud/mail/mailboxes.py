"""What lies in the mailboxes of an account's recipients: mail of SES, and of topics."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from grader.cloud.mail.sent import SentMessage

OF_TOPICS = "mails"
"""Where moto's SNS keeps, for us, what went to e-mail subscribers."""


def of_account(account: str) -> list[dict[str, Any]]:
    """All mail that an account sent in any Region, oldest first, as JSON."""
    sent = [*_sent(account, "ses", "sent_messages"), *_sent(account, "sns", OF_TOPICS)]
    sent.sort(key=lambda pair: pair[1].sent_at)
    return [_told(region, message) for region, message in sent]


def _sent(account: str, service: str, name: str) -> Iterator[tuple[str, SentMessage]]:
    # A service that nobody used so far isn't imported to find that out.
    models = sys.modules.get(f"moto.{service}.models")
    if models is None:
        return
    backends = getattr(models, f"{service}_backends")
    if account not in backends:
        return
    for region, backend in list(backends[account].items()):
        for message in list(vars(backend).get(name, ())):
            yield region, message


def _told(region: str, message: SentMessage) -> dict[str, Any]:
    return {
        "at": message.sent_at,
        "region": region,
        "source": message.source,
        "to": message.recipients,
        "reply_to": list(message.reply_to),
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "id": message.id,
    }
