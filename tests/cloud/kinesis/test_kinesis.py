"""Kinesis: which shard a record goes to, and how shards are read."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.kinesis.shards import StoredStream
from tests.cloud.conftest import Account

_numbers = itertools.count(1)
LAST_HASH = str(2**128 - 1)


def stream(account: Account, shards: int = 1) -> str:
    name = f"stream-{next(_numbers)}"
    account.client("kinesis").create_stream(StreamName=name, ShardCount=shards)
    return name


def put(account: Account, name: str, *keys: str) -> list[dict[str, Any]]:
    """Put a record for each key, with the key as its data."""
    client = account.client("kinesis")
    return [
        client.put_record(StreamName=name, PartitionKey=key, Data=key.encode())
        for key in keys
    ]


def shards(account: Account, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("kinesis").list_shards(
        StreamName=name
    )["Shards"]
    return found


def begin(account: Account, name: str, shard: int = 0, **more: Any) -> str:
    told = {"ShardIteratorType": "TRIM_HORIZON", **more}
    shard_id = shards(account, name)[shard]["ShardId"]
    answer = account.client("kinesis").get_shard_iterator(
        StreamName=name, ShardId=shard_id, **told
    )
    return str(answer["ShardIterator"])


def read(account: Account, iterator: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("kinesis").get_records(
        ShardIterator=iterator, **more
    )
    return answer


def keys(page: dict[str, Any]) -> str:
    return "".join(one["PartitionKey"] for one in page["Records"])


def refusal(operation: Callable[..., Any], *given: Any, **members: Any) -> Any:
    with pytest.raises(ClientError) as refused:
        operation(*given, **members)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_key_has_one_shard(account: Account) -> None:
    """Many keys have several; the last hash key of all has one, too (not in moto)."""
    name = stream(account, 4)
    answers = put(account, name, *"abcdefgh", *"abcdefgh")
    found = [one["ShardId"] for one in answers]
    assert found[:8] == found[8:]
    assert len(set(found)) > 1
    last = account.client("kinesis").put_record(
        StreamName=name, PartitionKey="a", Data=b"", ExplicitHashKey=LAST_HASH
    )
    assert last["ShardId"] == shards(account, name)[3]["ShardId"]


def test_numbers_go_up(account: Account) -> None:
    """They are as long as AWS's, and begin above the shard's own."""
    name = stream(account)
    numbers = [one["SequenceNumber"] for one in put(account, name, *"abc")]
    start = shards(account, name)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert [start, *numbers] == sorted({start, *numbers})
    assert {len(one) for one in (start, *numbers)} == {56}


@pytest.mark.parametrize(
    ("kind", "place", "found"),
    [
        ("TRIM_HORIZON", None, "abc"),
        ("LATEST", None, ""),
        ("AT_SEQUENCE_NUMBER", 1, "bc"),
        ("AFTER_SEQUENCE_NUMBER", 1, "c"),
    ],
)
def test_an_iterator_begins_where_it_says(
    account: Account, kind: str, place: int | None, found: str
) -> None:
    """At the oldest record, after the newest, or at or after a number."""
    name = stream(account)
    answers = put(account, name, *"abc")
    more = {}
    if place is not None:
        more = {"StartingSequenceNumber": answers[place]["SequenceNumber"]}
    iterator = begin(account, name, ShardIteratorType=kind, **more)
    assert keys(read(account, iterator)) == found


def test_records_are_read_in_pages(account: Account) -> None:
    """Each page has the iterator of the next, which has what came since."""
    name = stream(account)
    put(account, name, *"abc")
    first = read(account, begin(account, name), Limit=2)
    put(account, name, "d")
    rest = read(account, first["NextShardIterator"])
    assert (keys(first), keys(rest)) == ("ab", "cd")
    assert first["Records"][0]["Data"] == b"a"
    assert (
        rest["MillisBehindLatest"],
        keys(read(account, rest["NextShardIterator"])),
    ) == (
        0,
        "",
    )


def test_a_split_shard_ends_in_two(account: Account) -> None:
    """Its records stay where they are; new ones go to its children. moto moves them."""
    name = stream(account)
    put(account, name, *"abc")
    whole = shards(account, name)[0]
    account.client("kinesis").split_shard(
        StreamName=name,
        ShardToSplit=whole["ShardId"],
        NewStartingHashKey=str(2**127),
    )
    page = read(account, begin(account, name))
    assert (keys(page), "NextShardIterator" in page) == ("abc", False)
    parent, *children = shards(account, name)
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert [one["ParentShardId"] for one in children] == [whole["ShardId"]] * 2
    assert [one["ShardId"] for one in page["ChildShards"]] == [
        one["ShardId"] for one in children
    ]
    (answer,) = put(account, name, "d")
    assert answer["ShardId"] in {one["ShardId"] for one in children}


def test_merged_shards_go_on_in_one(account: Account) -> None:
    """It has both hash ranges."""
    name = stream(account, 2)
    one, other = (shard["ShardId"] for shard in shards(account, name))
    account.client("kinesis").merge_shards(
        StreamName=name, ShardToMerge=one, AdjacentShardToMerge=other
    )
    child = shards(account, name)[2]
    assert child["HashKeyRange"] == {
        "StartingHashKey": "0",
        "EndingHashKey": LAST_HASH,
    }
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (one, other)
    answers = put(account, name, *"abc")
    assert {answer["ShardId"] for answer in answers} == {child["ShardId"]}


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "InvalidArgumentException",
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and"
            " StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no"
            " StartingSequenceNumber. Request specified AT_SEQUENCE_NUMBER and no"
            " StartingSequenceNumber.",
        ),
        (
            {"ShardIteratorType": "AT_TIMESTAMP"},
            "InvalidArgumentException",
            "Must specify timestampInMillis parameter for iterator of type"
            " AT_TIMESTAMP. Current request has no timestamp parameter.",
        ),
        (
            {"ShardIteratorType": "FIRST"},
            "ValidationException",
            "1 validation error detected: Value 'FIRST' at 'shardIteratorType' failed"
            " to satisfy constraint: Member must satisfy enum value set:"
            " [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST,"
            " AT_TIMESTAMP]",
        ),
    ],
)
def test_an_iterator_needs_a_place(
    account: Account, members: dict[str, str], code: str, message: str
) -> None:
    """What its kind needs, and a kind that there is."""
    assert refusal(begin, account, stream(account), **members) == (code, message)


def test_an_iterator_is_one_that_was_given(account: Account) -> None:
    """Any other text is refused."""
    told = refusal(read, account, "no iterator")
    assert told == ("InvalidArgumentException", "Invalid ShardIterator.")


def test_a_key_isnt_empty(account: Account) -> None:
    """The model's constraints hold; moto checks none of them."""
    code, message = refusal(put, account, stream(account), "k" * 257)
    assert (code, message.partition(" at ")[2]) == (
        "ValidationException",
        "'partitionKey' failed to satisfy constraint: Member must have length less than"
        " or equal to 256",
    )


