"""The streams of tables: what each kind of write leaves in them, and how they begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.dynamodb.conftest import Lab, item, refusal
from tests.cloud.dynamodb.stream_readers import records, stream_arn, streams

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
DAY = 86_400


def streamed(lab: Lab, view: str = "NEW_AND_OLD_IMAGES", **more: Any) -> str:
    specification = {"StreamEnabled": True, "StreamViewType": view}
    return lab.table(StreamSpecification=specification, **more)


def changes(lab: Lab, table: str) -> list[tuple[str, str]]:
    return [
        (one["eventName"], one["dynamodb"]["Keys"]["pk"]["S"])
        for one in records(lab, stream_arn(lab, table))
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_a_record_has_the_images_of_its_view(lab: Lab, view: str) -> None:
    """The keys always; the new item, the old one, or both, where there is one."""
    table = streamed(lab, view)
    lab.put(table, pk="a", n=1)
    lab.put(table, pk="a", n=2)
    lab.client.delete_item(TableName=table, Key=item(pk="a"))
    one, two = item(pk="a", n=1), item(pk="a", n=2)
    new, old = view.startswith("NEW"), "OLD" in view
    wanted: list[tuple[str, Any, Any]] = [
        ("INSERT", one if new else None, None),
        ("MODIFY", two if new else None, one if old else None),
        ("REMOVE", None, two if old else None),
    ]
    found = records(lab, stream_arn(lab, table))
    assert [
        (
            record["eventName"],
            record["dynamodb"].get("NewImage"),
            record["dynamodb"].get("OldImage"),
        )
        for record in found
    ] == wanted
    assert {record["dynamodb"]["StreamViewType"] for record in found} == {view}
    assert all(record["dynamodb"]["Keys"] == item(pk="a") for record in found)


def put(lab: Lab, table: str) -> None:
    lab.put(table, pk="a")


def update(lab: Lab, table: str) -> None:
    lab.client.update_item(
        TableName=table,
        Key=item(pk="a"),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues=item(**{":n": 1}),
    )


def batch(lab: Lab, table: str) -> None:
    lab.client.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item(pk="a")}}]}
    )


def transaction(lab: Lab, table: str) -> None:
    lab.client.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": item(pk="a")}}]
    )


def delete(lab: Lab, table: str) -> None:
    lab.client.delete_item(TableName=table, Key=item(pk="old"))


def batch_delete(lab: Lab, table: str) -> None:
    lab.client.batch_write_item(
        RequestItems={table: [{"DeleteRequest": {"Key": item(pk="old")}}]}
    )


def transacted_delete(lab: Lab, table: str) -> None:
    lab.client.transact_write_items(
        TransactItems=[{"Delete": {"TableName": table, "Key": item(pk="old")}}]
    )


@pytest.mark.parametrize(
    ("write", "left"),
    [
        (put, ("INSERT", "a")),
        (update, ("INSERT", "a")),
        (batch, ("INSERT", "a")),
        (transaction, ("INSERT", "a")),
        (delete, ("REMOVE", "old")),
        (batch_delete, ("REMOVE", "old")),
        (transacted_delete, ("REMOVE", "old")),
    ],
)
def test_every_kind_of_write_leaves_a_record(
    lab: Lab, write: Callable[[Lab, str], None], left: tuple[str, str]
) -> None:
    """Also one of a batch or of a transaction."""
    table = streamed(lab)
    lab.put(table, pk="old")
    write(lab, table)
    assert changes(lab, table) == [("INSERT", "old"), left]


def test_what_changes_nothing_leaves_none(lab: Lab) -> None:
    """Neither the same item again, nor a deletion of nothing, nor a failed write."""
    table = streamed(lab)
    lab.put(table, pk="a", n=1)
    lab.put(table, pk="a", n=1)
    lab.client.update_item(
        TableName=table,
        Key=item(pk="a"),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues=item(**{":n": 1}),
    )
    lab.client.delete_item(TableName=table, Key=item(pk="other"))
    refusal(
        lab.client.put_item,
        TableName=table,
        Item=item(pk="a", n=2),
        ConditionExpression="attribute_not_exists(pk)",
    )
    assert changes(lab, table) == [("INSERT", "a")]


def test_a_record_is_described(lab: Lab) -> None:
    """Its numbers go up, its size is that of its keys and images, its Region its own.

    The sizes are those of the developer guide's example.
    """
    table = lab.table(
        "Id:N",
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )
    lab.put(table, Id=101, Message="New item!")
    lab.put(table, Id=101, Message="This item has changed")
    lab.client.delete_item(TableName=table, Key=item(Id=101))
    found = records(lab, stream_arn(lab, table))
    assert [one["dynamodb"]["SizeBytes"] for one in found] == [26, 59, 38]
    numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in found]
    assert numbers == sorted(set(numbers))
    assert len({one["eventID"] for one in found}) == 3
    first = found[0]
    assert (first["eventVersion"], first["eventSource"], first["awsRegion"]) == (
        "1.1",
        "aws:dynamodb",
        "eu-west-1",
    )
    at = first["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    assert at.is_integer()
    assert abs(at - lab.cloud.clock.now()) < 60


def test_a_stream_is_described(lab: Lab) -> None:
    """Beside its table, by its label, with its shard."""
    table = streamed(lab, "KEYS_ONLY")
    shape = lab.client.describe_table(TableName=table)["Table"]
    described = streams(lab).describe_stream(StreamArn=shape["LatestStreamArn"])
    stream = described["StreamDescription"]
    assert (
        stream["StreamStatus"],
        stream["StreamViewType"],
        stream["TableName"],
        stream["StreamLabel"],
        stream["KeySchema"],
    ) == (
        "ENABLED",
        "KEYS_ONLY",
        table,
        shape["LatestStreamLabel"],
        [{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    assert shape["LatestStreamArn"].endswith(stream["StreamLabel"])
    (shard,) = stream["Shards"]
    assert list(shard["SequenceNumberRange"]) == ["StartingSequenceNumber"]


def test_a_stream_that_is_turned_off_can_be_read(lab: Lab) -> None:
    """Its shard is closed then, and the next stream is another one."""
    table = streamed(lab)
    lab.put(table, pk="a")
    first = stream_arn(lab, table)
    turn(lab, table, on=False)
    lab.put(table, pk="b")
    told = streams(lab).describe_stream(StreamArn=first)["StreamDescription"]
    assert told["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in told["Shards"][0]["SequenceNumberRange"]
    assert [one["dynamodb"]["Keys"] for one in records(lab, first)] == [item(pk="a")]
    turn(lab, table, on=True)
    lab.put(table, pk="c")
    second = stream_arn(lab, table)
    assert second != first
    assert [one["dynamodb"]["Keys"] for one in records(lab, second)] == [item(pk="c")]
    listed = streams(lab).list_streams(TableName=table)["Streams"]
    assert {one["StreamArn"] for one in listed} == {first, second}


def turn(lab: Lab, table: str, *, on: bool) -> None:
    specification: dict[str, Any] = {"StreamEnabled": on}
    if on:
        specification["StreamViewType"] = "NEW_IMAGE"
    lab.client.update_table(TableName=table, StreamSpecification=specification)


@pytest.mark.parametrize(
    ("is_on", "specification", "more", "message"),
    [
        (
            True,
            {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            {},
            "Table already has an enabled stream: TableName: {table}",
        ),
        (
            False,
            {"StreamEnabled": False},
            {},
            "Table does not have a stream to disable: TableName: {table}",
        ),
        (
            True,
            {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
            {},
            "One or more parameter values were invalid: If stream is being disabled,"
            " then UpdateViewType must not be specified",
        ),
        (
            True,
            {"StreamEnabled": False},
            {
                "ProvisionedThroughput": {
                    "ReadCapacityUnits": 2,
                    "WriteCapacityUnits": 2,
                }
            },
            "One or more parameter values were invalid: You cannot modify stream status"
            " while updating table IOPS",
        ),
    ],
)
def test_a_turn_has_to_be_one(
    lab: Lab,
    is_on: bool,
    specification: dict[str, Any],
    more: dict[str, Any],
    message: str,
) -> None:
    """What is so already is refused, and so is what makes no sense."""
    capacity = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    settings = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": capacity}
    table = streamed(lab, **settings) if is_on else lab.table(**settings)
    told = refusal(
        lab.client.update_table,
        TableName=table,
        StreamSpecification=specification,
        **more,
    )
    assert told == ("ValidationException", message.format(table=table))


def test_a_table_has_no_view_without_a_stream(lab: Lab) -> None:
    """The words are those of a public capture against eu-west-2."""
    with pytest.raises(Exception, match="UpdateViewType should not be specified"):
        lab.table(
            StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}
        )


def test_records_go_after_a_day(own_lab: Lab) -> None:
    """By the lab's clock; where they were, there is nothing to read any more."""
    table = streamed(own_lab)
    own_lab.put(table, pk="old")
    arn = stream_arn(own_lab, table)
    (old,) = records(own_lab, arn)
    own_lab.cloud.clock.advance(DAY - 60)
    own_lab.put(table, pk="new")
    assert len(records(own_lab, arn)) == 2
    own_lab.cloud.clock.advance(120)
    (left,) = records(own_lab, arn)
    assert left["dynamodb"]["Keys"] == item(pk="new")
    told = refusal(
        iterator,
        lab=own_lab,
        arn=arn,
        kind="AT_SEQUENCE_NUMBER",
        SequenceNumber=old["dynamodb"]["SequenceNumber"],
    )
    assert told[0] == "TrimmedDataAccessException"


