"""The requests that notes-api sends, and how their answers are judged."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from grader.checks.exercise import Failed
from grader.checks.phase2_functions import error_in
from grader.checks.probe import Probe, quoted
from grader.lab.answers import Answer


class Api:
    """The learner's API and the requests that a user makes."""

    def __init__(self, probe: Probe, address: str) -> None:
        self.probe = probe
        self.address = address
        self.functions: list[str] = []

    def post(
        self, text: str, *, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Take a note; answers it with its new id."""
        body = json.dumps({"text": text}, ensure_ascii=False)
        answer, sent = self._send("POST", "/notes", body, content_type)
        if answer.status == 200 and "statusCode" not in answer.text:
            raise self._wrong(sent, answer, "201", "status-in-body")
        binary = content_type != "application/json"
        self._expect(sent, answer, 201, "body-is-plain" if binary else "status-in-body")
        note = self._object(sent, answer, '{"id": …, "text": …}')
        if note.get("text") != text or not isinstance(note.get("id"), str):
            raise self._wrong(sent, answer, f'{{"id": "…", "text": {quoted(text)}}}')
        return {"id": note["id"], "text": text}

    def get(self, note: dict[str, Any], *, later: bool = False) -> None:
        """Read a note that is there."""
        answer, sent = self._send("GET", f"/notes/{note['id']}")
        if answer.status == 404:
            raise Failed(
                f"{sent} after it was made"
                + (" and its function had a new environment" if later else "")
                + "; I got 404: the note is gone.",
                expected=quoted(note),
                observed=_seen(answer),
                look="where the note is kept: in a variable or a file it is gone with "
                "the environment",
                misconception="memory-lasts",
            )
        self._expect(sent, answer, 200, None)
        if not _holds(self._object(sent, answer, quoted(note)), note):
            raise self._wrong(sent, answer, quoted(note))

    def all(
        self, notes: Collection[dict[str, Any]], without: dict[str, Any] | None = None
    ) -> None:
        """Read all notes; those given have to be among them."""
        answer, sent = self._send("GET", "/notes")
        self._expect(sent, answer, 200, None)
        listed = self._object(sent, answer, '{"notes": [ … ]}').get("notes")
        if not isinstance(listed, list) or not all(
            any(_holds(found, note) for found in listed) for note in notes
        ):
            raise self._wrong(sent, answer, quoted({"notes": [*notes]}))
        if without is not None and without["id"] in quoted(listed, 1_000_000):
            raise self._wrong(sent, answer, f"no {without['id']}: it was deleted")

    def delete(self, note: dict[str, Any]) -> None:
        """Forget a note that is there."""
        answer, sent = self._send("DELETE", f"/notes/{note['id']}")
        self._expect(sent, answer, 204, "status-in-body")

    def missing(self, method: str, note: str) -> None:
        """Ask for a note that isn't there."""
        answer, sent = self._send(method, f"/notes/{note}")
        # A REST API answers 403 where it has no route: %2F makes one part of two.
        allowed = (404, 403) if "%2F" in note else (404,)
        if answer.status not in allowed:
            raise self._wrong(
                sent,
                answer,
                "404: there is no such note",
                "path-by-hand" if "%2F" in note else "missing-is-empty",
            )

    def refuses(self, body: str, what: str) -> None:
        """Send what is no note."""
        answer, sent = self._send("POST", "/notes", body, told=what)
        if answer.status not in (400, 413):
            raise self._wrong(sent, answer, "400", "callers-send-json")

    def unknown_method(self, note: dict[str, Any]) -> None:
        """Send a method that the task doesn't know."""
        answer, sent = self._send("PUT", f"/notes/{note['id']}", '{"text": "other"}')
        # 403 is a REST API's own answer to a method that it doesn't have.
        if answer.status not in (403, 404, 405):
            raise self._wrong(sent, answer, "404 or 405", "unknown-method-passes")
        self.get(note)

    def _send(
        self,
        method: str,
        path: str,
        body: str | None = None,
        content_type: str = "application/json",
        told: str = "",
    ) -> tuple[Answer, str]:
        logged = {name: len(self.probe.logs(name)) for name in self.functions}
        sent = f"I sent {method} {path}"
        if body is not None:
            sent += f" with {told or quoted(body, 80)}"
        answer = self.probe.http(
            method,
            self.address + path,
            headers={"content-type": content_type} if body is not None else None,
            body=body,
        )
        if answer.status >= 500:
            raise self._crash(sent, answer, body, logged)
        return answer, sent

    def _crash(
        self, sent: str, answer: Answer, body: str | None, logged: Mapping[str, int]
    ) -> Failed:
        """A 5xx: either the function raised, or its answer is no HTTP answer."""
        self.probe.settle()
        log = [
            line.message
            for name, before in logged.items()
            for line in self.probe.logs(name)[before:]
        ]
        fault = error_in(log)
        if not log:
            return Failed(
                f"{sent}; I got {answer.status}, and none of your functions ran.",
                expected="an answer of your function",
                observed=_seen(answer),
                look="the API's integration, and the permission that lets it invoke "
                "your function",
                misconception="api-without-function",
            )
        if not fault:
            return Failed(
                f"{sent}; I got {answer.status}. The function itself returned "
                "normally, so it is what it returned.",
                expected="statusCode is a number and body is a string",
                observed=_seen(answer),
                look="the type of body in what your handler returns",
                misconception="body-not-text",
            )
        return Failed(
            f"{sent}; I got {answer.status}: your function raised an error.",
            expected="an answer, also to what is wrong",
            observed=fault,
            look="the log line, and the line of your file that it names",
            misconception=_cause(fault, body),
        )

    def _expect(
        self, sent: str, answer: Answer, status: int, misconception: str | None
    ) -> None:
        if answer.status == status:
            return
        # The API's own words, when the request never came to a function.
        if answer.status in (403, 404) and any(
            words in answer.text for words in _NOBODY_THERE
        ):
            misconception = "api-without-function"
        raise self._wrong(sent, answer, str(status), misconception)

    def _object(self, sent: str, answer: Answer, expected: str) -> dict[str, Any]:
        try:
            read = json.loads(answer.body)
        except ValueError:
            raise self._wrong(sent, answer, f"JSON: {expected}") from None
        if not isinstance(read, dict):
            raise self._wrong(sent, answer, expected)
        if answer.headers.get_content_type() != "application/json":
            raise Failed(
                f"{sent}; the body is JSON, but the answer doesn't say so.",
                expected="content-type: application/json",
                observed=f"content-type: {answer.headers.get('content-type')}",
                look="the headers in what your handler returns",
                misconception="type-by-itself",
            )
        return read

    def _wrong(
        self,
        sent: str,
        answer: Answer,
        expected: str,
        misconception: str | None = None,
    ) -> Failed:
        return Failed(
            f"{sent}; I got {answer.status}.",
            expected=expected,
            observed=_seen(answer),
            look="the branch of your handler that answers this request",
            misconception=misconception,
        )


_NOBODY_THERE = ('"Not Found"', "Missing Authentication Token", "Forbidden")


def _holds(found: Any, note: dict[str, Any]) -> bool:
    """Whether a note is the one that was taken; it may say more than that."""
    return isinstance(found, dict) and note.items() <= found.items()


def _cause(fault: str, body: str | None) -> str:
    """The misconception behind an error that the function raised."""
    if any(sign in fault for sign in ("JSONDecodeError", "SyntaxError", "Expecting")):
        return "callers-send-json"
    if "string indices must be integers" in fault or "'str' object" in fault:
        return "body-is-an-object"
    return "callers-send-json" if body is not None else "error-is-the-api"


def _seen(answer: Answer) -> str:
    return f"HTTP {answer.status} {answer.text[:300]}"
