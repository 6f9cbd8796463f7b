"""What happens to tables by the lab's clock: time to live, counts, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.dynamodb.conftest import Lab, item, open_lab, refusal
from tests.cloud.dynamodb.stream_readers import records, stream_arn

HOUR, DAY = 3600, 86400
YEAR = 365 * DAY


@pytest.fixture(scope="module")
def moving() -> Iterator[Lab]:
    """A cloud of the module's own, whose clock the tests move."""
    cloud, lab = open_lab()
    yield lab
    cloud.close()


def expiring(lab: Lab, **more: Any) -> str:
    """Make a table whose items expire by ``gone``, at half past an hour."""
    clock = lab.cloud.clock
    clock.advance(-clock.now() % HOUR + HOUR / 2)
    table = lab.table(**more)
    turn(lab, table)
    return table


def turn(lab: Lab, table: str, *, on: bool = True, name: str = "gone") -> Any:
    return lab.client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": on, "AttributeName": name},
    )["TimeToLiveSpecification"]


def now(lab: Lab) -> int:
    return int(lab.cloud.clock.now())


def keys(lab: Lab, table: str) -> set[str]:
    return {one["pk"]["S"] for one in lab.client.scan(TableName=table)["Items"]}


def test_an_expired_item_goes_at_the_next_hour(moving: Lab) -> None:
    """Until then it is read and changed like any other; moto keeps it for ever."""
    table = expiring(moving)
    moving.put(table, pk="short", gone=now(moving) + 60)
    moving.put(table, pk="long", gone=now(moving) + DAY)
    moving.cloud.clock.advance(120)
    assert keys(moving, table) == {"short", "long"}
    moving.cloud.clock.advance(HOUR)
    assert keys(moving, table) == {"long"}
    moving.cloud.clock.advance(DAY)
    assert keys(moving, table) == set()


def test_a_later_expiry_keeps_an_item(moving: Lab) -> None:
    """What counts is what the item says when the hour is full."""
    table = expiring(moving)
    moving.put(table, pk="kept", gone=now(moving) + 60)
    moving.put(table, pk="saved", gone=now(moving) + 60)
    moving.cloud.clock.advance(120)
    moving.put(table, pk="kept", gone=now(moving) + 2 * DAY)
    moving.client.update_item(
        TableName=table, Key=item(pk="saved"), UpdateExpression="REMOVE gone"
    )
    moving.cloud.clock.advance(DAY)
    assert keys(moving, table) == {"kept", "saved"}


@pytest.mark.parametrize(
    "gone",
    [
        {"S": "1"},
        {"N": str(1_800_000_000_000)},
        {"N": "1" + "0" * 100},
        {"N": "0"},
        {"N": "-1"},
        {"L": [{"N": "1"}]},
    ],
)
def test_what_is_no_time_stays(moving: Lab, gone: dict[str, Any]) -> None:
    """Text, milliseconds, and what is more than five years ago."""
    table = expiring(moving)
    moving.put(table, pk="stays", gone=gone)
    moving.cloud.clock.advance(2 * HOUR)
    assert keys(moving, table) == {"stays"}


def test_five_years_are_the_limit(moving: Lab) -> None:
    """Longer ago isn't taken for a time."""
    table = expiring(moving)
    moving.put(table, pk="older", gone=now(moving) - 5 * YEAR - DAY)
    moving.put(table, pk="newer", gone=now(moving) - 5 * YEAR + DAY)
    moving.cloud.clock.advance(HOUR)
    assert keys(moving, table) == {"older"}


def test_what_was_there_before_expires_too(moving: Lab) -> None:
    """Turned on for a table with items, it looks at them."""
    table = moving.table()
    moving.put(table, pk="old", gone=now(moving) - 60)
    turn(moving, table)
    moving.cloud.clock.advance(HOUR)
    assert keys(moving, table) == set()


