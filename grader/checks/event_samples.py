"""Events as they really arrive, from the course's data, and others of their kinds."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from grader.lab.materials import material

Event = dict[str, Any]
KINDS = ("s3", "http", "sqs", "dynamodb", "eventbridge")


@dataclass(frozen=True)
class Sample:
    """An event, and what a right summary of it says."""

    told: str
    """The event in words, for a message."""
    event: Event
    source: str
    ids: tuple[str, ...]

    @property
    def right(self) -> dict[str, Any]:
        """The summary."""
        return {"source": self.source, "items": len(self.ids), "ids": [*self.ids]}


def read(kind: str) -> Event:
    """The recorded event of a kind."""
    event: Event = json.loads(material(f"events/{kind}.json").read_text("utf-8"))
    return event


def recorded() -> Iterator[Sample]:
    """One event of each kind, as the lesson shows it."""
    yield Sample(
        "the sample of S3",
        read("s3"),
        "s3",
        ("incoming/my photo é.jpg",),
    )
    yield Sample("the sample of an HTTP API", read("http"), "http", ("b-1017",))
    yield Sample(
        "the sample of a queue, with two messages",
        read("sqs"),
        "sqs",
        (
            "4f1c8e5a-2f0e-4a55-9d3b-6f1f0f5f8a31",
            "c2b7a0de-7c52-4ff0-8a44-0d0c2f4be9b7",
        ),
    )
    yield Sample(
        "the sample of a stream, with three changes",
        read("dynamodb"),
        "dynamodb",
        ("b-1017", "b-1017", "b-0988"),
    )
    yield Sample(
        "the sample of EventBridge",
        read("eventbridge"),
        "eventbridge",
        ("7bf73129-1428-4cd3-a780-95db273d1602",),
    )


def varied(chance: random.Random) -> Iterator[Sample]:
    """Events of all kinds with other contents, shuffled."""
    samples = [
        _uploads(chance, ["incoming/résumé +1.pdf", "incoming/100% (copy).txt"]),
        _uploads(chance, [f"incoming/{chance.randint(1, 999)}.jpg"]),
        _request(chance, packed=True),
        _request(chance, packed=False),
        _messages(chance, 10),
        _messages(chance, 1),
        _changes(chance, ["REMOVE"]),
        _changes(chance, ["MODIFY", "REMOVE", "INSERT", "REMOVE"]),
        _announced(chance),
    ]
    chance.shuffle(samples)
    yield from samples


def _uploads(chance: random.Random, keys: list[str]) -> Sample:
    def change(record: Event, at: int) -> None:
        record["s3"]["object"] |= {
            "key": quote_plus(keys[at], safe="/*"),
            "size": chance.randint(1, 9_000_000),
        }

    event = _several("s3", len(keys), change)
    return Sample(f"an event of S3 about {keys}", event, "s3", tuple(keys))


def _request(chance: random.Random, *, packed: bool) -> Sample:
    booking = f"b-{chance.randint(1000, 9999)}"
    body = json.dumps({"name": "Zoë", "booking": booking}, ensure_ascii=False)
    event = read("http")
    event["isBase64Encoded"] = packed
    event["body"] = base64.b64encode(body.encode()).decode() if packed else body
    how = "packed in base64" if packed else "as it was sent"
    told = f"an event of the HTTP API, its body {how}"
    return Sample(told, event, "http", (booking,))


def _messages(chance: random.Random, number: int) -> Sample:
    ids = tuple(_uuid(chance) for _ in range(number))

    def change(record: Event, at: int) -> None:
        body = json.dumps({"print": chance.randint(1, 99)})
        digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        record |= {"messageId": ids[at], "body": body, "md5OfBody": digest}

    event = _several("sqs", number, change)
    return Sample(f"an event of a queue with {number} message(s)", event, "sqs", ids)


def _changes(chance: random.Random, names: list[str]) -> Sample:
    ids = tuple(f"b-{chance.randint(1000, 9999)}" for _ in names)
    there = {one["eventName"]: one for one in read("dynamodb")["Records"]}

    def changed(name: str, booking: str) -> Event:
        record: Event = copy.deepcopy(there[name])
        key = {"id": {"S": booking}}
        record["dynamodb"]["Keys"] = key
        for image in ("NewImage", "OldImage"):
            if image in record["dynamodb"]:
                record["dynamodb"][image] |= key
        return record

    event = {"Records": [changed(*one) for one in zip(names, ids, strict=True)]}
    return Sample(f"an event of a stream: {', '.join(names)}", event, "dynamodb", ids)


def _announced(chance: random.Random) -> Sample:
    event = read("eventbridge") | {"id": _uuid(chance)}
    # What somebody announces may be about anything, also about S3.
    event |= {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "photos"}, "object": {"key": "a+b.jpg"}},
    }
    told = "an event of EventBridge that tells of an upload"
    return Sample(told, event, "eventbridge", (event["id"],))


def _several(kind: str, number: int, change: Callable[[Event, int], None]) -> Event:
    """An event with so many records, each one changed by its number."""
    first = read(kind)["Records"][0]
    records = [copy.deepcopy(first) for _ in range(number)]
    for at, record in enumerate(records):
        change(record, at)
    return {"Records": records}


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
