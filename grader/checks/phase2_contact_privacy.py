"""contact-form-privacy: what becomes of what people write."""

from __future__ import annotations

import html
import html.parser
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_tables import given_table
from grader.checks.phase2_contact import MISCONCEPTIONS, Form, build, message_of
from grader.checks.phase2_faults import cause_of, place_of
from grader.checks.phase2_functions import call
from grader.checks.phase2_roles import ROLE_MISCONCEPTIONS, Tries, may, role_of
from grader.checks.probe import Probe, quoted

KEPT = 90
"""Days for which a message is kept, as the task says."""


@exercise(
    "contact-form-privacy",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        **ROLE_MISCONCEPTIONS,
        "logs-are-private": "You may think that logs are only for you. Many can read "
        "them, and for longer than you promised to keep what is in them.",
        "kept-for-ever": "You may think that old messages go by themselves. Without a "
        "time to live they stay, whatever the page promises.",
        "gone-too-soon": "You may think that any time to live is a good one. It is a "
        "moment, in seconds since 1970.",
        "stored-is-safe": "You may think that text from the table is safe to show. It "
        "is what a stranger wrote, and a browser runs what looks like code.",
        "escaped-twice": "You may think that more escaping is safer. Whoever escapes "
        "what was escaped already shows &amp;lt; to people.",
    },
)
def contact_form_privacy(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """What people write is shown as text, kept 90 days, and read by nobody else."""
    form = build(probe, deploy, variation=variation)
    message = message_of(
        probe, message=f"<script>alert('{probe.name('ha')}')</script> 1 < 2 &amp; \"3\""
    )
    if variation:
        message["name"] = f"<img src=x onerror='alert(1)'> {probe.name('Eve')}"
    form.takes(message)
    form.refuses(
        json.dumps({**message, "email": f"{message['email']} !"}), {"email"}, "x"
    )
    form.keeps(message)
    _listed(form, message)
    _silent(form, message)
    _roles(form)
    _lives(form)


def _listed(form: Form, message: Mapping[str, str]) -> None:
    """June's list shows the message as text."""
    said = call(form.probe, form.list_function, {})
    if said.error is not None or not isinstance(said.payload, str):
        thought, look = cause_of(said.fault) or (None, place_of(said.fault))
        raise Failed(
            f"I invoked {form.list_function}, as June does.",
            expected="a text of HTML with every message in it",
            observed=said.fault or quoted(said.payload),
            look=look
            if said.error is not None
            else "what the function for the list returns: the text itself, since no "
            "API is in front of it",
            misconception=thought,
        )
    page = _Page()
    page.feed(said.payload)
    page.close()
    hostile = {"script", "img"} & set(page.elements)
    if hostile or page.handlers:
        raise Failed(
            "I sent a message with HTML in it and read June's list.",
            expected="the message as text, with nothing in it that a browser runs",
            observed=f"elements {sorted(hostile)}, handlers {page.handlers}",
            look="html.escape, for each value that comes from the table",
            misconception="stored-is-safe",
        )
    for field in ("name", "email", "message"):
        if message[field] not in page.text:
            escaped = html.escape(message[field]) in page.text
            untyped = "[object Object]" in page.text
            thought = "escaped-twice" if escaped else "clean-when-stored"
            raise Failed(
                f"I read June's list as a browser shows it; the {field} isn't there "
                "as it was written.",
                expected=message[field],
                observed=page.text.strip()[:300],
                look="what is escaped: the values of an item come with their type, so "
                "it is item.name.S that is text"
                if untyped
                else "how often a value is escaped, and whether all are shown",
                misconception=None if untyped else thought,
            )


class _Page(html.parser.HTMLParser):
    """What a browser makes of a page: its elements, its handlers, its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def _silent(form: Form, message: Mapping[str, str]) -> None:
    """Nothing that somebody wrote stands in a log."""
    for function in (form.function, form.list_function):
        for line in form.probe.logs(function):
            # Of the message, a part will do: logs cut long lines.
            for what in (message["email"], message["name"], message["message"][:40]):
                if what in line.message or json.dumps(what)[1:-1] in line.message:
                    raise Failed(
                        f"I read the log of {function}; it has a visitor's own words "
                        "in it.",
                        expected="lines without names, addresses and messages",
                        observed=line.message[:300],
                        look="print and console.log: the id of a message is enough to "
                        "find it",
                        misconception="logs-are-private",
                    )


def _roles(form: Form) -> None:
    """Each function's role may do its own work, and not the other's."""
    own, dynamodb = form.probe, form.probe.client("dynamodb")
    described = dynamodb.describe_table(TableName=form.table)["Table"]
    kinds = {
        one["AttributeName"]: one["AttributeType"]
        for one in described["AttributeDefinitions"]
    }
    names = [one["AttributeName"] for one in described["KeySchema"]]
    key = {name: {kinds[name]: "1"} for name in names}
    with given_table(own, "neighbours", "id") as other:
        for function, writes in ((form.function, True), (form.list_function, False)):
            data = own.as_role(role_of(own, function)).client("dynamodb")
            may(function, _writing(data, form.table, key), allowed=writes)
            if writes:
                may(function, _reading(data, form.table, key), allowed=False)
            may(function, _nobodys(data, form.table, key, other), allowed=False)
    dynamodb.delete_item(TableName=form.table, Key=key)


def _writing(data: Any, table: str, key: Mapping[str, Any]) -> Tries:
    return {"write a message": lambda: data.put_item(TableName=table, Item=key)}


def _reading(data: Any, table: str, key: Mapping[str, Any]) -> Tries:
    return {
        "read a message": lambda: data.get_item(TableName=table, Key=key),
        "read all messages": lambda: data.scan(TableName=table),
    }


def _nobodys(data: Any, table: str, key: Mapping[str, Any], other: str) -> Tries:
    """What neither of the two functions has to do."""
    item = {"id": {"S": "1"}}
    return {
        "delete a message": lambda: data.delete_item(TableName=table, Key=key),
        "read another table": lambda: data.scan(TableName=other),
        "write to another table": lambda: data.put_item(TableName=other, Item=item),
        "list the tables": data.list_tables,
    }


def _lives(form: Form) -> None:
    """A message is there for 90 days, and gone a little later."""
    clock, days = form.probe.clock, KEPT
    clock.advance(timedelta(days=days - 1))
    if not form.stored():
        raise Failed(
            f"I sent a message and came back after {days - 1} days; it was gone.",
            expected=f"messages are kept for {days} days",
            observed="no item",
            look="what your function writes into the attribute of the time to live",
            misconception="gone-too-soon",
        )
    # DynamoDB takes up to two days to delete what has expired.
    clock.advance(timedelta(days=4))
    if form.stored():
        raise Failed(
            f"I sent a message and came back after {days + 3} days; it was still "
            "there.",
            expected=f"messages are kept for {days} days",
            observed=quoted(form.stored()),
            look="update_time_to_live, and the attribute that it names: a number of "
            "seconds since 1970",
            misconception="kept-for-ever",
        )
