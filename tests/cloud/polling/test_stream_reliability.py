"""A hundred records through a function that fails, dies and hangs: a seeded run."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.cloud.conftest import Account
from tests.cloud.polling.table_streams import watch

SEED = 20261126
KEYS, CHANGES = "abcdefghij", 10
# Once each, but for the poison.
TROUBLES = ["raise"] * 5 + ["exit"] * 3 + ["hang"] * 2 + ["poison"] * 2
UNSTEADY = """
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
        print(json.dumps({"done": key, "n": int(image["n"]["N"])}))

def first(number):
    seen = attempts.update_item(
        TableName=os.environ["ATTEMPTS"],
        Key={"pk": {"S": number}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    return seen["Attributes"]["n"]["N"] == "1"
"""


def test_nothing_is_lost_and_each_key_is_in_order(account: Account) -> None:
    """Each record is processed or given up, and none before one earlier."""
    url, queue = account.queue("given-up")
    watched = watch(
        account, UNSTEADY, polled=False, more=("sqs:SendMessage", "dynamodb:UpdateItem")
    )
    account.client("dynamodb").create_table(
        TableName="attempts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.aws_lambda.update_function_configuration(
        FunctionName=watched.function,
        Timeout=2,
        Environment={"Variables": {"ATTEMPTS": "attempts"}},
    )
    watched.map(
        BatchSize=10,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    put, poisoned = _put_all(watched)
    watched.advance(3600)
    done: dict[str, list[int]] = {key: [] for key in KEYS}
    for line in account.log_lines(watched.function):
        if line.startswith('{"done"'):
            told = json.loads(line)
            if told["n"] not in done[told["done"]]:
                done[told["done"]].append(told["n"])
    assert done == {
        key: [n for n in range(CHANGES) if (key, n) not in poisoned] for key in KEYS
    }
    given_up = [json.loads(one["Body"]) for one in account.messages(url)]
    sizes = [one["DDBStreamBatchInfo"]["batchSize"] for one in given_up]
    assert sizes == [1] * len(poisoned)
    assert put == sum(map(len, done.values())) + len(given_up)


def _put_all(watched: Any) -> tuple[int, set[tuple[str, int]]]:
    """Change each item ten times, in a mixed order; say which changes are poison."""
    chosen = random.Random(SEED)
    changes = [(key, n) for n in range(CHANGES) for key in KEYS]
    for start in range(0, len(changes), len(KEYS)):
        part = changes[start : start + len(KEYS)]
        chosen.shuffle(part)
        changes[start : start + len(KEYS)] = part
    troubles = dict(zip(chosen.sample(changes, len(TROUBLES)), TROUBLES, strict=True))
    for key, n in changes:
        trouble = troubles.get((key, n), "")
        watched.put(key, n={"N": str(n)}, trouble={"S": trouble})
    return len(changes), {one for one in changes if troubles.get(one) == "poison"}
