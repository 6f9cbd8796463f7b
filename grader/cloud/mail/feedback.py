"""What becomes of a message, told to the topics of the identity that sent it.

Every recipient gets it, but for those of the mailbox simulator that are there to
bounce or to complain.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.ses.models import SESBackend
from moto.sns.models import sns_backends

from grader.cloud.mail import addresses, sent
from grader.cloud.mail.sent import SentMessage

_MTA = "a8-50.smtp-out.amazonses.com"


def report(backend: SESBackend, message: SentMessage) -> None:
    """Tell the topics of the sender, or else of its domain, how a message fared."""
    sender = addresses.bare(message.source)
    topics: dict[str, str] = {
        **backend.sns_topics.get(addresses.domain(sender), {}),
        **backend.sns_topics.get(sender, {}),
    }
    if not topics:
        return
    identity = sender if sender in backend.email_identities else None
    place = f"arn:aws:ses:{backend.region_name}:{backend.account_id}:identity/"
    mail = {
        "timestamp": _drawn(message.sent_at),
        "source": message.source,
        "sourceArn": place + (identity or addresses.domain(sender)),
        "sourceIp": "127.0.0.1",
        "sendingAccountId": backend.account_id,
        "messageId": message.id,
        "destination": [addresses.bare(each) for each in message.recipients],
    }
    for kind, about in _fates(backend.region_name, mail["destination"]):
        if kind in topics:
            told = {"notificationType": kind, kind.lower(): about, "mail": mail}
            sns_backends[backend.account_id][backend.region_name].publish(
                json.dumps(told), arn=topics[kind]
            )


def _fates(region: str, recipients: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The kinds of notifications of a message, and what each says."""
    fates: dict[str, list[str]] = {}
    for address in recipients:
        name = address.partition("@")[0].partition("+")[0].lower()
        simulated = name if addresses.simulated(address) else ""
        fates.setdefault(simulated, []).append(address)
    now = _drawn(time.time())
    feedback_id = sent.message_id(region)
    for simulated, those in fates.items():
        if simulated in ("bounce", "suppressionlist"):
            yield "Bounce", _bounce(simulated, those, feedback_id, now)
            continue
        delivery = {
            "timestamp": now,
            "processingTimeMillis": 500,
            "recipients": those,
            "smtpResponse": "250 2.0.0 OK",
            "remoteMtaIp": "127.0.0.1",
            "reportingMTA": _MTA,
        }
        yield "Delivery", delivery
        if simulated == "complaint":
            complaint = {
                "feedbackId": feedback_id,
                "complaintSubType": None,
                "complainedRecipients": [{"emailAddress": each} for each in those],
                "timestamp": now,
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": now,
            }
            yield "Complaint", complaint


def _bounce(
    simulated: str, those: Sequence[str], feedback_id: str, now: str
) -> dict[str, Any]:
    suppressed = simulated == "suppressionlist"
    why = (
        "Amazon SES has suppressed sending to this address because it has a recent"
        " history of bouncing as an invalid address."
        if suppressed
        else "smtp; 550 5.1.1 user unknown"
    )
    return {
        "feedbackId": feedback_id,
        "bounceType": "Permanent",
        "bounceSubType": "Suppressed" if suppressed else "General",
        "bouncedRecipients": [
            {
                "emailAddress": each,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": why,
            }
            for each in those
        ],
        "timestamp": now,
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": f"dsn; {_MTA}",
    }


def _drawn(moment: float) -> str:
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
