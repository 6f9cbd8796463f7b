"""Sending: what SES checks about a message, and in which order, before it takes one.

https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses

from moto.ses.exceptions import SesError
from moto.ses.models import SESBackend
from moto.ses.template import parse_template

from grader import facts
from grader.cloud.mail import addresses, feedback, sent
from grader.cloud.mail.errors import Refused
from grader.cloud.mail.sending_account import may_use, sending_account

# The lists of a destination, and the headers that say the same.
_FIELDS = {"ToAddresses": "To", "CcAddresses": "Cc", "BccAddresses": "Bcc"}


@dataclass(frozen=True)
class Envelope:
    """From whom to whom, and under which configuration set."""

    source: str
    destinations: Mapping[str, Sequence[str]]
    reply_to: Sequence[str] = ()
    return_path: str | None = None
    configuration_set: str | None = None

    @property
    def recipients(self) -> list[str]:
        return [
            address for name in _FIELDS for address in self.destinations.get(name) or ()
        ]


def send(
    backend: SESBackend, envelope: Envelope, subject: str, bodies: Mapping[str, str]
) -> str:
    """Send a message of a subject and a body, ``text`` or ``html`` or both.

    Raises: Refused.
    """
    _admit(backend, envelope)
    return _keep(
        backend, envelope, subject, text=bodies.get("text"), html=bodies.get("html")
    )


def send_raw(backend: SESBackend, envelope: Envelope, raw: bytes) -> str:
    """Send a whole message. Its headers say what the envelope leaves open.

    Raises: Refused.
    """
    message = sent.parsed(raw)
    source = envelope.source or str(message["From"] or "")
    if not source:
        raise Refused("InvalidParameterValue", "Missing required header 'From'.")
    told = {
        name: [
            address
            for _, address in getaddresses(message.get_all(header, []))
            if address
        ]
        for name, header in _FIELDS.items()
    }
    envelope = Envelope(
        source,
        envelope.destinations if envelope.recipients else told,
        return_path=envelope.return_path,
        configuration_set=envelope.configuration_set
        or message["X-SES-CONFIGURATION-SET"],
    )
    senders = [str(one) for one in message.get_all("From", [])]
    _admit(backend, envelope, also_from=senders)
    return _keep(
        backend,
        envelope,
        str(message["Subject"] or ""),
        text=sent.part(message, "plain"),
        html=sent.part(message, "html"),
        raw=raw,
    )


def send_template(
    backend: SESBackend, envelope: Envelope, template: str, data: str
) -> str:
    """Fill in a stored template and send it.

    Data that don't fit are no error yet: SES takes the message, and drops it later.

    Raises: Refused.
    """
    _admit(backend, envelope)
    stored = backend.templates.get(template)
    if stored is None:
        raise Refused("TemplateDoesNotExist", f"Template {template} does not exist")
    try:
        values = json.loads(data or "{}")
        filled = {
            name: parse_template(str(stored.get(name) or ""), values)
            for name in ("subject_part", "text_part", "html_part")
        }
    except (SesError, ValueError):
        return sent.message_id(backend.region_name)
    return _keep(
        backend,
        envelope,
        filled["subject_part"],
        text=filled["text_part"] or None,
        html=filled["html_part"] or None,
        template=template,
    )


def _keep(
    backend: SESBackend,
    envelope: Envelope,
    subject: str,
    *,
    text: str | None,
    html: str | None,
    raw: bytes | None = None,
    template: str | None = None,
) -> str:
    message = sent.SentMessage(
        id=sent.message_id(backend.region_name),
        source=envelope.source,
        destinations={
            name: list(envelope.destinations.get(name) or ()) for name in _FIELDS
        },
        subject=subject,
        text=text,
        html=html,
        reply_to=list(envelope.reply_to),
        raw=raw,
        template=template,
    )
    backend.sent_messages.append(message)
    feedback.report(backend, message)
    return message.id


def _admit(
    backend: SESBackend, envelope: Envelope, also_from: Iterable[str] = ()
) -> None:
    """Refuse a message that SES wouldn't take, or charge its recipients."""
    account = sending_account(backend)
    if not account.sending_enabled:
        raise Refused("AccountSendingPausedException", "Account sending is disabled.")
    recipients = envelope.recipients
    senders = [
        each for each in (envelope.source, *also_from, envelope.return_path) if each
    ]
    for mailbox in (*senders, *recipients, *envelope.reply_to):
        wrong = addresses.violation(mailbox)
        if wrong is not None:
            raise Refused("InvalidParameterValue", wrong)
    if not recipients:
        raise Refused("InvalidParameterValue", "Missing required header 'To'.")
    most = facts.aws_ses.RECIPIENTS_PER_MESSAGE.value
    if len(recipients) > most:
        raise Refused("InvalidParameterValue", f"Recipient count exceeds {most}.")
    named = envelope.configuration_set
    if named and named not in backend.config_sets:
        raise Refused(
            "ConfigurationSetDoesNotExist",
            f"Configuration set <{named}> does not exist.",
        )
    real = [
        each for each in recipients if not addresses.simulated(addresses.bare(each))
    ]
    must_be_ours = senders if account.in_production else [*senders, *real]
    strangers = {
        each for each in must_be_ours if not may_use(backend, addresses.bare(each))
    }
    if strangers:
        raise Refused(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check"
            f" in region {backend.region_name.upper()}: {', '.join(sorted(strangers))}",
        )
    account.charge(len(recipients), counted=len(real))
