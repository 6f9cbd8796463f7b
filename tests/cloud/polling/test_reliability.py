"""Nothing is lost and nothing is stuck, whatever happens to the function."""

from __future__ import annotations

import json
import random

from tests.cloud.polling.conftest import Polled

MESSAGES = 1000
SEED = 2026
POISON = 50
"""Every so manieth message fails whenever it is tried."""
# One message in twenty fails when it is tried, one batch in thirty ends its
# environment, one in a hundred takes too long; the same ones in every run.
FRAGILE = f"""
import json, os, random, time

def handler(event, context):
    records = event["Records"]
    first = records[0]
    tries = first["attributes"]["ApproximateReceiveCount"]
    luck = random.Random(f"{SEED}:{{first['body']}}:{{tries}}").random()
    if luck < 0.03:
        os._exit(1)
    if luck < 0.04:
        time.sleep(30)
    failed = []
    for record in records:
        number, tries = record["body"], record["attributes"]["ApproximateReceiveCount"]
        luck = random.Random(f"{{number}}:{{tries}}:{SEED}").random()
        if luck < 0.05 or int(number) % {POISON} == 0:
            failed.append({{"itemIdentifier": record["messageId"]}})
        else:
            print("done", number)
    return {{"batchItemFailures": failed}}
"""


def test_each_message_is_processed_or_given_up(account, polled):
    """A thousand of them: none is lost, none is stuck, and none is in both places."""
    dead, dead_arn = account.queue("dead")
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 4}
    made = polled(
        FRAGILE,
        attributes={"RedrivePolicy": json.dumps(policy)},
        timeout=1,
        Enabled=False,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    _send(made, random.Random(SEED))
    made.update(Enabled=True)
    made.cloud.clock.advance(600)
    assert made.held() == (0, 0)
    lines = account.log_lines(made.function)
    done = [int(line.split()[1]) for line in lines if line.startswith("done")]
    given_up = [int(message["Body"]) for message in _all(account, dead)]
    assert sorted(done + given_up) == list(range(MESSAGES))
    assert set(range(0, MESSAGES, POISON)) <= set(given_up)


def _send(made: Polled, order: random.Random) -> None:
    numbers = list(range(MESSAGES))
    order.shuffle(numbers)
    for at in range(0, MESSAGES, 10):
        made.account.client("sqs").send_message_batch(
            QueueUrl=made.url,
            Entries=[
                {"Id": str(number), "MessageBody": str(number)}
                for number in numbers[at : at + 10]
            ],
        )


def _all(account, url):
    while messages := account.messages(url):
        yield from messages
