"""A function that fails often, and no two runs differently.

Of the messages of a queue one in twenty fails when it is tried, some fail whenever they
are; of the batches one in thirty ends its environment, and one in a hundred takes
longer than the function may.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

SEED = 2026
POISON = 50
"""Every so manieth message fails whenever it is tried."""
TRIES = 4
"""How often a message is received before it is given up."""

# Prints each message that it has dealt with; has to be asked for partial failures.
SOURCE = f"""
import os, random, time

def luck(*what):
    return random.Random(f"{SEED}:{{what}}").random()

def tries(record):
    return record["attributes"]["ApproximateReceiveCount"]

def handler(event, context):
    records = event["Records"]
    of_batch = luck("batch", records[0]["body"], tries(records[0]))
    if of_batch < 0.03:
        os._exit(1)
    if of_batch < 0.04:
        time.sleep(60)
    failed = []
    for record in records:
        number = int(record["body"])
        if luck(number, tries(record)) < 0.05 or number % {POISON} == 0:
            failed.append({{"itemIdentifier": record["messageId"]}})
        else:
            print("done", number)
    return {{"batchItemFailures": failed}}
"""


def send(sqs: Any, url: str, count: int) -> None:
    """Send that many messages, numbered, in an order of their own."""
    numbers = list(range(count))
    random.Random(SEED).shuffle(numbers)
    for at in range(0, count, 10):
        sqs.send_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(number), "MessageBody": str(number)}
                for number in numbers[at : at + 10]
            ],
        )


def done(logs: Any, function: str) -> Iterator[int]:
    """The messages that the function has dealt with, by its log."""
    return printed(logs, function, "done")


def printed(logs: Any, function: str, word: str) -> Iterator[int]:
    """The numbers that a function printed behind a word."""
    pages = logs.get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=f"/aws/lambda/{function}"):
        for event in page["events"]:
            if event["message"].startswith(word):
                yield int(event["message"].split()[1])


def received(sqs: Any, url: str) -> Iterator[int]:
    """The messages that a queue holds."""
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        yield from (int(message["Body"]) for message in found)