def test_a_deletion_is_the_services(moving: Lab) -> None:
    """A stream's record names DynamoDB itself as who deleted."""
    table = expiring(
        moving,
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )
    moving.put(table, pk="short", gone=now(moving) + 60)
    moving.put(table, pk="mine", gone=now(moving) + 10 * DAY)
    moving.client.delete_item(TableName=table, Key=item(pk="mine"))
    moving.cloud.clock.advance(HOUR)
    removed = {
        record["dynamodb"]["Keys"]["pk"]["S"]: record.get("userIdentity")
        for record in records(moving, stream_arn(moving, table))
        if record["eventName"] == "REMOVE"
    }
    assert removed == {
        "mine": None,
        "short": {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"},
    }


def test_turned_off_nothing_expires(moving: Lab) -> None:
    """It can be turned off, an hour after it was turned on."""
    table = expiring(moving)
    assert refusal(turn, lab=moving, table=table, on=False) == (
        "ValidationException",
        "Time to live has been modified multiple times within a fixed interval",
    )
    moving.cloud.clock.advance(HOUR + 1)
    assert turn(moving, table, on=False) == {"Enabled": False, "AttributeName": "gone"}
    moving.put(table, pk="stays", gone=now(moving) + 60)
    moving.cloud.clock.advance(DAY)
    assert keys(moving, table) == {"stays"}


def test_the_setting_is_described(moving: Lab) -> None:
    """On with its attribute, or off."""
    table = moving.table()
    describe = moving.client.describe_time_to_live
    assert describe(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "DISABLED"
    }
    turn(moving, table)
    assert describe(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "gone",
    }


@pytest.mark.parametrize(
    ("turned_on", "on", "name", "message"),
    [
        (False, False, "gone", "TimeToLive is already disabled"),
        (True, True, "gone", "TimeToLive is already enabled"),
        (
            True,
            False,
            "other",
            "TimeToLive is active on a different AttributeName: current AttributeName"
            " is gone",
        ),
    ],
)
def test_a_change_has_to_be_one(
    moving: Lab, turned_on: bool, on: bool, name: str, message: str
) -> None:
    """What is so already is refused."""
    table = moving.table()
    if turned_on:
        turn(moving, table)
    told = refusal(turn, lab=moving, table=table, on=on, name=name)
    assert told == ("ValidationException", message)


def test_a_table_that_is_gone_isnt_swept(moving: Lab) -> None:
    """Nor is another one of its name."""
    table = expiring(moving)
    moving.put(table, pk="a", gone=now(moving) + 60)
    moving.client.delete_table(TableName=table)
    moving.table(TableName=table)
    moving.put(table, pk="a", gone=now(moving) + 60)
    moving.cloud.clock.advance(2 * HOUR)
    assert keys(moving, table) == {"a"}


def test_items_are_counted_every_six_hours(moving: Lab) -> None:
    """Neither at once, as moto does, nor never: by the lab's clock."""
    table = moving.table(indexes={"by-who": "who:S"})
    moving.put(table, pk="a", who="me")
    moving.put(table, pk="b")
    assert moving.client.describe_table(TableName=table)["Table"]["ItemCount"] == 0
    moving.cloud.clock.advance(6 * 3600 + 1)
    one = moving.client.describe_table(TableName=table)["Table"]
    assert (one["ItemCount"], one["TableSizeBytes"]) == (2, 8 + 3)
    index = one["GlobalSecondaryIndexes"][0]
    assert (index["ItemCount"], index["IndexSizeBytes"]) == (1, 8)


def test_a_token_is_forgotten_after_ten_minutes(moving: Lab) -> None:
    """By the lab's clock."""
    table = moving.table()
    add = {
        "TableName": table,
        "Key": item(pk="counter"),
        "UpdateExpression": "ADD amount :n",
        "ExpressionAttributeValues": item(**{":n": 1}),
    }
    for _ in range(2):
        moving.client.transact_write_items(
            TransactItems=[{"Update": add}], ClientRequestToken="once"
        )
        moving.cloud.clock.advance(601)
    assert moving.get(table, pk="counter")["amount"] == {"N": "2"}
