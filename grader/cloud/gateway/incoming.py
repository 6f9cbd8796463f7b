"""An HTTP request as it arrives at AWS's edge, before any service reads it."""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from grader.cloud.gateway.addresses import Address
from grader.cloud.gateway.passages import Passage

# Where the server leaves headers as they were sent, [(name, value), …]: WSGI itself
# loses the case of names and joins repeated ones.
SENT_HEADERS = "grader.sent_headers"

# Headers that concern one connection never reach a backend.
_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)


@dataclass(frozen=True)
class Incoming:
    """A request: ``path`` percent-encoded, ``headers`` as sent, in order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    protocol: str
    source_ip: str
    arrived: float
    request_id: str
    extended_request_id: str
    trace_id: str
    passage: Passage = field(default_factory=Passage, compare=False)

    def header(self, name: str) -> str | None:
        """Return a header's value, repeated ones joined with commas."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The query string's decoded names and values, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def decoded_path(self) -> str:
        return unquote(self.path)

    @property
    def user_agent(self) -> str:
        return self.header("user-agent") or ""

    @property
    def time(self) -> str:
        """The arrival as a common log line writes it: 23/Nov/2026:10:11:12 +0000."""
        moment = datetime.fromtimestamp(self.arrived, UTC)
        return moment.strftime("%d/%b/%Y:%H:%M:%S +0000")

    @property
    def time_epoch(self) -> int:
        """The arrival in milliseconds since the epoch."""
        return int(self.arrived * 1000)

    @property
    def arrives_encoded(self) -> bool:
        """Whether HTTP APIs and function URLs pass the body on as base64."""
        if not self.body:
            return False
        if not is_text(self.header("content-type")):
            return True
        try:
            self.body.decode()
        except UnicodeDecodeError:
            return True
        return False

    @property
    def event_body(self) -> str:
        """The body as an HTTP API's or function URL's event has it."""
        if self.arrives_encoded:
            return base64.b64encode(self.body).decode()
        return self.body.decode()

    @property
    def answered_trace(self) -> str:
        """The trace as the answer to a request that called a function has it."""
        lineage = f"Lineage=1:{secrets.token_hex(4)}:0"
        return f"{self.trace_header};{lineage}"

    @cached_property
    def trace_header(self) -> str:
        """The trace as a function gets it, a parent added."""
        if "Parent=" in self.trace_id:
            return self.trace_id
        return f"{self.trace_id};Parent={secrets.token_hex(8)};Sampled=0"

    def at_edge(self, domain_name: str) -> list[tuple[str, str]]:
        """Return the headers that a backend sees: AWS's own added, Host AWS's.

        Backends see the public name and port, not this machine's.
        """
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() not in _HOP_BY_HOP | _SET_AT_EDGE
        ]
        hops = self.header("x-forwarded-for")
        return [
            *kept,
            ("Host", domain_name),
            ("X-Amzn-Trace-Id", self.trace_id),
            (
                "X-Forwarded-For",
                f"{hops}, {self.source_ip}" if hops else self.source_ip,
            ),
            ("X-Forwarded-Port", "443"),
            ("X-Forwarded-Proto", "https"),
        ]


_SET_AT_EDGE = frozenset(
    (
        "host",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    )
)


def receive(request: Request, address: Address) -> Incoming:
    """Read a request, giving it the ids that AWS's edge would."""
    environ = request.environ
    now = time.time()
    sent = tuple(_sent_headers(environ))
    traces = [value for name, value in sent if name.lower() == "x-amzn-trace-id"]
    root = f"Root=1-{int(now):08x}-{secrets.token_hex(12)}"
    return Incoming(
        method=request.method,
        path=address.path,
        query=environ.get("QUERY_STRING", ""),
        headers=sent,
        body=request.get_data(),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
        arrived=now,
        request_id=str(uuid.uuid4()),
        extended_request_id=base64.urlsafe_b64encode(secrets.token_bytes(11)).decode(),
        trace_id=traces[0] if traces and "Root=" in traces[0] else root,
    )


def _sent_headers(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if SENT_HEADERS in environ:
        yield from environ[SENT_HEADERS]
        return
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key.removeprefix("HTTP_").replace("_", "-").title(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), value


_TEXT_TYPES = (
    "application/json",
    "application/javascript",
    "application/xml",
)


def is_text(content_type: str | None) -> bool:
    """Say whether HTTP APIs and function URLs pass a body of this type as text.

    Everything else arrives base64-encoded: forms, vendors' types, no type at all.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES


def grouped(pairs: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Gather the values of each name, in order."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return list(groups.items())
