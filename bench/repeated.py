"""A function that may get each event twice and in any order, and works once for each.

What an upload is told apart by is its key and its sequencer; a conditional write says
who was first.
"""

from __future__ import annotations

from typing import Any

TABLE = "uploads"
SOURCE = f"""
import boto3

table = boto3.client("dynamodb")

def handler(event, context):
    for record in event["Records"]:
        stored = record["s3"]["object"]
        known_as = stored["key"] + " " + stored["sequencer"]
        try:
            table.put_item(
                TableName="{TABLE}",
                Item={{"id": {{"S": known_as}}, "key": {{"S": stored["key"]}}}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except table.exceptions.ConditionalCheckFailedException:
            print("again", stored["key"])
            continue
        print("first", stored["key"])
"""


def make_table(dynamodb: Any) -> None:
    """The table by which the function knows what it has seen."""
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def said(logs: Any, function: str) -> tuple[list[str], list[str]]:
    """The keys that the function worked on, and those that it saw again."""
    pages = logs.get_paginator("filter_log_events")
    words = [
        event["message"].split()
        for page in pages.paginate(logGroupName=f"/aws/lambda/{function}")
        for event in page["events"]
    ]
    first, again = (
        [line[1] for line in words if len(line) == 2 and line[0] == word]
        for word in ("first", "again")
    )
    return first, again
