"""The requests that notes-api sends, and how their answers are judged."""

from __future__ import annotations

import json
import re
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
        binary = content_type != "application/json"
        if binary and answer.status == 400:
            raise self._wrong(sent, answer, "201", "body-is-plain")
        self._expect(sent, answer, 201)
        note = self._object(sent, answer, '{"id": …, "text": …}')
        if "id" in note and not isinstance(note["id"], str):
            raise Failed(
                f"{sent}; the id in the answer isn't a text.",
                expected='"id": "…", in quotes',
                observed=_seen(answer),
                look="how the id is made: str(…) makes a text of a number",
                misconception="ids-are-numbers",
            )
        if note.get("text") != text or "id" not in note:
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
        self._expect(sent, answer, 200)
        if not _holds(self._object(sent, answer, quoted(note)), note):
            raise self._wrong(sent, answer, quoted(note))

    def all(
        self, notes: Collection[dict[str, Any]], without: dict[str, Any] | None = None
    ) -> None:
        """Read all notes; those given have to be among them."""
        answer, sent = self._send("GET", "/notes")
        self._expect(sent, answer, 200)
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
        self._expect(sent, answer, 204)

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
            sent += f" with {told or shortened(body)}"
        answer = self.probe.http(
            method,
            self.address + path,
            headers={"content-type": content_type} if body is not None else None,
            body=body,
        )
        if answer.status >= 500:
            raise self._crash(sent, answer, logged, wrong=bool(told))
        return answer, sent

    def _crash(
        self, sent: str, answer: Answer, logged: Mapping[str, int], *, wrong: bool
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
            expected="400: an answer, also to what is wrong"
            if wrong
            else "an answer, without an error",
            observed=fault,
            look=_place_of(fault),
            misconception=_cause(fault, wrong=wrong),
        )

    def _expect(self, sent: str, answer: Answer, status: int) -> None:
        if answer.status == status:
            return
        # The API's own words, when the request never came to a function.
        if answer.status in (403, 404) and any(
            words in answer.text for words in _NOBODY_THERE
        ):
            raise Failed(
                f"{sent}; I got {answer.status} from the API itself: it has no route "
                "for that.",
                expected=str(status),
                observed=_seen(answer),
                look="the routes of your API, and the address that you return",
                misconception="api-without-function",
            )
        misconception = None
        if answer.status < 300:
            told = _STATUS_IN_BODY.search(answer.text)
            misconception = "status-in-body" if told else "any-good-status"
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


_STATUS_IN_BODY = re.compile(r'"(?:status|status_?[cC]ode)"\s*:\s*"?\d{3}')
_NOBODY_THERE = ('"Not Found"', "Missing Authentication Token", "Forbidden")


def _holds(found: Any, note: dict[str, Any]) -> bool:
    """Whether a note is the one that was taken; it may say more than that."""
    return isinstance(found, dict) and note.items() <= found.items()


def _cause(fault: str, *, wrong: bool) -> str:
    """The misconception behind an error that the function raised."""
    if "Task timed out" in fault:
        return "ended-by-timeout"
    if "string indices must be integers" in fault or "'str' object" in fault:
        return "body-is-an-object"
    return "callers-send-json" if wrong else "error-is-the-api"


def _place_of(fault: str) -> str:
    """Where to look for the cause of an error in a log."""
    for sign, place in _PLACES.items():
        if sign in fault:
            return place
    return "the line of your file that is named here; cloud.logs(…) has all of it"


_PLACES = {
    "Task timed out": "what the handler waits for, and Timeout in create_function",
    "ImportModuleError": "the names in the zip: every file that your code imports has "
    "to be in the package",
    "Cannot find module": "the names in the zip: every file that your code imports has "
    "to be in the package",
    "HandlerNotFound": "Handler: the file in the zip, a dot, the function in it",
    "SyntaxError": "the line that the message names, and the one before it: quotes, "
    "brackets, colons, indentation",
    "'httpMethod'": "the table of the three doors: your event is of version 2.0",
    "'routeKey'": "the table of the three doors: only an HTTP API's event has it",
    "'rawPath'": "the table of the three doors: your event is of version 1.0",
    "'requestContext'": "the event: print it, and compare",
}


def shortened(body: str) -> str:
    """A request's body as it is sent, cut for a message."""
    return body if len(body) <= 80 else body[:80] + " …"


def _seen(answer: Answer) -> str:
    return f"HTTP {answer.status} {answer.text[:300]}".strip()
