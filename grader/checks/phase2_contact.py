"""The contact form of the second project: what is sent to it, and what it keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed, Work
from grader.checks.phase2_functions import FUNCTION_MISCONCEPTIONS, runtime_of
from grader.checks.phase2_requests import HTTP_MISCONCEPTIONS, Door
from grader.checks.probe import Probe, quoted
from grader.lab.answers import Answer

ORIGIN = "https://juniper.example"
"""Of the studio's own pages."""
FIELDS = ("name", "email", "message")

MISCONCEPTIONS = {
    **HTTP_MISCONCEPTIONS,
    **{
        name: FUNCTION_MISCONCEPTIONS[name]
        for name in (
            *("callbacks-on-24", "client-of-another-cloud", "handler-string"),
            *("lambda-waits", "module-kind", "not-in-the-zip"),
            "promise-is-the-value",
        )
    },
    "deploy-without-names": "You may think that building is all. Whoever uses the form "
    "needs the names of its parts, so deploy_contact returns them.",
    "answered-is-kept": "You may think that a 201 is all that counts. It is a promise: "
    "the message is in the table.",
    "body-is-plain": "You may think that the body always comes as plain text. When "
    "isBase64Encoded is true, it has to be decoded first.",
    "one-fault-at-a-time": "You may think that one complaint is enough. Whoever fills "
    "in a form wants to hear of every fault at once, field by field.",
    "valid-is-there": "You may think that a field which is there is filled in well. It "
    "may be blank, a number, a page long, or an address that is none.",
    "clean-when-stored": "You may think that hostile text is cleaned when it comes in. "
    "What people wrote is kept as they wrote it; it is made harmless where it is "
    "shown.",
}


