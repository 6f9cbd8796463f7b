"""The gate: every call to the cloud's port is authorised here, before it is answered.

It stands before moto and not in moto's mixin for that (``_authenticate_and_authorize``)
because there only a name of an operation is known, S3's apart, because services don't
all pass by it, and because what this cloud answers itself never does.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from werkzeug.wrappers import Response

from grader.cloud import regions
from grader.cloud.access import audit_trail, context_keys, refused_credentials
from grader.cloud.access.audit_trail import AuditTrail, Call
from grader.cloud.access.authorisation import decide
from grader.cloud.access.bodies import body, unpack
from grader.cloud.access.credentials import Credentials
from grader.cloud.access.denials import Denial, denial, protocol_of, sentence
from grader.cloud.access.grouped_context import Group, GroupedContext
from grader.cloud.access.need import UnknownOperation
from grader.cloud.access.needs import needs
from grader.cloud.access.operations import Operation, read, unsigned
from grader.cloud.access.principals import (
    ANONYMOUS,
    Caller,
    CredentialsRefused,
    Principals,
)
from grader.cloud.access.resource_policies import may_refuse

Environ = dict[str, Any]

# Anybody may ask who they are, whatever their policies say.
_FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken")
_OF_USERS = ("sts:GetSessionToken", "sts:GetFederationToken")
# Services whose resources may be open to everybody, and what needs no signature.
_OPEN = ("s3", "sqs")
_UNSIGNED = ("sns:ConfirmSubscription", "sns:Unsubscribe")
_READ_BODIES = 64 * 1024


class Clock(Protocol):
    """What tells lab time."""

    def now(self) -> float:
        """Lab time in epoch seconds."""


class Gate:
    """Lets calls in or refuses them; everything is noted in `trail`."""

    def __init__(self, clock: Clock, principals: Principals) -> None:
        self._clock = clock
        self.principals = principals
        self.trail = AuditTrail()
        self.admitted: list[Callable[[Call], None]] = []
        """Told of each call that is let in, before it does anything."""
        self._current = threading.local()

    def admit(
        self, environ: Environ, credentials: Credentials
    ) -> tuple[Call, Response | None]:
        """Authorise a request: the call, and the answer where it is refused."""
        now = self._clock.now()
        # moto would take the account from it.
        environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
        try:
            caller = self._caller(credentials, now)
        except CredentialsRefused as refusal:
            return self._refused_credentials(environ, credentials, refusal, now)
        call = Call(now, caller, credentials, audit_trail.of_environ(environ))
        self._current.call = call
        audit_trail.current.set(call)
        self.trail.note(call)
        if credentials.service != "s3":
            unpack(environ)
        if caller.principal.administrator:
            data = _small_body(environ, credentials)
            call.body = data[: audit_trail.BODY_KEPT]
            account, region = caller.principal.account, credentials.region
            if not may_refuse(account, region, credentials.service, environ, data):
                return call, None
        if not credentials.service:
            return call, None
        call.operation = operation = read(environ, credentials.service)
        refused = self._authorise(call, environ, operation)
        if refused is None:
            for tell in self.admitted:
                tell(call)
            return call, None
        call.refused = refused.code
        response = refused.response(head=environ["REQUEST_METHOD"] == "HEAD")
        return call, response

    def _caller(self, credentials: Credentials, now: float) -> Caller:
        if not credentials.access_key_id:
            return ANONYMOUS
        if not regions.exists(credentials.region):
            raise CredentialsRefused("region", credentials.access_key_id)
        return self.principals.caller(credentials.access_key_id, credentials.token, now)

    def _authorise(
        self, call: Call, environ: Environ, operation: Operation | None
    ) -> Denial | None:
        if operation is None:
            return _unknown(None, call.credentials.service, environ)
        named = f"{operation.prefix}:{operation.name}"
        if call.caller is ANONYMOUS and operation.prefix not in _OPEN:
            if named in _UNSIGNED or unsigned(operation):
                return None
            return refused_credentials.denial("missing", operation.protocol)
        if named in _OF_USERS and call.caller.session is not None:
            message = f"Cannot call {operation.name} with session credentials"
            return Denial("AccessDenied", message, 403, operation.protocol, _id())
        if named in _FREE:
            return None
        try:
            needed = needs(operation, call.place)
        except UnknownOperation as unknown:
            return _unknown(operation, str(unknown), environ)
        region = call.credentials.region
        call.context = known = GroupedContext(
            Group(context_keys.of_request(environ, region, secure=True)),
            *context_keys.groups_of_caller(call.caller, call.at),
            Group(partial(context_keys.of_operation, operation)),
        )
        for need in needed:
            context = known.beside(Group(need.context))
            decision = decide(call.caller, need.action, need.resource, context)
            call.decisions.append(decision)
            if not decision.allowed:
                return denial(decision, operation)
        return None

    def permitted(self, action: str, resource: str) -> str | None:
        """Ask in the middle of a request, in its thread; why not, or None if it may."""
        call: Call | None = getattr(self._current, "call", None)
        if call is None:
            return None
        decision = decide(call.caller, action, resource, call.context)
        call.decisions.append(decision)
        return None if decision.allowed else sentence(decision)

    def _refused_credentials(
        self,
        environ: Environ,
        credentials: Credentials,
        refusal: CredentialsRefused,
        now: float,
    ) -> tuple[Call, Response]:
        operation = read(environ, credentials.service)
        protocol = protocol_of(operation, credentials.service)
        told = refused_credentials.denial(refusal.kind, protocol, credentials.region)
        call = Call(now, ANONYMOUS, credentials, audit_trail.of_environ(environ))
        call.operation, call.refused = operation, told.code
        self.trail.note(call)
        return call, told.response(head=environ["REQUEST_METHOD"] == "HEAD")


def _unknown(operation: Operation | None, what: str, environ: Environ) -> Denial:
    """Refuse loudly what no policy could be asked about."""
    asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    message = (
        f"The local cloud doesn't know which action {what or asked} needs, so only the"
        " account's administrator may call it."
    )
    protocol = protocol_of(operation, what)
    return Denial("AccessDeniedException", message, 403, protocol, _id())


def _id() -> str:
    return str(uuid.uuid4())


def _small_body(environ: Environ, credentials: Credentials) -> bytes:
    """What tells the parameters of an administrator's call, kept for the audit."""
    if credentials.service in ("s3", "lambda") or not environ.get("CONTENT_LENGTH"):
        return b""
    if int(environ["CONTENT_LENGTH"]) > _READ_BODIES:
        return b""
    return body(environ)
