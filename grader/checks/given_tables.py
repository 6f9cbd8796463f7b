"""Tables that checks hand to a function of the learner's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from grader.checks.probe import Probe


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


def _remove(dynamodb: Any, name: str) -> None:
    with contextlib.suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName=name)
        dynamodb.get_waiter("table_not_exists").wait(TableName=name)
