"""The Principal element of resource policies: whom a statement names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from grader.cloud.access.request import Effect, Principal

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")


class Naming(IntEnum):
    """How closely a statement names who makes a request, the closest the greatest.

    An allow for the ACCOUNT leaves the decision to the account's own policies. One for
    the ROLE is limited by the boundary and the session policies of the session, one
    for the PRINCIPAL itself by nothing, within the account.
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    PRINCIPAL = 3


@dataclass(frozen=True)
class PrincipalElement:
    """Principal or NotPrincipal, read."""

    negated: bool
    everybody: bool
    arns: frozenset[str]
    """Of users, roles and sessions; and names of identity providers."""
    accounts: frozenset[str]
    services: frozenset[str]
    wanted: tuple[str, ...]
    """All of it, as the document has it."""

    def naming(self, principal: Principal, effect: Effect) -> Naming:
        """How the statement names a principal; NONE when it doesn't apply."""
        if not self.negated:
            return self._named(principal)
        spared = self._spared(principal) if effect == "Deny" else self._named(principal)
        return Naming.NONE if spared else Naming.PRINCIPAL

    def _named(self, principal: Principal) -> Naming:
        if self.everybody:
            return Naming.PRINCIPAL
        if principal.kind == "service":
            found = principal.arn in self.services
            return Naming.PRINCIPAL if found else Naming.NONE
        if principal.arn in self.arns:
            return Naming.PRINCIPAL
        if principal.role_arn in self.arns:
            return Naming.ROLE
        if principal.account in self.accounts:
            root = principal.kind == "root"
            return Naming.PRINCIPAL if root else Naming.ACCOUNT
        return Naming.NONE

    def _spared(self, principal: Principal) -> bool:
        """Whether a Deny with NotPrincipal leaves the principal alone.

        "AWS might validate the account first, then the role, and then the assumed-role
        user": each of them has to be named.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        if self.everybody or principal.kind in ("service", "root"):
            return bool(self._named(principal))
        wanted = {principal.arn, principal.role_arn} - {None}
        return principal.account in self.accounts and wanted <= self.arns


def principal_element(element: Any, *, negated: bool) -> PrincipalElement:
    """Read `"*"` or a map of kinds to principals."""
    entries = {"AWS": "*"} if element == "*" else element
    if not isinstance(entries, Mapping):
        raise ValueError(f"not a Principal element: {element!r}")
    named = {kind: _listed(values) for kind, values in entries.items()}
    accounts, arns = set(), set()
    for value in named.get("AWS", ()):
        if account := _ACCOUNT.fullmatch(value):
            accounts.add(account[1])
        else:
            arns.add(value)
    return PrincipalElement(
        negated,
        "*" in arns,
        frozenset(arns) | frozenset(named.get("Federated", ())),
        frozenset(accounts),
        frozenset(named.get("Service", ())),
        tuple(value for values in named.values() for value in values),
    )


def _listed(values: Any) -> list[str]:
    return [str(value) for value in (values if isinstance(values, list) else [values])]
