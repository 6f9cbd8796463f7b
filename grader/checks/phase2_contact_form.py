"""contact-form: the second project. What is written to June arrives, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase1_people import document, statement
from grader.checks.phase2_contact import MISCONCEPTIONS, Form, build, message_of
from grader.checks.phase2_functions import renew
from grader.checks.phase2_roles import role_of
from grader.checks.probe import Probe, quoted

LONGEST_NAME, LONGEST_MESSAGE = 100, 5_000
"""Characters, as the task says."""
AT_ONCE = 12
"""Times that an impatient page sends the same message at the same moment."""


@exercise("contact-form-post", capstone=True, misconceptions=MISCONCEPTIONS)
def contact_form_post(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Good messages are kept as they were written; bad ones are answered by field."""
    form = build(probe, deploy, variation=variation)
    messages = [message_of(probe), message_of(probe, website="")]
    if variation:
        messages += [
            message_of(probe, name="Zoë ☂", email="zoe.l+studio@mail.example.co.uk"),
            message_of(probe, name="x" * LONGEST_NAME, message="y" * LONGEST_MESSAGE),
            message_of(probe, message='<b onclick="steal()">1 < 2 &amp; 3</b>'),
        ]
    for message in messages:
        form.takes(message)
    if variation:
        messages.append(message_of(probe))
        form.takes(messages[-1], content_type="application/octet-stream")
    for message in messages:
        form.keeps(message)
    for body, fields, what in _bad(probe, variation=variation):
        form.refuses(body, fields, what)
    story = "I sent some messages that are right and some that aren't"
    form.holds(len(messages), story, "valid-is-there")
    if variation:
        _promised(form)


def _promised(form: Form) -> None:
    """Whoever can't keep a message doesn't say that it is kept."""
    iam, role = form.probe.client("iam"), role_of(form.probe, form.function)
    trouble = {"RoleName": role, "PolicyName": "trouble"}
    forbidden = json.dumps(document(statement("Deny", "dynamodb:*", "*")))
    iam.put_role_policy(**trouble, PolicyDocument=forbidden)
    headers, message = {"origin": form.origin}, json.dumps(message_of(form.probe))
    answer = form.probe.http(
        "POST",
        f"{form.address}/contact",
        headers={**headers, "content-type": "application/json"},
        body=message,
    )
    iam.delete_role_policy(**trouble)
    if answer.status < 500:
        raise form.wrong(
            "I took the permission to write into the table away from your form's role "
            "and sent a message",
            answer,
            "an error with a 5 in front: it can't be kept, and the visitor has to know",
            "answered-is-kept",
        )


def _bad(probe: Probe, *, variation: bool) -> list[tuple[str, set[str] | None, str]]:
    """Bodies that are no good message, the fields to complain of, and what they are."""
    wrong: list[tuple[dict[str, Any], set[str], str]] = [
        ({"name": "Ada"}, {"email", "message"}, "a name and nothing else"),
        (message_of(probe, name="  "), {"name"}, "a blank name"),
        (message_of(probe, email="ada"), {"email"}, "the e-mail address ada"),
        (message_of(probe, message=""), {"message"}, "an empty message"),
        (
            message_of(probe, message="z" * (LONGEST_MESSAGE + 1)),
            {"message"},
            "a message that is too long",
        ),
    ]
    if variation:
        wrong += [
            (
                message_of(probe, name="x" * (LONGEST_NAME + 1)),
                {"name"},
                "a name that is too long",
            ),
            (
                message_of(probe, name=7, message=["hello"]),
                {"name", "message"},
                "a number as name and a list as message",
            ),
            (message_of(probe, email=None), {"email"}, "null as e-mail address"),
        ]
        wrong += [
            (message_of(probe, email=mail), {"email"}, f"the e-mail address {mail!r}")
            for mail in (
                "@example.com",
                "ada@",
                "ada@example",
                "ada l@example.com",
                "ada@example.com\nBcc: all@example.com",
                "ada@@example.com",
                f"{'a' * 300}@example.com",
            )
        ]
    bodies = [(json.dumps(body), fields, what) for body, fields, what in wrong]
    nothing: list[tuple[str, set[str] | None, str]] = [("{ not json", None, "bad JSON")]
    if variation:
        nothing += [
            ("", None, "an empty body"),
            ("[]", None, "a JSON list"),
            ("null", None, "null"),
            (json.dumps(message_of(probe, message="x" * 10**6)), None, "a megabyte"),
        ]
    return [*bodies, *nothing]