def iterator(lab: Lab, arn: str, kind: str, **more: Any) -> str:
    client = streams(lab)
    stream = client.describe_stream(StreamArn=arn)["StreamDescription"]
    shard = stream["Shards"][0]["ShardId"]
    return str(
        client.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more
        )["ShardIterator"]
    )


def test_an_iterator_expires(own_lab: Lab) -> None:
    """After 15 minutes of lab time; moto's never do."""
    arn = stream_arn(own_lab, streamed(own_lab))
    kept = iterator(own_lab, arn, "TRIM_HORIZON")
    own_lab.cloud.clock.advance(14 * 60)
    assert streams(own_lab).get_records(ShardIterator=kept)["Records"] == []
    own_lab.cloud.clock.advance(2 * 60)
    told = refusal(streams(own_lab).get_records, ShardIterator=kept)
    assert told[0] == "ExpiredIteratorException"


def test_a_stream_is_known_for_a_day_after_its_table(own_lab: Lab) -> None:
    """It can be read meanwhile; then it is gone."""
    table = streamed(own_lab)
    own_lab.put(table, pk="a")
    arn = stream_arn(own_lab, table)
    own_lab.client.delete_table(TableName=table)
    assert len(records(own_lab, arn)) == 1
    own_lab.cloud.clock.advance(DAY + 1)
    told = refusal(streams(own_lab).describe_stream, StreamArn=arn)
    assert told == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {arn} not found",
    )


