"""Reads streams of tables, as a program does that isn't a function."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from tests.cloud.dynamodb.conftest import Lab

_clients: dict[str, Any] = {}


def streams(lab: Lab) -> Any:
    """Return a client of the lab's DynamoDB Streams."""
    address = lab.cloud.endpoint_url
    if address not in _clients:
        _clients[address] = boto3.client(
            "dynamodbstreams",
            endpoint_url=address,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )
    return _clients[address]


def stream_arn(lab: Lab, table: str) -> str:
    """Return the ARN of a table's latest stream."""
    found = lab.client.describe_table(TableName=table)["Table"]
    return str(found["LatestStreamArn"])


def records(lab: Lab, arn: str) -> list[dict[str, Any]]:
    """Read a stream from its oldest record on, at most a thousand."""
    client = streams(lab)
    stream = client.describe_stream(StreamArn=arn)["StreamDescription"]
    begun = client.get_shard_iterator(
        StreamArn=arn,
        ShardId=stream["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    found: list[dict[str, Any]] = client.get_records(ShardIterator=begun)["Records"]
    return found
