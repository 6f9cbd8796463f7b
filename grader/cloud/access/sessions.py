"""Temporary credentials: of roles, of users, of federated users.

On AWS they come from STS. Here Lambda's environments get theirs from this module too,
and whoever wants to try out a role or a user.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from moto.iam.models import IAMBackend, Role, User, iam_backends
from moto.sts.utils import random_session_token

from grader.cloud.access.request import Principal
from grader.cloud.moto_backends import backend_of

# Seconds of lab time that the lab's own sessions last.
_LENT = 12 * 60 * 60


@dataclass(frozen=True)
class Session:
    """Temporary credentials and whom they stand for.

    `issued` and `expires` are epoch seconds of lab time; `policies` are the texts of
    session policies, None where none were passed.
    """

    access_key_id: str
    secret_access_key: str
    token: str
    principal: Principal
    name: str
    user_id: str
    issued: float
    expires: float
    identity: User | Role | None
    policies: tuple[str, ...] | None = None
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str = ""
    function_arn: str = ""
    """The function whose environment has these credentials."""


class Sessions:
    """Every session of a cloud, by its access key id."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def get(self, access_key_id: str) -> Session | None:
        """The session that a key belongs to."""
        return self._sessions.get(access_key_id)

    def of_role(
        self,
        role: Role,
        name: str,
        *,
        seconds: int,
        now: float,
        policies: tuple[str, ...] | None = None,
        policy_arns: tuple[str, ...] = (),
        tags: Mapping[str, str] | None = None,
        source_identity: str = "",
        function_arn: str = "",
    ) -> Session:
        """A session of a role; whether it may be had is for the caller to ask."""
        account = role.account_id
        arn = f"arn:{role.partition}:sts::{account}:assumed-role/{role.name}/{name}"
        return self._new(
            Principal("assumed-role", arn, account, role_arn=role.arn),
            role,
            name,
            f"{role.id}:{name}",
            (now, now + seconds),
            policies=policies,
            policy_arns=policy_arns,
            tags=tags or {},
            source_identity=source_identity,
            function_arn=function_arn,
        )

    def of_user(self, user: User, *, seconds: int, now: float) -> Session:
        """A session of a user, with all that the user may."""
        principal = Principal("user", user.arn, user.account_id)
        return self._new(principal, user, user.name, user.id, (now, now + seconds))

    def of_federated_user(
        self,
        user: User,
        name: str,
        *,
        seconds: int,
        now: float,
        policies: tuple[str, ...] | None,
        policy_arns: tuple[str, ...] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Session:
        """A session of somebody whom a user vouches for."""
        account = user.account_id
        arn = f"arn:aws:sts::{account}:federated-user/{name}"
        return self._new(
            Principal("federated-user", arn, account),
            user,
            name,
            f"{account}:{name}",
            (now, now + seconds),
            policies=policies,
            policy_arns=policy_arns,
            tags=tags or {},
        )

    def lend_role(self, account: str, name: str, *, now: float) -> Session:
        """A session of a role for whoever tries it out, untrusted as he may be.

        Raises: LookupError, which tells what roles there are.
        """
        role = find_role(account, name)
        if role is None:
            known = [one.name for one in iam_backends[account]["aws"].roles.values()]
            raise LookupError(_missing("role", name, known))
        return self.of_role(role, "lab", seconds=_LENT, now=now)

    def lend_user(self, account: str, name: str, *, now: float) -> Session:
        """A session of a user for whoever tries it out.

        Raises: LookupError, which tells what users there are.
        """
        users = iam_backends[account]["aws"].users
        if name not in users:
            raise LookupError(_missing("user", name, list(users)))
        return self.of_user(users[name], seconds=_LENT, now=now)

    def _new(
        self,
        principal: Principal,
        identity: User | Role,
        name: str,
        user_id: str,
        lasting: tuple[float, float],
        *,
        policies: tuple[str, ...] | None = None,
        policy_arns: tuple[str, ...] = (),
        tags: Mapping[str, str] | None = None,
        source_identity: str = "",
        function_arn: str = "",
    ) -> Session:
        # moto takes the account of a request from the key.
        key = iam_backends[principal.account]["aws"].create_temp_access_key()
        session = Session(
            key.access_key_id,
            key.secret_access_key,
            random_session_token(),
            principal,
            name,
            user_id,
            *lasting,
            identity,
            policies,
            policy_arns,
            tags or {},
            source_identity,
            function_arn,
        )
        # For whoever checks a signature.
        key.session_token = session.token
        with self._lock:
            self._sessions[session.access_key_id] = session
        return session


def _missing(kind: str, name: str, known: list[str]) -> str:
    there = f"; there are {', '.join(sorted(known))}" if known else ""
    return f"no {kind} is named {name!r} in this account{there}"


def iam(account: str) -> IAMBackend:
    """IAM of an account."""
    found: IAMBackend = backend_of(iam_backends, account, "aws")
    return found


def find_role(account: str, name_or_arn: str) -> Role | None:
    """A role by its name or ARN."""
    for role in list(iam(account).roles.values()):
        if name_or_arn in (role.name, role.arn):
            return role
    return None
