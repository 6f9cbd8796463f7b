"""A table's stream that is polled for a function: nothing lost, each key in order."""

from __future__ import annotations

import functools
import json
import uuid
from typing import Any
from urllib.request import Request, urlopen

from bench import unsteady
from bench.contestants import Contestant, client_of
from bench.figures import Figure, Missing, Reading
from bench.functions import Source
from bench.invocations import FAILURES
from bench.queues import new_queue

_MAY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "dynamodb:UpdateItem",
            "sqs:SendMessage",
        ],
        "Resource": "*",
    },
}


def reliability(ours: Contestant, size: int) -> Reading:
    """How many items of so many changes came out of order, or lost one.

    A record that was given up with others, or wasn't, counts as one.
    """
    try:
        return _reliability(ours, size)
    except FAILURES as error:
        return Missing(f"{type(error).__name__}: {error}")


def _reliability(ours: Contestant, size: int) -> Reading:
    client = functools.partial(client_of, endpoint=ours.server.endpoint)
    client("iam").put_role_policy(
        RoleName="bench", PolicyName="streams", PolicyDocument=json.dumps(_MAY)
    )
    dynamodb, table = client("dynamodb"), f"bench-{uuid.uuid4().hex[:12]}"
    unsteady.make_table(dynamodb)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    described = unsteady.make_table(dynamodb, table, StreamSpecification=stream)
    sqs, url, queue = new_queue(ours)
    function = ours.deployment.new(Source("unsteady", "python", unsteady.SOURCE))
    ours.client().update_function_configuration(FunctionName=function, Timeout=2)
    ours.client().create_event_source_mapping(
        EventSourceArn=described["LatestStreamArn"],
        FunctionName=function,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    changes = unsteady.changes(size)
    for one in changes:
        item = {"pk": {"S": one.key}, **one.attributes}
        dynamodb.put_item(TableName=table, Item=item)
    advance = Request(f"{ours.server.endpoint}/_lab/clock", data=b'{"advance": 7200}')
    urlopen(advance).close()
    wrong = len(
        unsteady.wrong(changes, _lines(client("logs"), function), _bodies(sqs, url))
    )
    return Figure(wrong, wrong, wrong, 1)


def _lines(logs: Any, function: str) -> list[str]:
    pages = logs.get_paginator("filter_log_events")
    return [
        event["message"]
        for page in pages.paginate(logGroupName=f"/aws/lambda/{function}")
        for event in page["events"]
    ]


def _bodies(sqs: Any, url: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        found += [one["Body"] for one in messages]
    return found
