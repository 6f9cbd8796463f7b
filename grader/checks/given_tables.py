"""Tables that checks hand to a function of the learner's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from grader.checks.probe import Probe

# Items that BatchWriteItem takes at once.
_BATCH = 25


@contextlib.contextmanager
def given_table(
    probe: Probe, purpose: str, partition: str, *, stream: bool = False
) -> Iterator[str]:
    """The studio's table for a purpose, with a text as its key and nothing in it.

    It goes with the block. Its `stream` has items as they were and as they are.
    """
    dynamodb = probe.client("dynamodb")
    name = f"studio-{purpose}"
    _remove(dynamodb, name)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": partition, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": partition, "KeyType": "HASH"}],
        StreamSpecification={
            "StreamEnabled": stream,
            **({"StreamViewType": "NEW_AND_OLD_IMAGES"} if stream else {}),
        },
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    try:
        yield name
    finally:
        _remove(dynamodb, name)


def put_items(probe: Probe, table: str, items: Iterable[dict[str, Any]]) -> None:
    """Put items, as DynamoDB writes them, into a table, many with each request."""
    dynamodb = probe.client("dynamodb")
    wanted = [{"PutRequest": {"Item": item}} for item in items]
    while wanted:
        now, wanted = wanted[:_BATCH], wanted[_BATCH:]
        said = dynamodb.batch_write_item(RequestItems={table: now})
        wanted += said["UnprocessedItems"].get(table, [])


def _remove(dynamodb: Any, name: str) -> None:
    with contextlib.suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName=name)
        dynamodb.get_waiter("table_not_exists").wait(TableName=name)
