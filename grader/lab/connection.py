"""The kernel's line to the lab process: JSON over HTTP under /_lab/."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

from grader.errors import LabEnded, LabError, WrongUse

ENDED = (
    "the lab process has ended{why}, and what was deployed in it is gone; "
    "start a new one with: cloud = lab.start()"
)


class Connection:
    """Asks the lab process, and says so in one line when it is gone.

    A lab that says nothing for `patience` seconds counts as ended. Moving the clock
    takes as long as the work that falls due, so this is a matter of minutes.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        obituary: Callable[[], str] = lambda: "",
        patience: float = 600.0,
    ) -> None:
        parts = urllib.parse.urlsplit(endpoint_url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._obituary = obituary
        self._patience = patience

    def get(self, path: str) -> dict[str, Any]:
        """Read from the control API."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Order something of the control API."""
        return self._ask("POST", path, body or {})

    def alive(self) -> None:
        """Raise LabEnded if the process is known to be gone."""
        if why := self._obituary():
            raise LabEnded(ENDED.format(why=why))

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        sent = b"" if body is None else json.dumps(body, allow_nan=False).encode()
        status, raw = self._answer(method, path, sent)
        return self._understood(status, raw, f"{method} {path}")

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes | str]:
        """The status and the text that the lab answers a question with."""
        # One connection per question: questions are few, and a connection that was
        # kept across a fork or an interrupt would answer the wrong one.
        line = http.client.HTTPConnection(
            self._host, self._port, timeout=self._patience
        )
        try:
            line.request(
                method,
                path,
                body=body or None,
                headers={"Content-Type": "application/json"},
            )
            answer = line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as fault:
            why = self._obituary() or f" (no answer from {self._host}:{self._port})"
            raise LabEnded(ENDED.format(why=why)) from fault
        finally:
            line.close()

    @staticmethod
    def _understood(status: int, raw: bytes | str, asked: str) -> dict[str, Any]:
        try:
            said = json.loads(raw)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise LabError(f"{asked} answered HTTP {status} with {raw[:200]!r}")
        if status == 200:
            return said
        error = said.get("error")
        message = str(error.get("message")) if isinstance(error, dict) else str(said)
        # 400 and 404 are about what was asked for; the rest about the lab itself.
        raise (WrongUse if status in (400, 404) else LabError)(message)