def test_a_stream_that_isnt_there(account: Account) -> None:
    """It is named, with its account."""
    told = refusal(put, account, "nowhere", "a")
    assert told == (
        "ResourceNotFoundException",
        f"Stream nowhere under account {account.id} not found.",
    )


def test_what_isnt_modelled_is_refused(account: Account) -> None:
    """Nothing is taken and then ignored."""
    told = refusal(
        account.client("kinesis").create_stream,
        StreamName="wide",
        ShardCount=1,
        MaxRecordSizeInKiB=2048,
    )
    assert "doesn't model MaxRecordSizeInKiB" in told[1]


def test_iterators_and_records_age(own_account: Account) -> None:
    """By the lab's clock: after five minutes the one, after a day the others."""
    name = stream(own_account)
    put(own_account, name, "a")
    iterator = begin(own_account, name)
    own_account.cloud.clock.advance(301)
    code, message = refusal(read, own_account, iterator)
    assert code == "ExpiredIteratorException"
    assert message.startswith("Iterator expired. The iterator was created at time ")
    assert message.endswith("the tolerated delay of 300000 milliseconds.")
    noon = own_account.cloud.clock.now()
    put(own_account, name, "b")
    at = begin(
        own_account,
        name,
        ShardIteratorType="AT_TIMESTAMP",
        Timestamp=datetime.fromtimestamp(noon, UTC),
    )
    assert keys(read(own_account, at)) == "b"
    own_account.cloud.clock.advance(86_400 - 100)
    assert keys(read(own_account, begin(own_account, name))) == "b"


def test_enhanced_fan_out_is_refused(account: Account) -> None:
    """By name: a consumer can be registered, and nothing is pushed to it."""
    name = stream(account)
    client = account.client("kinesis")
    arn = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    consumer = client.register_stream_consumer(
        StreamARN=arn["StreamARN"], ConsumerName="fast"
    )["Consumer"]["ConsumerARN"]
    told = refusal(
        client.subscribe_to_shard,
        # moto leaves out when it was made.
        ConsumerARN=f"{consumer}:1",
        ShardId=shards(account, name)[0]["ShardId"],
        StartingPosition={"Type": "LATEST"},
    )
    assert "SubscribeToShard" in told[1]


def test_a_stream_grows_and_shrinks(account: Account) -> None:
    """To any number of shards, but not to more than twice or less than half at once."""
    name = stream(account, 2)
    update = account.client("kinesis").update_shard_count

    def scale(number: int) -> int:
        update(StreamName=name, TargetShardCount=number, ScalingType="UNIFORM_SCALING")
        found = shards(account, name)
        ended = ("EndingSequenceNumber" in one["SequenceNumberRange"] for one in found)
        return len(found) - sum(ended)

    assert [scale(number) for number in (3, 2)] == [3, 2]
    assert refusal(scale, 5) == (
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count."
        " Current open shard count: 2 Target shard count: 5",
    )


def test_moto_still_writes_to_closed_shards() -> None:
    """And has none for the last hash; else ``StoredStream`` has less to do."""
    base = StoredStream.__mro__[1]
    moto = base("s", 1, None, None, "123456789012", "eu-west-1")
    assert moto.get_shard_for_key("a", LAST_HASH) is None
    (whole,) = moto.shards.values()
    moto.split_shard(whole.shard_id, str(2**127))
    _, written = moto.put_record("a", "", "")
    assert (written, whole.is_open) == (whole.shard_id, False)