class Form(Door):
    """A contact form that a learner's function built, as pages and programs use it."""

    def __init__(self, probe: Probe, parts: Mapping[str, str], origin: str) -> None:
        super().__init__(probe, parts["address"])
        self.table = parts["table"]
        self.function = parts["function"]
        self.list_function = parts["list"]
        self.origin = origin
        self.functions = [self.function]

    def sends(
        self,
        message: Mapping[str, Any],
        *,
        key: str | None = None,
        origin: str | None = None,
        content_type: str = "application/json",
    ) -> tuple[Answer, str]:
        """POST a message as the page does."""
        headers = {"origin": origin or self.origin}
        if key is not None:
            headers["idempotency-key"] = key
        body = json.dumps(message, ensure_ascii=False)
        return self.send("POST", "/contact", body, content_type, headers=headers)

    def takes(self, message: Mapping[str, Any], **options: Any) -> str:
        """Send a message that is right; answers its id."""
        answer, sent = self.sends(message, **options)
        binary = options.get("content_type", "").endswith("octet-stream")
        if binary and answer.status == 400:
            raise self.wrong(sent, answer, "201", "body-is-plain")
        if answer.status == 400:
            unread = all(f'"{field}"' not in answer.text for field in FIELDS) or all(
                f'"{field}"' in answer.text for field in FIELDS
            )
            thought = "body-is-an-object" if unread else None
            raise self.wrong(sent, answer, "201: nothing is wrong with it", thought)
        self.expect(sent, answer, 201)
        made = self.object_in(sent, answer, '{"id": "…"}').get("id")
        if not isinstance(made, str) or not made:
            raise self.wrong(sent, answer, '{"id": "…"}, a text')
        return made

    def refuses(self, body: str, fields: set[str] | None, what: str) -> None:
        """Send what is wrong in these fields; None where it is no message at all."""
        headers = {"origin": self.origin}
        answer, sent = self.send("POST", "/contact", body, told=what, headers=headers)
        if answer.status not in (400, 413):
            raise self.wrong(sent, answer, "400", "valid-is-there")
        if answer.status == 413 or fields is None:
            return
        said = self.object_in(sent, answer, '{"errors": [ … ]}').get("errors")
        listed = said if isinstance(said, list) else []
        named = [one.get("field") for one in listed if isinstance(one, dict)]
        explained = all(
            isinstance(one, dict)
            and isinstance(one.get("message"), str)
            and one["message"]
            for one in listed
        )
        if not listed or sorted(map(str, named)) != sorted(fields) or not explained:
            expected = [{"field": field, "message": "…"} for field in sorted(fields)]
            some = bool(named) and set(map(str, named)) < fields
            raise self.wrong(
                sent,
                answer,
                quoted({"errors": expected}),
                "one-fault-at-a-time" if some else "valid-is-there",
            )

    def stored(self) -> list[dict[str, Any]]:
        """Every item of the table, with its attributes read from DynamoDB's types."""
        from boto3.dynamodb.types import TypeDeserializer

        read = TypeDeserializer().deserialize
        pages = self.probe.client("dynamodb").get_paginator("scan")
        try:
            return [
                {name: read(value) for name, value in item.items()}
                for page in pages.paginate(TableName=self.table, ConsistentRead=True)
                for item in page["Items"]
            ]
        except ClientError as refusal:
            raise Failed(
                f"deploy_contact says that the table is {quoted(self.table)}; I "
                f"couldn't read it: {refusal}",
                expected="the name of a table in the account and the Region that it "
                "was given",
                observed=quoted(self.table),
                look='create_table, with a client from cloud.client("dynamodb")',
                misconception="deploy-without-names",
            ) from None

    def keeps(self, message: Mapping[str, str]) -> None:
        """A message is in the table, once and as it was written."""
        wanted = {field: message[field] for field in FIELDS}
        items = self.stored()
        if any(wanted.items() <= item.items() for item in items):
            return
        by_mail = [item for item in items if item.get("email") == message["email"]]
        raise Failed(
            f"I sent a message of {message['email']} and got a good answer; it isn't "
            f"in the table {self.table} as I wrote it.",
            expected=quoted(wanted),
            observed=quoted(by_mail or f"{len(items)} other item(s)"),
            look="what your function puts into the table, attribute by attribute",
            misconception="clean-when-stored" if by_mail else "answered-is-kept",
        )

    def holds(self, count: int, story: str, misconception: str) -> None:
        """The table has so many items."""
        items = self.stored()
        if len(items) != count:
            raise Failed(
                f"{story}; then I counted the items in the table.",
                expected=str(count),
                observed=f"{len(items)}: {quoted(items)}",
                look="when your function puts an item, and under which key",
                misconception=misconception,
            )


def build(probe: Probe, deploy: Work, *, variation: bool) -> Form:
    """Have a contact form built for pages of one origin, in an account that is empty.

    A variation's probe is in an account of its own already, far from home.
    """
    account = probe if variation else probe.fresh(probe.region)
    origin = f"https://{probe.name('studio')}.example" if variation else ORIGIN
    returned = deploy(account.cloud_argument(), origin)
    parts = returned if isinstance(returned, dict) else {}
    missing = [
        part
        for part in ("address", "table", "function", "list")
        if not isinstance(parts.get(part), str) or not parts[part]
    ]
    if missing:
        raise Failed(
            "I called deploy_contact, and it returned something else than the task "
            "asks for.",
            expected=f"a dictionary with a text for each of {', '.join(missing)}",
            observed=quoted(returned),
            look="the last lines of deploy_contact",
            misconception="deploy-without-names",
        )
    for part in ("function", "list"):
        runtime_of(account, parts[part], "deploy_contact")
    address = account.url(parts["address"]).removesuffix("/contact")
    return Form(account, {**parts, "address": address}, origin)


def message_of(probe: Probe, **changes: Any) -> dict[str, Any]:
    """A message that is right, of somebody who wrote nothing before."""
    letters = probe.name("ada")
    return {
        "name": f"Ada {letters.title()}",
        "email": f"{letters}@example.com",
        "message": f"Are you free in May? Yours, {letters}",
        **changes,
    }
