"""Identities: addresses and domains that are to be verified, and how far that is.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from moto.ses.models import EmailIdentity, SESBackend

from grader.cloud.mail import addresses
from grader.cloud.mail.errors import Refused
from grader.cloud.mail.sending_account import sending_account, verified

_TOKENS = 3


def add(backend: SESBackend, name: str, **members: Any) -> EmailIdentity:
    """Make an identity, and ask its owner to confirm it; a domain's name is lowered.

    Raises: Refused where it is no address and no domain.
    """
    if "@" not in name:
        name = name.lower()
        if "." not in name:
            raise Refused("InvalidParameterValue", f"Invalid domain name {name}.")
    elif (
        addresses.violation(name)
        or addresses.bare(name) != name
        or name.startswith("@")
    ):
        raise Refused("InvalidParameterValue", f"Invalid email address<{name}>.")
    made: EmailIdentity = backend.create_email_identity_v2(
        name,
        members.get("tags"),
        members.get("dkim_signing_attributes"),
        members.get("configuration_set_name"),
    )
    sending_account(backend).ask_owner(name)
    return made


def ask_again(backend: SESBackend, name: str) -> None:
    """Ask the owner of an identity, which may be new, to confirm it.

    Raises: Refused where it is no address and no domain.
    """
    if name.lower() not in backend.email_identities and (
        name not in backend.email_identities
    ):
        add(backend, name)


def remove(backend: SESBackend, name: str) -> None:
    """Forget an identity, if there is one."""
    backend.email_identities.pop(name, None)
    backend.dkim_tokens.pop(name, None)
    sending_account(backend).forget(name)


def of_kind(backend: SESBackend, kind: str | None = None) -> list[str]:
    """The names of the identities, or of those of a type, in order."""
    return sorted(
        name
        for name, identity in backend.email_identities.items()
        if kind is None or identity.identity_type == kind
    )


def dkim(backend: SESBackend, name: str) -> Mapping[str, Any]:
    """How a domain signs its mail, or an address does by its domain's records."""
    host = addresses.domain(name)
    if host not in backend.email_identities:
        return {"enabled": False, "status": "NotStarted", "tokens": ()}
    status = "Success" if verified(backend, host) else "Pending"
    return {"enabled": True, "status": status, "tokens": _dkim_tokens(backend, host)}


def verification_token(backend: SESBackend, domain: str) -> str:
    """What a domain's TXT record had to hold, before there was DKIM."""
    return base64.b64encode(_digest(backend, domain, "owner")).decode()


def _dkim_tokens(backend: SESBackend, domain: str) -> Sequence[str]:
    """The names of the CNAME records that prove whose a domain is."""
    return [
        base64.b32encode(_digest(backend, domain, str(number)))[:32].decode().lower()
        for number in range(_TOKENS)
    ]


def _digest(backend: SESBackend, domain: str, use: str) -> bytes:
    told = f"{backend.account_id}/{backend.region_name}/{domain}/{use}"
    return hashlib.sha256(told.encode()).digest()
