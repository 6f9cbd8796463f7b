"""summarise-events: who sent an event, how much is in it, and about what."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from grader.checks.event_samples import Sample, recorded, varied
from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.probe import Probe, quoted


@exercise(
    "summarise-events",
    hints=(
        "Print the event's own keys first: Records, requestContext, or detail? With "
        "Records, print the keys of the first record: its eventSource says who sent "
        "it. Then walk to the id, one key at a time, and print at each step.",
        'if "____" in event:                       # S3, SQS or a stream\n'
        '    sender = event["Records"][0]["____"]\n'
        '    if sender == "aws:s3":\n'
        '        ids = [____(one["s3"]["object"]["key"]) for one in event["Records"]]\n'
        "    ...\n"
        'elif "____" in event:                     # an HTTP API\n'
        '    body = event["body"]\n'
        '    if event["____"]:\n'
        "        body = base64.____(body)\n"
        '    ids = [json.____(body)["booking"]]',
    ),
    explain_back="explain-summarise-events",
    misconceptions={
        "first-record-only": "You may think that an event brings one thing. Records is "
        "a list because there may be ten: Records[0] leaves nine lying.",
        "key-not-decoded": "You may think that the event holds the key as it was "
        "typed. It comes URL-encoded, and a plus in it is a space.",
        "body-is-an-object": "You may think that the body is a dictionary. It is a "
        "text, and json.loads reads it.",
        "body-is-plain": "You may think that the body always comes as it was sent. "
        "When isBase64Encoded is true, it has to be unpacked first.",
        "records-everywhere": "You may think that every event has Records. An API's "
        "hasn't, and neither has one of EventBridge.",
        "image-always-there": "You may think that a stream always shows the new item. "
        "When an item was removed there is none; its key is in Keys.",
        "typed-value": "You may think that a stream gives plain values. Each one comes "
        'with its type: {"S": "…"} is a text.',
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def summarise_events(probe: Probe, summarise: Work, *, variation: bool) -> None:
    """Your function reads five kinds of events: sender, number of items, their ids."""
    for sample in varied(probe.random) if variation else recorded():
        _judge(sample, _asked(summarise, sample))


def _asked(summarise: Work, sample: Sample) -> Any:
    try:
        return summarise(sample.event)
    except Raised as fault:
        raise _stumbled(sample, fault) from None


def _stumbled(sample: Sample, fault: Raised) -> Failed:
    said = fault.message.partition("raised ")[2]
    misconception, look = None, fault.look
    for kind, sign, name, place in _STUMBLES:
        if fault.kind == kind and sign in fault.message:
            misconception, look = name, place
            break
    failed = Raised(
        f"I gave it {sample.told}; it raised {said}.",
        kind=fault.kind,
        traceback=fault.traceback,
        look=look or "the line in the traceback",
    )
    failed.expected = quoted(sample.right)
    failed.misconception = misconception
    return failed


_JSON = ("body-is-plain", "isBase64Encoded, in the event")
_STUMBLES: tuple[tuple[str, str, str, str], ...] = (
    ("KeyError", "'Records'", "records-everywhere", "the event's own keys"),
    ("KeyError", "'NewImage'", "image-always-there", "what each record has: Keys"),
    (
        "TypeError",
        "string indices must be integers",
        "body-is-an-object",
        "what kind of thing event['body'] is",
    ),
    ("AttributeError", "'str' object", "body-is-an-object", "type(event['body'])"),
    ("JSONDecodeError", "", *_JSON),
    ("ValueError", "", *_JSON),
)


def _judge(sample: Sample, answer: Any) -> None:
    right = sample.right
    if answer == right:
        return
    if not isinstance(answer, dict) or not right.keys() <= answer.keys():
        raise Failed(
            f"I gave it {sample.told}; the summary isn't complete.",
            expected='a dictionary with the keys "source", "items" and "ids"',
            observed=quoted(answer),
            look="the return of your function, on every way through it",
            misconception="print-is-return" if answer is None else None,
        )
    if answer["source"] != right["source"]:
        raise Failed(
            f"I gave it {sample.told}; the source isn't right.",
            expected=quoted(right["source"]),
            observed=quoted(answer["source"]),
            look="how the kinds of events are told apart",
        )
    part = "ids" if answer["ids"] != right["ids"] else "items"
    misconception, look = _thought(sample, answer)
    raise Failed(
        f"I gave it {sample.told}; {part} isn't right.",
        expected=f"{part}: {quoted(right[part])}",
        observed=f"{part}: {quoted(answer[part])}",
        look=look,
        misconception=misconception,
    )


def _thought(sample: Sample, answer: dict[str, Any]) -> tuple[str | None, str]:
    """The misconception behind wrong ids or a wrong number."""
    right, ids = sample.right, answer["ids"]
    if right["items"] > 1 and (ids == right["ids"][:1] or answer["items"] == 1):
        return "first-record-only", "how many records there are"
    if right["source"] == "s3" and isinstance(ids, list):
        # Half decoded is not decoded: unquote leaves a plus as it is.
        raw = [one["s3"]["object"]["key"] for one in sample.event["Records"]]
        if ids in (raw, [unquote(key) for key in raw]):
            return "key-not-decoded", "the key in the event: + and %, and unquote_plus"
    if right["source"] == "dynamodb" and '{"S"' in json.dumps(ids):
        return "typed-value", "one step further inside: the type, then the value"
    return None, f"where the id of {right['source']} is, in the table of the task"
