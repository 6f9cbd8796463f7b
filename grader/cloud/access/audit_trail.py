"""Every call that came to the cloud: by whom, of what, and whether it was allowed.

What a call was is only worked out when somebody asks: an administrator's call has
nothing else to wait for.
"""

from __future__ import annotations

import io
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from grader.cloud import lineage
from grader.cloud.access.credentials import Credentials
from grader.cloud.access.evaluation import Decision
from grader.cloud.access.need import Need, UnknownOperation
from grader.cloud.access.needs import needs
from grader.cloud.access.operations import Operation, read
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context
from grader.cloud.access.resource_names import Place

_KEPT = 2000
# Bytes of a body that are kept to tell what a call was about.
BODY_KEPT = 4096
_OF_ENVIRON = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "RAW_URI",
    "QUERY_STRING",
    "CONTENT_TYPE",
    "HTTP_HOST",
    "HTTP_X_AMZ_TARGET",
    "HTTP_X_AMZ_COPY_SOURCE",
    "HTTP_USER_AGENT",
    "HTTP_X_AMZN_TRACE_ID",
)
_IDS = ("x-amzn-requestid", "x-amz-request-id", "x-amz-requestid")
_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"")


@dataclass(eq=False)
class Call:
    """One call; `at` is lab time in epoch seconds.

    `decisions` has what was decided, in the order of the operation's needs; it is
    empty for an administrator, whom nothing holds.
    """

    at: float
    caller: Caller
    credentials: Credentials
    environ: dict[str, Any]
    body: bytes = b""
    operation: Operation | None = None
    decisions: list[Decision] = field(default_factory=list)
    context: Context = field(default_factory=dict)
    refused: str = ""
    """The code of the cloud's own refusal, where it refused."""
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    error_body: bytes = b""
    answered_at: float | None = None
    """Lab time at which the answer began."""
    settled_at: float | None = None
    """When its answer went on its way, by time.monotonic: nobody had it before."""
    _begun: str = ""

    def begin_chain(self) -> str:
        """The trace header of the events that it causes, if it came without one."""
        self._begun = self._begun or lineage.root(sampled=False)
        return self._begun

    @property
    def trace(self) -> str:
        """The trace id of the chain of events that it belongs to; empty for none."""
        return lineage.root_of(self.environ.get("HTTP_X_AMZN_TRACE_ID") or self._begun)

    @property
    def place(self) -> Place:
        """Where it was made, and by whom of IAM's users."""
        return place(self.caller, self.credentials.region)

    @property
    def denied(self) -> Decision | None:
        """The decision that refused it."""
        return next((one for one in self.decisions if not one.allowed), None)

    @property
    def request_id(self) -> str:
        """The id that its answer had."""
        told = {name.lower(): value for name, value in self.headers}
        return next((told[name] for name in _IDS if name in told), "")

    @property
    def error(self) -> str:
        """The code of the error that it was answered with; empty where it was good."""
        if self.refused or self.status[:1] not in ("4", "5"):
            return self.refused
        told = {name.lower(): value for name, value in self.headers}
        if code := told.get("x-amzn-errortype"):
            return code.partition(":")[0]
        found = _CODE.search(self.error_body)
        return (found[1] or found[2]).decode() if found else self.status[:3]

    def answering(self, start_response: Callable[..., Any]) -> Callable[..., Any]:
        """Note how it is answered, on the way of the answer."""

        def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self.status, self.headers = status, headers
            self.answered_at = time.time()
            return start_response(status, headers, *more)

        return noting

    def answered(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """Note an error's text; everything else goes through as it is."""
        self.settled_at = time.monotonic()
        if self.status[:1] not in ("4", "5"):
            return chunks
        text = b"".join(chunks)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        self.error_body = text[:BODY_KEPT]
        return [text]


current: ContextVar[Call | None] = ContextVar("current call", default=None)
"""The call that is being answered in this thread."""


def current_chain() -> str | None:
    """Return the trace header of what the call being answered causes, if there is one.

    A call that came with a header hands that on.
    """
    call = current.get()
    if call is None:
        return None
    return call.environ.get("HTTP_X_AMZN_TRACE_ID") or call.begin_chain()


def place(caller: Caller, region: str) -> Place:
    """Where a caller's request is made."""
    principal = caller.principal
    name = principal.arn.rpartition("/")[2] if principal.kind == "user" else ""
    return Place(principal.account, region, name)


def of_environ(environ: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a request, which would hold its connection otherwise."""
    return {name: environ[name] for name in _OF_ENVIRON if name in environ}


@dataclass(frozen=True)
class Row:
    """One action of a call on one resource, as the audit shows it."""

    at: float
    principal: str
    action: str
    resource: str
    decision: str
    because: str
    request_id: str
    error: str
    region: str


class AuditTrail:
    """The most recent calls, oldest first."""

    def __init__(self, size: int = _KEPT) -> None:
        self._calls: deque[Call] = deque(maxlen=size)
        self._lock = threading.Lock()

    def note(self, call: Call) -> None:
        """Keep a call."""
        self._calls.append(call)

    def calls(self, account: str) -> list[Call]:
        """The calls of an account's principals, and of others on what it owns."""
        with self._lock:
            kept = list(self._calls)
        return [
            call
            for call in kept
            if call.caller.principal.account == account
            or any(one.request.resource_account == account for one in call.decisions)
        ]


def rows(call: Call) -> Iterator[Row]:
    """A call as the audit shows it: a row for each action on a resource."""
    principal = call.caller.principal.arn
    about = (call.request_id, call.error, call.credentials.region)
    if call.decisions:
        for decision in call.decisions:
            yield Row(
                call.at,
                principal,
                decision.request.action,
                decision.request.resource,
                "allow" if decision.allowed else "deny",
                because(decision),
                *about,
            )
        return
    why_allowed = (
        "the account's administrator may do everything"
        if call.caller.principal.administrator
        else "nobody needs permission for it"
    )
    for need in _needs(call):
        yield Row(
            call.at,
            principal,
            need.action,
            need.resource,
            "deny" if call.refused else "allow",
            call.refused or why_allowed,
            *about,
        )


def _needs(call: Call) -> tuple[Need, ...]:
    operation = call.operation
    if operation is None:
        environ = {**call.environ, "wsgi.input": io.BytesIO(call.body)}
        operation = read(environ, call.credentials.service)
    if operation is None:
        told = call.environ
        path = f"{told.get('REQUEST_METHOD')} {told.get('PATH_INFO')}"
        return (Need(f"{call.credentials.service}:?", path),)
    try:
        return needs(operation, call.place)
    except UnknownOperation as unknown:
        return (Need(str(unknown), "*"),)


def because(decision: Decision) -> str:
    """The deciding statement in words."""
    source = decision.source
    if source is None:
        return decision.because
    statement = source.sid or f"statement {source.index + 1}"
    return f"{decision.because}: {statement} of {source.policy.name}"
