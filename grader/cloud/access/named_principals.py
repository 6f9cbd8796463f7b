"""AWS principals by their names: is there such a user, role or account?"""

from __future__ import annotations

import re

from moto.iam.models import iam_backends

_NAMED = re.compile(
    r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>user|role)/(?:.*/)?(?P<name>[^/]+)"
)
_ACCOUNT = re.compile(r"\d{12}|arn:aws:iam::\d{12}:root|\*")
_SESSION = re.compile(r"arn:aws:sts::\d{12}:(assumed-role|federated-user)/.+")


def exists(principal: str) -> bool:
    """Say whether there is such a principal, as far as the lab's accounts go."""
    if _ACCOUNT.fullmatch(principal) or _SESSION.fullmatch(principal):
        return True
    found = _NAMED.fullmatch(principal)
    if found is None:
        return False
    if found["account"] not in iam_backends:
        return True
    backend = iam_backends[found["account"]]["aws"]
    if found["kind"] == "user":
        return any(user.arn == principal for user in backend.users.values())
    return any(role.arn == principal for role in backend.roles.values())