@pytest.fixture(scope="module")
def five(lab: Lab) -> tuple[str, list[str]]:
    """A stream's ARN, and the sequence numbers of its five records."""
    table = streamed(lab)
    for key in "abcde":
        lab.put(table, pk=key)
    arn = stream_arn(lab, table)
    return arn, [one["dynamodb"]["SequenceNumber"] for one in records(lab, arn)]


@pytest.mark.parametrize(
    ("kind", "place", "found"),
    [
        ("TRIM_HORIZON", None, "abcde"),
        ("LATEST", None, ""),
        ("AT_SEQUENCE_NUMBER", 2, "cde"),
        ("AFTER_SEQUENCE_NUMBER", 2, "de"),
        ("AFTER_SEQUENCE_NUMBER", 4, ""),
    ],
)
def test_an_iterator_begins_where_it_says(
    lab: Lab, five: tuple[str, list[str]], kind: str, place: int | None, found: str
) -> None:
    """At the oldest record, after the newest, or at or after a number."""
    arn, numbers = five
    more = {} if place is None else {"SequenceNumber": numbers[place]}
    begun = iterator(lab, arn, kind, **more)
    read = streams(lab).get_records(ShardIterator=begun)["Records"]
    assert "".join(one["dynamodb"]["Keys"]["pk"]["S"] for one in read) == found


def test_records_are_read_in_pages(lab: Lab, five: tuple[str, list[str]]) -> None:
    """Each page has the iterator of the next."""
    arn, numbers = five
    begun = iterator(lab, arn, "TRIM_HORIZON")
    first = streams(lab).get_records(ShardIterator=begun, Limit=3)
    rest = streams(lab).get_records(ShardIterator=first["NextShardIterator"])
    read = [*first["Records"], *rest["Records"]]
    assert [one["dynamodb"]["SequenceNumber"] for one in read] == numbers
    assert (len(first["Records"]), "NextShardIterator" in rest) == (3, True)


def test_a_closed_shard_ends(lab: Lab) -> None:
    """After its last record there is no next iterator."""
    table = streamed(lab)
    lab.put(table, pk="a")
    arn = stream_arn(lab, table)
    turn(lab, table, on=False)
    begun = iterator(lab, arn, "TRIM_HORIZON")
    page = streams(lab).get_records(ShardIterator=begun)
    assert (len(page["Records"]), "NextShardIterator" in page) == (1, False)


@pytest.mark.parametrize(
    ("kind", "more"),
    [("AT_SEQUENCE_NUMBER", {}), ("LATEST", {"SequenceNumber": "1" * 21})],
)
def test_a_number_belongs_to_its_kind(
    lab: Lab, five: tuple[str, list[str]], kind: str, more: dict[str, str]
) -> None:
    """With or without one where the other is meant, an iterator is refused."""
    told = refusal(iterator, lab=lab, arn=five[0], kind=kind, **more)
    assert told[0] == "ValidationException"


def test_streams_are_listed_in_pages(lab: Lab) -> None:
    """After the last one of the page before."""
    arns = sorted(stream_arn(lab, streamed(lab)) for _ in range(2))
    listed = streams(lab).list_streams
    first = listed(Limit=1, ExclusiveStartStreamArn=arns[0])
    assert first["Streams"][0]["StreamArn"] > arns[0]
    every = [one["StreamArn"] for one in listed()["Streams"]]
    assert set(arns) <= set(every)
    assert listed(Limit=1)["LastEvaluatedStreamArn"] == every[0]


def test_a_table_is_restored_without_its_stream(lab: Lab) -> None:
    """A backup has the items; what changes later is in no stream."""
    table = streamed(lab)
    lab.put(table, pk="a")
    backup = lab.client.create_backup(TableName=table, BackupName="b")["BackupDetails"]
    lab.client.restore_table_from_backup(
        TargetTableName=f"{table}-restored", BackupArn=backup["BackupArn"]
    )
    lab.put(f"{table}-restored", pk="b")
    restored = lab.client.describe_table(TableName=f"{table}-restored")["Table"]
    assert "LatestStreamArn" not in restored
    assert lab.count(f"{table}-restored") == 2
    assert changes(lab, table) == [("INSERT", "a")]
