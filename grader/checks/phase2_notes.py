"""notes-api: notes over HTTP, kept where they last."""

from __future__ import annotations

import json
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_buckets import empty_bucket
from grader.checks.phase2_functions import renew
from grader.checks.phase2_notes_requests import Api
from grader.checks.phase2_requests import HTTP_MISCONCEPTIONS
from grader.checks.probe import Probe

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
        '        "body": json.____(note)}\n\n'
        "// the same in Node.js\n"
        "let note;\n"
        "try {\n"
        '  const kind = event.isBase64Encoded ? "____" : "utf8";\n'
        "  note = JSON.____(Buffer.from(event.____, kind).toString());\n"
        "} catch {\n"
        "  return { statusCode: ____ };\n"
        "}\n"
        "return { statusCode: ____, headers: ____, body: JSON.____(note) };",
    ),
    explain_back="explain-notes-api",
    misconceptions={
        **HTTP_MISCONCEPTIONS,
        "deploy-without-address": "You may think that deploying is all. The check "
        "needs to know where your API answers, so your function returns its URL.",
        "body-is-plain": "You may think that the body always comes as plain text. "
        "When isBase64Encoded is true, it has to be decoded first.",
        "ids-are-numbers": "You may think that an id is a number. It is a name: it "
        "stands in a path, and nobody calculates with it.",
        "served-elsewhere": "You may think that any web server will do. It would need "
        "a computer that is switched on; June's notes are answered by a function.",
        "memory-lasts": "You may think that a variable or a file in /tmp keeps the "
        "notes. They live in one environment, and environments go.",
        "path-by-hand": "You may think that a path is cut at each slash by you. The "
        "API gives you the id of the route, in pathParameters.",
        "missing-is-empty": "You may think that what isn't there can be answered as "
        "if it were. Callers tell the two apart by the 404.",
        "unknown-method-passes": "You may think that only the four requests arrive. "
        "A function behind a catch-all route sees every method.",
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

    runs = _runs(probe, ours)
    frames = api.post(f"Call Ada about {probe.name('frame')}.")
    album = api.post("Zoë wants the album in grün ☂." if variation else "Order paper.")
    api.get(frames)
    if _runs(probe, ours) == runs:
        raise Failed(
            "I sent POST /notes and GET /notes/{id}, and got good answers; none of "
            "your functions ran for them.",
            expected="a run of a Lambda function for each request",
            observed="no REPORT line",
            look="the address that deploy_notes returns, and what answers there",
            misconception="served-elsewhere",
        )
    api.all([frames, album])
    api.missing("GET", "no-such-note")
    api.refuses("{ not json", "bad JSON")
    api.refuses(json.dumps({"words": "no text"}), "an object without text")
    api.refuses(json.dumps({"text": 7}), "a number as text")
    api.refuses(json.dumps({"text": "x" * (LONGEST + 1)}), "a text that is too long")
    if variation:
        _variations(api)
    renew(probe, ours)
    api.get(album, later=True)
    api.delete(frames)
    api.missing("GET", frames["id"])
    api.missing("DELETE", frames["id"])
    api.all([album], without=frames)


def _variations(api: Api) -> None:
    api.get(api.post("Zoë sent bytes ☂.", content_type="application/octet-stream"))
    for body, what in (
        ("", "an empty body"),
        ("[]", "a JSON list"),
        ("null", "null"),
        (json.dumps({"text": "x" * 1_000_000}), "a note of a million characters"),
    ):
        api.refuses(body, what)
    api.get(api.post("y" * LONGEST))
    api.missing("GET", "2026%2Fmay")
    api.unknown_method(api.post("Not to be replaced."))


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


def _runs(probe: Probe, functions: list[str]) -> int:
    """How often these functions have run."""
    probe.settle()
    return sum(len(probe.reports(name)) for name in functions)
