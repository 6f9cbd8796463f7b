"""Uploads to a bucket that invokes a function: how soon, and how surely."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.request import Request, urlopen

from bench import repeated
from bench.contestants import Contestant, client_of
from bench.figures import Figure, Missing, Reading
from bench.functions import Source
from bench.invocations import FAILURES, MILLI, Turns
from bench.queues import WARM_UP, Told

SEED = 2026
ACCOUNT = "123456789012"
_WRITES = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"},
}
_TELLS = """
import socket

TELLS = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        TELLS.sendto(key.encode(), ("127.0.0.1", {port}))
"""


def _bucket(contestant: Contestant, function: str) -> tuple[Any, str]:
    """A client, and the name of a new bucket whose uploads invoke the function."""
    s3, name = client_of("s3", contestant.server.endpoint), f"bench-{uuid.uuid4().hex}"
    client = contestant.client()
    s3.create_bucket(Bucket=name)
    arn = client.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    client.add_permission(
        FunctionName=function,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{name}",
    )
    trigger = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"LambdaFunctionConfigurations": [trigger]},
    )
    return s3, name


def latency(contestants: Sequence[Contestant], count: int) -> dict[str, Reading]:
    """Milliseconds from PutObject to a warm function's having dealt with the event."""
    turns = Turns(contestants)
    told = Told(_TELLS)

    def take(contestant: Contestant) -> list[float]:
        s3, bucket = _bucket(contestant, contestant.deployment.new(told.source))
        samples = []
        for _ in range(WARM_UP + count):
            key = uuid.uuid4().hex
            began = time.perf_counter()
            s3.put_object(Bucket=bucket, Key=key, Body=b"a photo")
            samples.append(told.wait([key]) - began)
        return samples[WARM_UP:]

    turns.take(take)
    told.close()
    return turns.readings(MILLI)


def reliability(ours: Contestant, size: int) -> Reading:
    """How many of so many uploads weren't worked on just once.

    Each comes twice, in another order, while every tenth write is throttled.
    """
    try:
        return _reliability(ours, size)
    except FAILURES as error:
        return Missing(f"{type(error).__name__}: {error}")


def _reliability(ours: Contestant, size: int) -> Reading:
    endpoint = ours.server.endpoint
    iam = client_of("iam", endpoint)
    iam.put_role_policy(
        RoleName="bench", PolicyName="writes", PolicyDocument=json.dumps(_WRITES)
    )
    repeated.make_table(client_of("dynamodb", endpoint))
    function = ours.deployment.new(Source("repeated", "python", repeated.SOURCE))
    s3, bucket = _bucket(ours, function)
    writes = {"service": "dynamodb", "operation": "PutItem", "fail_next": size // 10}
    for fault in ({"duplicate": True}, {"shuffle": SEED}, writes):
        _control(endpoint, "faults", {"account": ACCOUNT, **fault})
    for number in range(size):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"a photo")
    _control(endpoint, "clock", {"advance": 600})
    _control(endpoint, "faults", {"account": ACCOUNT, "clear": True})
    first, again = (
        Counter(keys) for keys in repeated.said(client_of("logs", endpoint), function)
    )
    keys = map(str, range(size))
    wrong = sum(first[key] != 1 or again[key] != 1 for key in keys)
    return Figure(wrong, wrong, wrong, 1)


def _control(endpoint: str, verb: str, order: dict[str, Any]) -> None:
    body = json.dumps(order).encode()
    urlopen(Request(f"{endpoint}/_lab/{verb}", data=body)).close()
