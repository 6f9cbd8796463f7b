"""Real HTTP requests to what is deployed, and their answers."""

from __future__ import annotations

import email.message
import http.client
import json as json_module
import ssl
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import LabError, WrongUse

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: email.message.Message
    """Names in any case; `headers.get_all("set-cookie")` for repeated ones."""
    body: bytes
    asked: str

    @property
    def text(self) -> str:
        """The body as text, in the charset that the answer names or UTF-8."""
        charset = self.headers.get_content_charset("utf-8")
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body read as JSON."""
        try:
            return json_module.loads(self.body)
        except ValueError:
            raise WrongUse(
                f"the answer to {self.asked} is no JSON: HTTP {self.status}, "
                f"{self.text[:200]!r}"
            ) from None

    def __repr__(self) -> str:
        kind = self.headers.get("content-type", "no content type")
        shown = self.text if len(self.text) <= 2000 else self.text[:2000] + " …"
        return f"HTTP {self.status} ({kind})\n{shown}"


def send(
    method: str,
    url: str,
    *,
    headers: Headers | None = None,
    body: bytes | str | None = None,
    json: Any = None,
    timeout: float = 65.0,
) -> Answer:
    """Send one request over a socket; nothing is followed, retried or rewritten.

    `timeout` is in seconds, per wait on the socket.
    """
    if body is not None and json is not None:
        raise WrongUse("give body= or json=, not both")
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    if json is not None:
        body = json_module.dumps(json)
        if not any(name.lower() == "content-type" for name, _ in pairs):
            pairs.append(("Content-Type", "application/json"))
    content = body.encode() if isinstance(body, str) else body
    parts = urllib.parse.urlsplit(url)
    target = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + urllib.parse.quote(parts.query, safe="%/:?@!$&'()*+,;=~-._[]")
    line = _connection(parts, timeout)
    asked = f"{method} {url}"
    try:
        line.putrequest(
            method, target, skip_host=_given(pairs, "host"), skip_accept_encoding=True
        )
        for name, value in pairs:
            line.putheader(name, value)
        if not _given(pairs, "content-length") and (
            content is not None or method in ("POST", "PUT", "PATCH")
        ):
            line.putheader("Content-Length", str(len(content or b"")))
        line.endheaders(content)
        answer = line.getresponse()
        return Answer(answer.status, answer.msg, answer.read(), asked)
    except TimeoutError as fault:
        raise LabError(f"{asked}: no answer in {timeout:g} s") from fault
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise LabError(f"{asked}: {fault or type(fault).__name__}") from fault
    finally:
        line.close()


def _connection(
    parts: urllib.parse.SplitResult, timeout: float
) -> http.client.HTTPConnection:
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.netloc, timeout=timeout, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.netloc, timeout=timeout)


def _given(pairs: list[tuple[str, str]], name: str) -> bool:
    return any(given.lower() == name for given, _ in pairs)
