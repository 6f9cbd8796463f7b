"""Who has to be asked before mail goes out: whose identities a request is about.

In the sandbox that are the recipients' too, for they are the account's own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import getaddresses, parseaddr
from typing import Any

from moto.ses.models import SESBackend, ses_backends

from grader.cloud.mail import addresses, sent
from grader.cloud.mail.sending_account import sending_account

_LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")


@dataclass(frozen=True)
class Mailing:
    """The addresses of a request to send, of either API."""

    source: str
    return_path: str
    recipients: tuple[str, ...]

    @property
    def condition_keys(self) -> dict[str, str | tuple[str, ...]]:
        """What a policy's conditions may ask about, in lower case."""
        keys: dict[str, str | tuple[str, ...]] = {
            "ses:fromaddress": addresses.bare(self.source),
            "ses:fromdisplayname": parseaddr(self.source)[0],
            "ses:feedbackaddress": addresses.bare(self.return_path or self.source),
        }
        known = {name: value for name, value in keys.items() if value}
        recipients = tuple(addresses.bare(each) for each in self.recipients)
        return {**known, "ses:recipients": recipients}

    def identities(self, account: str, region: str) -> list[str]:
        """The identities that the request is about, each once."""
        backend = ses_backends[account][region]
        found = [
            _identity(backend, address) or address
            for each in (self.source, self.return_path)
            if (address := addresses.bare(each))
        ]
        if not sending_account(backend).in_production:
            found += [
                identity
                for each in self.recipients
                if (identity := _identity(backend, addresses.bare(each)))
            ]
        return list(dict.fromkeys(found))


def read(parameters: Mapping[str, Any]) -> Mailing:
    """Read the parameters of SendEmail and of its kind."""
    raw = _raw(parameters)
    message = sent.parsed(raw) if raw else None
    source = parameters.get("Source") or parameters.get("FromEmailAddress") or ""
    recipients = list(_recipients(parameters))
    if message is not None:
        source = source or str(message["From"] or "")
        if not recipients:
            told = [
                value
                for name in ("To", "Cc", "Bcc")
                for value in message.get_all(name, [])
            ]
            recipients = [address for _, address in getaddresses(told)]
    return_path = parameters.get("ReturnPath") or parameters.get(
        "FeedbackForwardingEmailAddress"
    )
    return Mailing(str(source), str(return_path or ""), tuple(recipients))


def _recipients(parameters: Mapping[str, Any]) -> Iterator[str]:
    for destination in (
        parameters.get("Destination"),
        *_listed(parameters.get("Destinations")),
    ):
        if isinstance(destination, str):
            yield destination
        elif isinstance(destination, Mapping):
            # Those of a bulk are a level lower.
            inner = destination.get("Destination", destination)
            for name in _LISTS:
                yield from (str(one) for one in _listed(inner.get(name)))


def _raw(parameters: Mapping[str, Any]) -> bytes:
    content = parameters.get("Content") or {}
    told = parameters.get("RawMessage") or content.get("Raw") or {}
    try:
        return base64.b64decode(told.get("Data", ""))
    except (binascii.Error, ValueError):
        return b""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _identity(backend: SESBackend, address: str) -> str | None:
    """The identity by which an address may be used: its own, or a domain's above it."""
    labels = addresses.domain(address).split(".")
    names = [address, *(".".join(labels[start:]) for start in range(len(labels)))]
    return next((name for name in names if name in backend.email_identities), None)
