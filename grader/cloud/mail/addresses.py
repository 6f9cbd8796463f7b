"""Mail addresses: what is wrong with them, and which are SES's own test mailboxes."""

from __future__ import annotations

import re

_SIMULATOR = re.compile(
    r"(success|bounce|complaint|ooto|suppressionlist)(\+[^@]*)?"
    r"@simulator\.amazonses\.com",
    re.IGNORECASE,
)
_DISPLAY_NAME = re.compile(r".*<([^<>]*)>\s*", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_CONTROL = re.compile(r"[^!-~]")


def bare(mailbox: str) -> str:
    """The address of a mailbox, which may have a name before it."""
    named = _DISPLAY_NAME.fullmatch(mailbox)
    return (named[1] if named else mailbox).strip()


def domain(address: str) -> str:
    """What stands behind the last @, in lower case."""
    return address.rpartition("@")[2].lower()


def violation(mailbox: str) -> str | None:
    """What SES says about a malformed address; None where it has nothing to say."""
    if _separates_two(mailbox):
        return "Illegal address"
    local, at, host = _QUOTED.sub("q", bare(mailbox)).partition("@")
    if _CONTROL.search(local):
        return "Local address contains control or whitespace"
    if not at:
        return "Missing final '@domain'"
    if not host:
        return "Missing domain"
    if _CONTROL.search(host):
        return "Domain contains control or whitespace"
    return None


def _separates_two(mailbox: str) -> bool:
    """Say whether a comma stands where no quotation marks guard it."""
    return "," in _QUOTED.sub("", mailbox)


def simulated(address: str) -> bool:
    """Say whether an address is one of SES's mailbox simulator."""
    return _SIMULATOR.fullmatch(address) is not None
