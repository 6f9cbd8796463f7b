"""Requests to the cloud out of its own process: answered without a socket."""

from __future__ import annotations

import contextvars
import io
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from grader.cloud.http_dates import http_date
from grader.cloud.server import note_spelling

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Headers = list[tuple[str, str]]

_SLASH = re.compile("%2f", re.IGNORECASE)
_NO_HEADERS = ("CONTENT_TYPE", "CONTENT_LENGTH")
_log = logging.getLogger(__name__)


class InnerRequests:
    """Asks an application as the server does that listens at `endpoint_url`."""

    def __init__(self, application: Application, endpoint_url: str) -> None:
        self._application = application
        self._address = urlsplit(endpoint_url)

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Headers, bytes]:
        """Answer a request, in its own context: status, headers and body.

        Blocks for as long as the application takes; the end of a check's time is up to
        its session.
        """
        context = contextvars.copy_context()
        return context.run(self._answer, self.environ(method, url, headers, body))

    def environ(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        """What the server makes of a request, as http.client sends it."""
        _, host, path, query, _ = urlsplit(url)
        target = f"{path or '/'}?{query}" if query else path or "/"
        sent = [("Host", host), ("Accept-Encoding", "identity"), *headers.items()]
        environ: dict[str, Any] = {
            "PATH_INFO": _unquoted(path or "/"),
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_PORT": "",
            "REQUEST_METHOD": method,
            "REQUEST_URI": target,
            "SCRIPT_NAME": "",
            "SERVER_NAME": self._address.hostname,
            "SERVER_PORT": str(self._address.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.errors": sys.stderr,
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": False,
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
        }
        for name, value in sent:
            key = name.upper().replace("-", "_")
            environ[key if key in _NO_HEADERS else f"HTTP_{key}"] = value
        note_spelling(environ, sent)
        return environ

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        begun: list[Any] = []

        def start(status: str, headers: Headers, _: Any = None) -> None:
            begun[:] = status, headers

        try:
            chunks = self._application(environ, start)
            try:
                body = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        except Exception:  # noqa: BLE001 - as the server, which answers everybody
            _log.exception("%s %s", environ["REQUEST_METHOD"], environ["REQUEST_URI"])
            return 500, _dated([]), b"The server encountered an unexpected condition"
        status, headers = begun
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        return int(status.partition(" ")[0]), _dated(headers), body


def _dated(headers: Headers) -> Headers:
    """An answer's headers, with the date that the server adds."""
    if any(name.lower() == "date" for name, _ in headers):
        return headers
    return [*headers, ("Date", http_date())]


def _unquoted(path: str) -> str:
    """Unquote a path as the server does: what was %2F is told from a slash."""
    return "%2F".join(
        unquote_to_bytes(part).decode("latin-1") for part in _SLASH.split(path)
    )
