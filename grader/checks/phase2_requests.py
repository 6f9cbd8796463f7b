"""Requests to a learner's API, and how their answers are judged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grader.checks.exercise import Failed
from grader.checks.phase2_faults import error_in, place_of
from grader.checks.probe import Probe
from grader.lab.answers import Answer

HTTP_MISCONCEPTIONS = {
    "body-not-text": "You may think that the API turns your dictionary into JSON. "
    "HTTP carries text: the body has to be a string when your function returns it.",
    "error-is-the-api": "You may think that a 500 or 502 means that the API is "
    "broken. The API passes on that your function raised an error.",
    "body-is-an-object": "You may think that event['body'] is a dictionary. It is "
    "the text that the caller sent; json.loads or JSON.parse reads it.",
    "callers-send-json": "You may think that callers send what you ask for. "
    "Anything can arrive, and the answer to it is a 400, not an error of yours.",
    "status-in-body": "You may think that the status belongs into the body. "
    "Without statusCode beside it, the API answers 200 to everything.",
    "type-by-itself": "You may think that JSON is recognised by its look. The "
    "content-type header says what the body is, and you set it.",
    "answer-by-itself": "You may think that a handler answers when it ends. It "
    "answers what it returns; without a return that is nothing.",
    "any-good-status": "You may think that any good status will do. Callers read "
    "it: 201 says that something was made, 204 that there is nothing to read.",
    "ended-by-timeout": "You may think that Lambda waits as long as your code "
    "takes. It ends a call at the function's Timeout, three seconds unless you set "
    "another.",
    "api-without-function": "You may think that an API finds its function by "
    "itself. It needs a route, an integration, a stage, and your permission.",
}


class Door:
    """The learner's API; `functions` are those behind it, by name."""

    def __init__(self, probe: Probe, address: str) -> None:
        self.probe = probe
        self.address = address
        self.functions: list[str] = []

    def send(
        self,
        method: str,
        path: str,
        body: str | None = None,
        content_type: str = "application/json",
        told: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Answer, str]:
        """The answer, and the request in a sentence; `told` stands for its body.

        Raises:
            Failed: it is a 5xx.
        """
        # Logs tell times to the millisecond.
        now = self.probe.clock.now()
        before = now.replace(microsecond=now.microsecond // 1000 * 1000)
        sent = f"I sent {method} {path}"
        if body is not None:
            sent += f" with {told or shortened(body)}"
        answer = self.probe.http(
            method,
            self.address + path,
            headers={
                **({"content-type": content_type} if body is not None else {}),
                **(headers or {}),
            },
            body=body,
        )
        if answer.status >= 500:
            raise self._crash(sent, answer, before, wrong=bool(told))
        return answer, sent

    def _crash(
        self, sent: str, answer: Answer, before: datetime, *, wrong: bool
    ) -> Failed:
        """A 5xx: either the function raised, or its answer is no HTTP answer."""
        self.probe.settle()
        log = [
            line.message
            for name in self.functions
            for line in self.probe.logs(name)
            if line.when >= before
        ]
        fault = error_in(log)
        if not log:
            return Failed(
                f"{sent}; I got {answer.status}, and none of your functions ran.",
                expected="an answer of your function",
                observed=seen(answer),
                look="the API's integration, and the permission that lets it invoke "
                "your function",
                misconception="api-without-function",
            )
        if not fault:
            return Failed(
                f"{sent}; I got {answer.status}. The function itself returned "
                "normally, so it is what it returned.",
                expected="statusCode is a number and body is a string",
                observed=seen(answer),
                look="the type of body in what your handler returns",
                misconception="body-not-text",
            )
        return Failed(
            f"{sent}; I got {answer.status}: your function raised an error.",
            expected="400: an answer, also to what is wrong"
            if wrong
            else "an answer, without an error",
            observed=fault,
            look=place_of(fault),
            misconception=_cause(fault, wrong=wrong),
        )

    def expect(self, sent: str, answer: Answer, status: int) -> None:
        """The answer has this status."""
        if answer.status == status:
            return
        if answer.status in (403, 404) and of_the_api(answer):
            raise Failed(
                f"{sent}; I got {answer.status} from the API itself: it has no route "
                "for that.",
                expected=str(status),
                observed=seen(answer),
                look="the routes of your API, and the address that you return",
                misconception="api-without-function",
            )
        if answer.status == 200 and answer.text == "null":
            raise Failed(
                f"{sent}; your handler returned nothing, and the API answered 200.",
                expected=f"a return with statusCode {status}",
                observed=seen(answer),
                look="the branch of your handler that answers this request: does it "
                "end with return? And does event.routeKey say what you compare with?",
                misconception="answer-by-itself",
            )
        misconception = None
        if answer.status < 300:
            told = _STATUS_IN_BODY.search(answer.text)
            misconception = "status-in-body" if told else "any-good-status"
        raise self.wrong(sent, answer, str(status), misconception)

    def object_in(self, sent: str, answer: Answer, expected: str) -> dict[str, Any]:
        """The answer is a JSON object, and says so."""
        try:
            read = json.loads(answer.body)
        except ValueError:
            raise self.wrong(sent, answer, f"JSON: {expected}") from None
        if not isinstance(read, dict):
            raise self.wrong(sent, answer, expected)
        if answer.headers.get_content_type() != "application/json":
            raise Failed(
                f"{sent}; the body is JSON, but the answer doesn't say so.",
                expected="content-type: application/json",
                observed=f"content-type: {answer.headers.get('content-type')}",
                look="the headers in what your handler returns",
                misconception="type-by-itself",
            )
        return read

    def wrong(
        self,
        sent: str,
        answer: Answer,
        expected: str,
        misconception: str | None = None,
    ) -> Failed:
        """The answer isn't what was expected."""
        return Failed(
            f"{sent}; I got {answer.status}.",
            expected=expected,
            observed=seen(answer),
            look="the branch of your handler that answers this request",
            misconception=misconception,
        )


_STATUS_IN_BODY = re.compile(r'"(?:status|status_?[cC]ode)"\s*:\s*"?\d{3}')
_NOBODY_THERE = ('"Not Found"', "Missing Authentication Token", "Forbidden")


def _cause(fault: str, *, wrong: bool) -> str:
    """The misconception behind an error that the function raised."""
    if "Task timed out" in fault:
        return "ended-by-timeout"
    if "string indices must be integers" in fault or "'str' object" in fault:
        return "body-is-an-object"
    return "callers-send-json" if wrong else "error-is-the-api"


def shortened(body: str) -> str:
    """A request's body as it is sent, cut for a message."""
    return body if len(body) <= 80 else body[:80] + " …"


def of_the_api(answer: Answer) -> bool:
    """Whether it has the API's own words: the request never came to a function."""
    return any(words in answer.text for words in _NOBODY_THERE)


def seen(answer: Answer) -> str:
    """An answer for a message."""
    return f"HTTP {answer.status} {answer.text[:300]}".strip()
