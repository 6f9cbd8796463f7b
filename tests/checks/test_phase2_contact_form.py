"""contact-form, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter
from tests.checks.contacts import CORS, WRITES, contact, node_contact

Judge = Callable[..., Judged]
POST, ORIGINS = "contact-form-post", "contact-form-origins"
ONCE, PRIVACY = "contact-form-once", "contact-form-privacy"
CHECKS = (POST, ORIGINS, ONCE, PRIVACY)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("form", [contact, node_contact])
def test_right_answers_pass(
    judge: Judge, lesson: dict[str, Any], check: str, form: Callable[..., Any]
) -> None:
    """Python behind an HTTP API, and Node.js behind a function URL."""
    said = judge(check, form(lesson))

    assert said.outcome == "passed", said.text


@pytest.mark.parametrize("check", CHECKS)
def test_starter_is_not_attempted(judge: Judge, check: str) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(check, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


FIRST_FAULT = ("    if errors:\n", "    errors = errors[:1]\n    if errors:\n")
MATCHED = ("MAIL.fullmatch(value)", "MAIL.match(value)")
CLEANED = ("sent[field] for field", 'sent[field].replace("<", "&lt;") for field')
PACKED = ("            body = base64.b64decode(body)", "            pass")
SWALLOWED = ("contextlib.suppress(known)", "contextlib.suppress(Exception)")
UNPARSED = ("        sent = json.loads(body)", "        sent = {'text': body}")
IN_MEMORY = (
    '        table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")',
    "        if made not in kept:\n            table.put_item(Item=item)\n"
    "            kept.add(made)",
)
REMEMBERS = ("DAYS = 90", "DAYS, kept = 90, set()")
FORGOTTEN = ("        keep(made, sent)", "        pass")
NO_CONDITION = (', ConditionExpression="attribute_not_exists(id)"', "")
NO_KEY = ("hexdigest() if key else", "hexdigest() if False else")
BY_CONTENT = (
    'event["headers"].get("idempotency-key")',
    "json.dumps(sent, sort_keys=True)",
)
TRAP_OPEN = ('if not sent.get("website"):', "if True:")
TOLD = (
    "    made = name_of(",
    '    if sent.get("website"):\n        return answer(403, {"message": "bot"})\n'
    "    made = name_of(",
)
TALKS = ("    made = name_of(", '    print("from", sent["email"])\n    made = name_of(')
MINUTES = ("DAYS * 24 * 60 * 60", "DAYS * 24 * 60")
RAW = ("html.escape(item[field])", "item[field]")
TWICE = ("html.escape(item[field])", "html.escape(html.escape(item[field]))")


def every_origin(origin: str) -> dict[str, Any]:
    """Pages of the whole world."""
    return {**CORS, "AllowOrigins": ["*"]}


def no_header(origin: str) -> dict[str, Any]:
    """The header of the key was forgotten."""
    headers = {"AllowHeaders": ["content-type"], "AllowOrigins": [origin]}
    return {**CORS, **headers}


@pytest.mark.parametrize(
    ("check", "changes", "wiring", "misconception", "words"),
    [
        (POST, [FIRST_FAULT], {}, "one-fault-at-a-time", "a name and nothing else"),
        (POST, [MATCHED], {}, "valid-is-there", "Bcc"),
        (POST, [CLEANED], {}, "clean-when-stored", "as I wrote it"),
        (POST, [PACKED], {}, "body-is-plain", "I got 400"),
        (POST, [FORGOTTEN], {}, "answered-is-kept", "isn't in the table"),
        (POST, [SWALLOWED], {}, "answered-is-kept", "took the permission"),
        (POST, [UNPARSED], {}, "body-is-an-object", "I got 400"),
        (
            POST,
            [],
            {"instead": {"table": None}},
            "deploy-without-names",
            "each of table",
        ),
        (ORIGINS, [], {"cors": lambda _: None}, "no-preflight", "wouldn't go on"),
        (ORIGINS, [], {"cors": no_header}, "no-preflight", "idempotency-key"),
        (ORIGINS, [], {"cors": every_origin}, "star-is-easier", "elsewhere"),
        (ONCE, [NO_CONDITION], {}, "last-one-counts", "replaced"),
        (ONCE, [IN_MEMORY, REMEMBERS], {}, "last-one-counts", "replaced"),
        (ONCE, [NO_KEY], {}, "sent-once", "with a key that was used"),
        (ONCE, [BY_CONTENT], {}, "alike-is-the-same", "two new keys"),
        (ONCE, [TRAP_OPEN], {}, "trap-without-a-lid", "hidden field"),
        (ONCE, [TOLD], {}, "bots-are-told", "I got 403"),
        (PRIVACY, [TALKS], {}, "logs-are-private", "from ada"),
        (PRIVACY, [MINUTES], {}, "gone-too-soon", "it was gone"),
        (PRIVACY, [], {"ttl": False}, "kept-for-ever", "still there"),
        (PRIVACY, [], {"listing": (RAW,)}, "stored-is-safe", "script"),
        (PRIVACY, [], {"listing": (TWICE,)}, "escaped-twice", "as it was written"),
        (
            PRIVACY,
            [],
            {"writes": [*WRITES, "dynamodb:GetItem"]},
            "too-much",
            "read a message",
        ),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    check: str,
    changes: list[tuple[str, str]],
    wiring: dict[str, Any],
    misconception: str,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(check, contact(lesson, *changes, **wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


UNAWAITED = ("await client.send(new Put", "client.send(new Put")
UNTYPED = ("name: { S: given.name }", "name: given.name")
SHOWN_AS_OBJECT = ("safe(name.S)", "safe(String(name))")


@pytest.mark.parametrize(
    ("check", "change", "misconception", "words"),
    [
        (POST, UNAWAITED, "lambda-waits", "without waiting for its call of PutItem"),
        (POST, UNTYPED, "error-is-the-api", "each with its type"),
        (PRIVACY, SHOWN_AS_OBJECT, None, "item.name.S that is text"),
    ],
)
def test_mistakes_in_javascript_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    check: str,
    change: tuple[str, str],
    misconception: str | None,
    words: str,
) -> None:
    """By the check as it is shown, though it builds in a fresh account."""
    said = judge(check, node_contact(lesson, change))

    assert (said.misconception, said.hidden) == (misconception, False), said.text
    assert words in said.text
