"""Who signed a request, from the key ids that IAM and STS gave out.

The local cloud reads who signed and doesn't check the signature: secrets aren't
verified, session tokens are.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import Role, User, iam_backends

from grader.cloud.access.request import Principal
from grader.cloud.access.sessions import Session, Sessions, iam
from grader.cloud.administrator import is_administrator

# How moto writes an account's number into key ids.
_OFFSET = 0b1 << 39
_KEY_LENGTH = 20


@dataclass(frozen=True)
class Caller:
    """A principal with what IAM knows of it.

    `identity` is the IAM user or role whose policies hold it, if it still exists;
    `session` is there for temporary credentials.
    """

    principal: Principal
    access_key_id: str = ""
    identity: User | Role | None = None
    session: Session | None = None

    @property
    def user_id(self) -> str:
        """The unique id of a user; a role's id and the session's name."""
        if self.session is not None:
            return self.session.user_id
        if self.identity is not None:
            return str(self.identity.id)
        return self.principal.account or "anonymous"


ANONYMOUS = Caller(Principal("anonymous", "*", ""))


class CredentialsRefused(Exception):
    """Keys that aren't good: `invalid`, `expired`, or used for no `region` of AWS."""

    def __init__(self, kind: str, access_key_id: str) -> None:
        super().__init__(f"{kind}: {access_key_id}")
        self.kind = kind
        self.access_key_id = access_key_id


class Principals:
    """Finds callers by their keys."""

    def __init__(self) -> None:
        self.sessions = Sessions()
        self._accounts: dict[str, Caller] = {}

    def caller(self, access_key_id: str, token: str | None, now: float) -> Caller:
        """Who a key belongs to; `now` is lab time in epoch seconds.

        A key that IAM didn't issue is that of the first account's administrator.

        Raises: CredentialsRefused for what was deleted, made inactive or has expired.
        """
        if (session := self.sessions.get(access_key_id)) is not None:
            return _of_session(session, token, now)
        for backends in list(iam_backends.values()):
            backend = dict.get(backends, "aws")
            key = backend.access_keys.get(access_key_id) if backend else None
            if key is not None:
                return self._of_user(backend, key)
        if issued(access_key_id):
            raise CredentialsRefused("invalid", access_key_id)
        return self.administrator(DEFAULT_ACCOUNT_ID)

    def administrator(self, account: str) -> Caller:
        """The administrator of an account, whose keys IAM didn't issue."""
        if account not in self._accounts:
            arn = f"arn:aws:iam::{account}:user/administrator"
            principal = Principal("user", arn, account, administrator=True)
            self._accounts[account] = Caller(principal)
        return self._accounts[account]

    def _of_user(self, backend: Any, key: Any) -> Caller:
        user = backend.users.get(key.user_name)
        if user is None or key not in user.access_keys:
            # moto doesn't tell a key of its user's new name.
            user = backend.get_user_from_access_key_id(key.access_key_id)
        if user is None or key.status != "Active":
            raise CredentialsRefused("invalid", key.access_key_id)
        return _of_user(user, user.path, user.name, key.access_key_id)


@lru_cache(maxsize=256)
def _of_user(user: User, _path: str, name: str, access_key_id: str) -> Caller:
    """The same one until somebody renames the user, which changes the ARN."""
    administrator = is_administrator(user.account_id, name)
    principal = Principal("user", user.arn, user.account_id, None, administrator)
    return Caller(principal, access_key_id, user)


def _of_session(session: Session, token: str | None, now: float) -> Caller:
    if token != session.token:
        raise CredentialsRefused("invalid", session.access_key_id)
    if session.expires <= now:
        raise CredentialsRefused("expired", session.access_key_id)
    identity = session.identity if _exists(session.identity) else None
    return Caller(session.principal, session.access_key_id, identity, session)


def _exists(identity: User | Role | None) -> bool:
    if identity is None:
        return False
    backend = iam(identity.account_id)
    if isinstance(identity, Role):
        return identity.id in backend.roles
    return backend.users.get(identity.name) is identity


def issued(access_key_id: str) -> bool:
    """Whether a key id is one that IAM of one of the accounts gave out."""
    if len(access_key_id) != _KEY_LENGTH or access_key_id[:4] not in ("AKIA", "ASIA"):
        return False
    try:
        number = int.from_bytes(base64.b32decode(access_key_id[4:12]), "big")
    except ValueError:
        return False
    odd = access_key_id[12] not in "ABCDEFGHIJKLMNOP"
    account = 2 * (number - _OFFSET) + odd
    return f"{account:012d}" in iam_backends
