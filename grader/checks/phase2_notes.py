"""notes-api: notes over HTTP, kept where they last."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase2_buckets import empty_bucket
from grader.checks.phase2_functions import is_error
from grader.checks.probe import Probe, quoted
from grader.lab.answers import Answer

LONGEST = 10_000
"""Characters of a note's text, as the task says."""


@exercise(
    "notes-api",
    hints=(
        "Find out which of the two answered: your function or the API in front of it. "
        "The function's log says what it got and whether it raised. If it returned "
        "normally and the answer is still a 500 or 502, look at the return value: "
        "statusCode is a number, body is a string.",
        'text = base64.b64decode(event["____"]) if event.get("isBase64Encoded") '
        'else event.get("____")\n'
        "try:\n"
        "    note = json.____(text)\n"
        "except ValueError:\n"
        "    return answer(____, {...})\n\n"
        'return {"statusCode": ____,\n'
        '        "headers": {"content-type": "____"},\n'
        '        "body": json.____(note)}',
    ),
    explain_back="explain-notes-api",
    misconceptions={
        "deploy-without-address": "You may think that deploying is all. The check "
        "needs to know where your API answers, so your function returns its URL.",
        "body-not-text": "You may think that the API turns your dictionary into JSON. "
        "HTTP carries text: the body has to be a string when your function returns it.",
        "error-is-the-api": "You may think that a 500 or 502 means that the API is "
        "broken. The API passes on that your function raised an error.",
        "body-is-an-object": "You may think that event['body'] is a dictionary. It is "
        "the text that the caller sent; json.loads or JSON.parse reads it.",
        "callers-send-json": "You may think that callers send what you ask for. "
        "Anything can arrive, and the answer to it is a 400, not an error of yours.",
        "body-is-plain": "You may think that the body always comes as plain text. "
        "When isBase64Encoded is true, it has to be decoded first.",
        "status-in-body": "You may think that the status belongs into the body. "
        "Without statusCode beside it, the API answers 200 to everything.",
        "type-by-itself": "You may think that JSON is recognised by its look. The "
        "content-type header says what the body is, and you set it.",
        "memory-lasts": "You may think that a variable or a file in /tmp keeps the "
        "notes. They live in one environment, and environments go.",
        "path-by-hand": "You may think that a path is cut at each slash by you. The "
        "API gives you the id of the route, in pathParameters.",
        "missing-is-empty": "You may think that what isn't there can be answered with "
        "200 and nothing. Callers tell the two apart by the 404.",
        "unknown-method-passes": "You may think that only the four requests arrive. "
        "A function behind a catch-all route sees every method.",
        "api-without-function": "You may think that an API finds its function by "
        "itself. It needs a route, an integration, a stage, and your permission.",
    },
)
def notes_api(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Your API takes notes, gives them back, lists them and forgets them."""
    bucket = empty_bucket(probe, "notes")
    before = _functions(probe)
    api = Api(probe, _address(probe, deploy(probe.cloud_argument(), bucket)))
    after = _functions(probe)
    ours = [name for name in after if before.get(name) != after[name]] or list(after)
    api.functions = ours

    frames = api.post("Call Ada about the frames.")
    album = api.post("Zoë wants the album in grün ☂." if variation else "Order paper.")
    api.get(frames)
    api.all([frames, album])
    api.missing("GET", "no-such-note")
    api.refuses("{ not json", "bad JSON")
    api.refuses(json.dumps({"words": "no text"}), "an object without text")
    if variation:
        _variations(api)
    _renew(probe, ours)
    api.get(album, later=True)
    api.delete(frames)
    api.missing("GET", frames["id"])
    api.missing("DELETE", frames["id"])
    api.all([album], without=frames)


def _variations(api: Api) -> None:
    api.get(api.post("Sent as bytes.", content_type="application/octet-stream"))
    for body, what in (
        ("", "an empty body"),
        ("[]", "a JSON list"),
        ("null", "null"),
        (json.dumps({"text": 7}), "a number as text"),
        (json.dumps({"text": "x" * 1_000_000}), "a note of a million characters"),
    ):
        api.refuses(body, what)
    api.get(api.post("y" * LONGEST))
    api.missing("GET", "2026%2Fmay")
    api.unknown_method(api.post("Not to be replaced."))


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
        return note

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
        if self._object(sent, answer, quoted(note)) != note:
            raise self._wrong(sent, answer, quoted(note))

    def all(
        self, notes: Collection[dict[str, Any]], without: dict[str, Any] | None = None
    ) -> None:
        """Read all notes; those given have to be among them."""
        answer, sent = self._send("GET", "/notes")
        self._expect(sent, answer, 200, None)
        listed = self._object(sent, answer, '{"notes": [ … ]}').get("notes")
        if not isinstance(listed, list) or not all(note in listed for note in notes):
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
        errors = [line for line in log if is_error(line)]
        if not log:
            return Failed(
                f"{sent}; I got {answer.status}, and none of your functions ran.",
                expected="an answer of your function",
                observed=_seen(answer),
                look="the API's integration, and the permission that lets it invoke "
                "your function",
                misconception="api-without-function",
            )
        if not errors:
            return Failed(
                f"{sent}; I got {answer.status}. The function itself returned "
                "normally, so it is what it returned.",
                expected="statusCode is a number and body is a string",
                observed=_seen(answer),
                look="the type of body in what your handler returns",
                misconception="body-not-text",
            )
        fault = errors[-1].splitlines()[0][:300]
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


def _address(probe: Probe, returned: Any) -> str:
    if not isinstance(returned, str) or not returned:
        raise Failed(
            f"I called deploy_notes; it returned {returned!r}.",
            expected="the URL of your API, as text",
            observed=repr(returned),
            look="the last line of deploy_notes: return cloud.url(…)",
            misconception="deploy-without-address",
        )
    return probe.url(returned).removesuffix("/notes")


def _functions(probe: Probe) -> dict[str, tuple[str, str]]:
    """Every function with what changes when it is deployed again."""
    pages = probe.client("lambda").get_paginator("list_functions").paginate()
    return {
        one["FunctionName"]: (one["LastModified"], one["CodeSha256"])
        for page in pages
        for one in page["Functions"]
    }


def _renew(probe: Probe, functions: list[str]) -> None:
    """Have Lambda retire every environment, as a new deployment does."""
    client = probe.client("lambda")
    for name in functions:
        found = client.get_function_configuration(FunctionName=name)
        for memory in (found["MemorySize"] + 1, found["MemorySize"]):
            client.update_function_configuration(FunctionName=name, MemorySize=memory)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)


def _cause(fault: str, body: str | None) -> str:
    """The misconception behind an error that the function raised."""
    if any(sign in fault for sign in ("JSONDecodeError", "SyntaxError", "Expecting")):
        return "callers-send-json"
    if "string indices must be integers" in fault or "'str' object" in fault:
        return "body-is-an-object"
    return "callers-send-json" if body is not None else "error-is-the-api"


def _seen(answer: Answer) -> str:
    return f"HTTP {answer.status} {answer.text[:300]}"
