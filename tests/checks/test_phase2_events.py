"""summarise-events, with right answers, wrong ones, and none; and the samples."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest

from grader.checks.event_samples import KINDS, read
from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Event = dict[str, Any]
CHECK = "summarise-events"


def by_questions(event: Event) -> dict[str, Any]:
    """One question after the other, from the outside to the inside."""
    if "detail-type" in event:
        return {"source": "eventbridge", "items": 1, "ids": [event["id"]]}
    if "requestContext" in event:
        body = event["body"].encode()
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body)
        booking = json.loads(body)["booking"]
        return {"source": "http", "items": 1, "ids": [booking]}
    sender = event["Records"][0]["eventSource"].split(":")[1]
    ids = []
    for record in event["Records"]:
        match sender:
            case "s3":
                ids.append(unquote_plus(record["s3"]["object"]["key"]))
            case "sqs":
                ids.append(record["messageId"])
            case "dynamodb":
                ids.append(record["dynamodb"]["Keys"]["id"]["S"])
    return {"source": sender, "items": len(ids), "ids": ids}


READERS: dict[str, Callable[[Event], str]] = {
    "aws:s3": lambda one: unquote_plus(one["s3"]["object"]["key"]),
    "aws:sqs": lambda one: str(one["messageId"]),
    "aws:dynamodb": lambda one: next(iter(one["dynamodb"]["Keys"]["id"].values())),
}


def by_table(event: Event) -> dict[str, Any]:
    """A reader for each kind of record; what has no records is one."""
    records = event.get("Records", [])
    ids = [READERS[one["eventSource"]](one) for one in records]
    source = records[0]["eventSource"][4:] if records else "http"
    if "routeKey" in event:
        packed = event["isBase64Encoded"]
        text = base64.b64decode(event["body"]) if packed else event["body"]
        ids = [json.loads(text)["booking"]]
    elif not records:
        source, ids = "eventbridge", [event["id"]]
    return {"source": source, "items": len(ids), "ids": ids}


def but(**parts: Callable[[Event], Any]) -> Callable[[Event], dict[str, Any]]:
    """A right answer, except for the kinds of which another reader is given."""

    def summarise(event: Event) -> dict[str, Any]:
        right = by_table(event)
        if right["source"] not in parts:
            return right
        ids = parts[right["source"]](event)
        return {**right, "ids": ids, "items": len(ids)}

    return summarise


def keys(read: Callable[[str], str]) -> Callable[[Event], Any]:
    """The keys of an S3 event, read in some way."""
    return lambda event: [read(one["s3"]["object"]["key"]) for one in event["Records"]]


def records_first(event: Event) -> dict[str, Any]:
    """Who takes the records before anything else."""
    return by_table({**event, "Records": event["Records"]})


def printed(event: Event) -> None:
    """The right answer, where nobody reads it."""
    print(by_table(event))


def by_name(event: Event) -> dict[str, Any]:
    """The sender as AWS spells it."""
    right = by_table(event)
    return {**right, "source": f"aws:{right['source']}"}


def announced_as_s3(event: Event) -> dict[str, Any]:
    """Who takes the word source of EventBridge's events for the sender."""
    told = str(event.get("source", "")).removeprefix("aws.")
    right = by_table(event)
    return {**right, "source": "s3" if told == "s3" else right["source"]}


@pytest.mark.parametrize("work", [by_questions, by_table])
def test_right_answers_pass(judge: Judge, work: Callable[[Event], Any]) -> None:
    """Questions one after the other do, and so does a table of readers."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words", "hidden"),
    [
        (but(s3=keys(str)), "key-not-decoded", "incoming/my+photo+%C3%A9.jpg", False),
        (but(s3=keys(unquote)), "key-not-decoded", "incoming/my+photo+é.jpg", False),
        (
            but(sqs=lambda event: [event["Records"][0]["messageId"]]),
            "first-record-only",
            "two messages",
            False,
        ),
        (
            but(http=lambda event: [event["body"]["booking"]]),
            "body-is-an-object",
            "string indices",
            False,
        ),
        (
            but(http=lambda event: [json.loads(event["body"])["booking"]]),
            "body-is-plain",
            "JSONDecodeError",
            False,
        ),
        (
            but(
                dynamodb=lambda event: [
                    one["dynamodb"]["NewImage"]["id"]["S"] for one in event["Records"]
                ]
            ),
            "image-always-there",
            "KeyError: 'NewImage'",
            False,
        ),
        (
            but(
                dynamodb=lambda event: [
                    one["dynamodb"]["Keys"]["id"] for one in event["Records"]
                ]
            ),
            "typed-value",
            '{"S": "b-1017"}',
            False,
        ),
        (records_first, "records-everywhere", "an HTTP API", False),
        (printed, "print-is-return", "isn't complete", False),
        (by_name, None, '"aws:s3"', False),
        (
            but(
                http=lambda event: [
                    json.loads(base64.b64decode(event["body"]))["booking"]
                ]
            ),
            "body-is-plain",
            "as it was sent",
            True,
        ),
        (announced_as_s3, None, "tells of an upload", True),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    work: Callable[[Event], Any],
    misconception: str | None,
    words: str,
    hidden: bool,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden is hidden


def test_answers_learned_by_heart_fail(judge: Judge) -> None:
    """Who only knows the five samples is found out by others."""
    known = {json.dumps(read(kind)): by_table(read(kind)) for kind in KINDS}

    said = judge(CHECK, lambda event: known.get(json.dumps(event)))

    assert (said.outcome, said.hidden) == ("failed", True)
