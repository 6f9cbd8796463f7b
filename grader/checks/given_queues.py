"""Queues that checks hand to a function of the learner's, and what is in a queue."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from grader.checks.probe import Probe


@contextlib.contextmanager
def given_queue(probe: Probe, purpose: str) -> Iterator[str]:
    """The URL of a new queue, which goes with the block."""
    sqs = probe.client("sqs")
    url = str(sqs.create_queue(QueueName=probe.name(purpose))["QueueUrl"])
    try:
        yield url
    finally:
        sqs.delete_queue(QueueUrl=url)


def taken(probe: Probe, url: str) -> list[Any]:
    """What is in a queue, read as JSON where it is JSON; nothing is left in it."""
    sqs = probe.client("sqs")
    found: list[Any] = []
    while True:
        said = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        messages = said.get("Messages", [])
        if not messages:
            return found
        found += [_read(message["Body"]) for message in messages]
        entries = [
            {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
            for at, message in enumerate(messages)
        ]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
