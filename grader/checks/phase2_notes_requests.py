"""The requests that notes-api sends."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from grader.checks.exercise import Failed
from grader.checks.phase2_requests import Door, of_the_api, seen
from grader.checks.probe import quoted


class Api(Door):
    """The learner's API and the requests that a user makes."""

    def post(
        self, text: str, *, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Take a note; answers it with its new id."""
        body = json.dumps({"text": text}, ensure_ascii=False)
        answer, sent = self.send("POST", "/notes", body, content_type)
        binary = content_type != "application/json"
        if binary and answer.status == 400:
            raise self.wrong(sent, answer, "201", "body-is-plain")
        if answer.status == 400:
            raise self.wrong(sent, answer, "201", "body-is-an-object")
        self.expect(sent, answer, 201)
        note = self.object_in(sent, answer, '{"id": …, "text": …}')
        if "id" in note and not isinstance(note["id"], str):
            raise Failed(
                f"{sent}; the id in the answer isn't a text.",
                expected='"id": "…", in quotes',
                observed=seen(answer),
                look="how the id is made: str(…) makes a text of a number",
                misconception="ids-are-numbers",
            )
        if note.get("text") != text or "id" not in note:
            raise self.wrong(sent, answer, f'{{"id": "…", "text": {quoted(text)}}}')
        return {"id": note["id"], "text": text}

    def get(self, note: dict[str, Any], *, later: bool = False) -> None:
        """Read a note that is there."""
        answer, sent = self.send("GET", f"/notes/{note['id']}")
        if answer.status == 404 and not of_the_api(answer):
            raise Failed(
                f"{sent} after it was made"
                + (" and its function had a new environment" if later else "")
                + "; I got 404: the note is gone.",
                expected=quoted(note),
                observed=seen(answer),
                look="where the note is kept: in a variable or a file it is gone with "
                "the environment",
                misconception="memory-lasts",
            )
        self.expect(sent, answer, 200)
        if not _holds(self.object_in(sent, answer, quoted(note)), note):
            raise self.wrong(sent, answer, quoted(note))

    def all(
        self, notes: Collection[dict[str, Any]], without: dict[str, Any] | None = None
    ) -> None:
        """Read all notes; those given have to be among them."""
        answer, sent = self.send("GET", "/notes")
        self.expect(sent, answer, 200)
        listed = self.object_in(sent, answer, '{"notes": [ … ]}').get("notes")
        if not isinstance(listed, list) or not all(
            any(_holds(found, note) for found in listed) for note in notes
        ):
            raise self.wrong(sent, answer, quoted({"notes": [*notes]}))
        if without is not None and without["id"] in quoted(listed, 1_000_000):
            raise self.wrong(sent, answer, f"no {without['id']}: it was deleted")

    def delete(self, note: dict[str, Any]) -> None:
        """Forget a note that is there."""
        answer, sent = self.send("DELETE", f"/notes/{note['id']}")
        self.expect(sent, answer, 204)

    def missing(self, method: str, note: str) -> None:
        """Ask for a note that isn't there."""
        answer, sent = self.send(method, f"/notes/{note}")
        # A REST API answers 403 where it has no route: %2F makes one part of two.
        allowed = (404, 403) if "%2F" in note else (404,)
        if answer.status not in allowed:
            raise self.wrong(
                sent,
                answer,
                "404: there is no such note",
                "path-by-hand" if "%2F" in note else "missing-is-empty",
            )

    def refuses(self, body: str, what: str) -> None:
        """Send what is no note."""
        answer, sent = self.send("POST", "/notes", body, told=what)
        if answer.status not in (400, 413):
            raise self.wrong(sent, answer, "400", "callers-send-json")

    def unknown_method(self, note: dict[str, Any]) -> None:
        """Send a method that the task doesn't know."""
        answer, sent = self.send("PUT", f"/notes/{note['id']}", '{"text": "other"}')
        # 403 is a REST API's own answer to a method that it doesn't have.
        if answer.status not in (403, 404, 405):
            raise self.wrong(sent, answer, "404 or 405", "unknown-method-passes")
        self.get(note)


def _holds(found: Any, note: dict[str, Any]) -> bool:
    """Whether a note is the one that was taken; it may say more than that."""
    return isinstance(found, dict) and note.items() <= found.items()
