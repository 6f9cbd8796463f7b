"""A function that fails, dies and hangs at some changes of items, in seeded runs.

Each trouble happens once, but for the poison, at which the function always fails.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

SEED = 20261126
KEYS = "abcdefghij"
TABLE = "attempts"
ROUND = 100
"""Changes among which each of the troubles below happens."""
_TROUBLES = ["raise"] * 5 + ["exit"] * 3 + ["hang"] * 2 + ["poison"] * 2

# Prints each change that it has dealt with; counts in a table what it has begun.
SOURCE = f"""
import json, os, time
import boto3

attempts = boto3.client("dynamodb")

def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        key, image = change["Keys"]["pk"]["S"], change["NewImage"]
        trouble = image["trouble"]["S"]
        if trouble and (trouble == "poison" or first(change["SequenceNumber"])):
            if trouble == "exit":
                os._exit(1)
            if trouble == "hang":
                time.sleep(30)
            raise ValueError(trouble)
        print(json.dumps({{"done": key, "n": int(image["n"]["N"])}}))

def first(number):
    seen = attempts.update_item(
        TableName="{TABLE}",
        Key={{"pk": {{"S": number}}}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={{":one": {{"N": "1"}}}},
        ReturnValues="ALL_NEW",
    )
    return seen["Attributes"]["n"]["N"] == "1"
"""


class Change(NamedTuple):
    """The nth change of an item, and what the function has to suffer at it."""

    key: str
    n: int
    trouble: str

    @property
    def attributes(self) -> dict[str, dict[str, str]]:
        """The item as it is from then on, its key apart."""
        return {"n": {"N": str(self.n)}, "trouble": {"S": self.trouble}}


def changes(count: int) -> list[Change]:
    """So many changes in a mixed order, each item's own in theirs."""
    chosen = random.Random(SEED)
    plan: list[tuple[str, int]] = []
    for n in range(count // len(KEYS)):
        mixed = [(key, n) for key in KEYS]
        chosen.shuffle(mixed)
        plan += mixed
    troubles = _TROUBLES * (count // ROUND)
    at = dict(zip(chosen.sample(plan, len(troubles)), troubles, strict=True))
    return [Change(key, n, at.get((key, n), "")) for key, n in plan]


def make_table(dynamodb: Any, name: str = TABLE, **settings: Any) -> Any:
    """A table by a key `pk`, as the function counts in one."""
    return dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **settings,
    )["TableDescription"]


def wrong(
    put: Sequence[Change], lines: Iterable[str], given_up: Iterable[str]
) -> list[str]:
    """What isn't as it should be, by the function's log and the failures' messages.

    Each change has to be dealt with, those of an item in their order, or to be given
    up by itself if it was poison.
    """
    done: dict[str, list[int]] = {key: [] for key in KEYS}
    for line in lines:
        if line.startswith('{"done"'):
            told = json.loads(line)
            # Whatever comes again after a failure has been there before.
            if told["n"] not in done[told["done"]]:
                done[told["done"]].append(told["n"])
    found = []
    for key in KEYS:
        due = [one.n for one in put if one.key == key and one.trouble != "poison"]
        if done[key] != due:
            found.append(f"{key}: {done[key]} instead of {due}")
    poison = sum(one.trouble == "poison" for one in put)
    sizes = [json.loads(one)["DDBStreamBatchInfo"]["batchSize"] for one in given_up]
    if sizes != [1] * poison:
        found.append(f"batches of {sizes} were given up, not {poison} single records")
    return found