@exercise(
    "contact-form-once",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "sent-once": "You may think that a page sends a message once. It sends it "
        "again when the answer got lost, and the key says that it is the same one.",
        "last-one-counts": "You may think that the second writing does no harm. The "
        "first was answered with a promise; what is stored stays.",
        "alike-is-the-same": "You may think that two messages of the same words are "
        "one. Only the same key says so.",
        "bots-are-told": "You may think that a bot should hear that it was found out. "
        "Its author would then try until it isn't.",
        "trap-without-a-lid": "You may think that a hidden field is protection enough. "
        "Somebody has to look whether it was filled in.",
    },
)
def contact_form_once(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """A message sent again is kept once, and what a bot sends not at all."""
    form = build(probe, deploy, variation=variation)
    first, key = message_of(probe), probe.name("key")
    made = form.takes(first, key=key)
    _same(form, first, key, made)
    form.holds(1, "I sent one message twice with one Idempotency-Key", "sent-once")
    _alike(form)
    if variation:
        # What only an environment remembers is gone then.
        renew(probe, form.functions)
    _first_counts(form, first, key, made)
    _bot(form)
    story = "I sent a message whose hidden field was filled in"
    form.holds(5, story, "trap-without-a-lid")
    if variation:
        _impatient(form)


def _alike(form: Form) -> None:
    """Messages of the same words are as many as they have keys, or have none."""
    message = message_of(form.probe)
    for key in (form.probe.name("key"), form.probe.name("key"), None, None):
        form.takes(message, key=key)
    story = "I sent the same words with two new keys, and twice without a key"
    form.holds(5, story, "alike-is-the-same")


def _first_counts(form: Form, first: Mapping[str, Any], key: str, made: str) -> None:
    """Another message with a key that was used changes nothing."""
    _same(form, {**first, "message": "Something else"}, key, made)
    kept = [
        one.get("message") for one in form.stored() if one["email"] == first["email"]
    ]
    if kept != [first["message"]]:
        raise Failed(
            "I sent another message with a key that was used before; it replaced the "
            "first.",
            expected=quoted([first["message"]]),
            observed=quoted(kept),
            look="put_item with a ConditionExpression: attribute_not_exists(…)",
            misconception="last-one-counts",
        )


def _same(form: Form, message: Mapping[str, Any], key: str, made: str) -> None:
    """A key that was used before is answered like the first time."""
    answer, sent = form.sends(message, key=key)
    if answer.status not in (200, 201):
        raise form.wrong(
            f"{sent}, with a key that was used", answer, "201", "sent-once"
        )
    said = form.object_in(sent, answer, quoted({"id": made})).get("id")
    if said != made:
        wrong = form.wrong(
            f"{sent}, with a key that was used",
            answer,
            quoted({"id": made}),
            "sent-once",
        )
        wrong.look = "what the id is made of; an HTTP API and a function URL write the "
        wrong.look += "names of headers in small letters: idempotency-key"
        raise wrong


def _bot(form: Form) -> None:
    """What fills in every field hears nothing but good."""
    answer, sent = form.sends(message_of(form.probe, website="http://buy.example"))
    if answer.status != 201:
        raise form.wrong(sent, answer, "201, as for everybody", "bots-are-told")
    made = form.object_in(sent, answer, '{"id": "…"}').get("id")
    if not isinstance(made, str) or not made:
        raise form.wrong(sent, answer, '{"id": "…"}, as for everybody', "bots-are-told")


def _impatient(form: Form) -> None:
    """The same message, many times at the same moment."""
    message, key = message_of(form.probe), form.probe.name("k" * 150)
    with ThreadPoolExecutor(AT_ONCE) as pages:
        made = set(pages.map(lambda _: form.takes(message, key=key), range(AT_ONCE)))
    story = f"I sent one message {AT_ONCE} times at the same moment, with one key"
    form.holds(6, story, "sent-once")
    if len(made) != 1:
        raise Failed(
            f"{story}.",
            expected="one id in all answers",
            observed=quoted(sorted(made)),
            look="how the id is made: of the key, it is the same each time",
            misconception="sent-once",
        )
