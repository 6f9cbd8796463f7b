"""Streams of Kinesis as event sources."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account
from tests.cloud.polling.table_streams import lines

MAY_POLL = (
    "kinesis:DescribeStream",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
)
TELLS = """
import base64, json

def handler(event, context):
    print(json.dumps(event))
    for record in event["Records"]:
        if base64.b64decode(record["kinesis"]["data"]).startswith(b"bad"):
            raise ValueError(record["eventID"])
"""
_numbers = itertools.count(1)


@dataclass
class Watched:
    """A stream that is polled for a function."""

    account: Account
    name: str
    function: str
    uuid: str = ""

    @property
    def arn(self) -> str:
        region, account = self.account.region, self.account.id
        return f"arn:aws:kinesis:{region}:{account}:stream/{self.name}"

    def put(self, *texts: str, key: str | None = None) -> None:
        """Put records; each text is its own key, unless one is given."""
        for text in texts:
            self.account.client("kinesis").put_record(
                StreamName=self.name, PartitionKey=key or text, Data=text.encode()
            )

    def map(self, **settings: Any) -> None:
        self.uuid = self.account.aws_lambda.create_event_source_mapping(
            EventSourceArn=self.arn,
            FunctionName=self.function,
            **{"StartingPosition": "TRIM_HORIZON", **settings},
        )["UUID"]
        self.account.cloud.clock.settle()

    def advance(self, seconds: float) -> None:
        self.account.cloud.clock.settle()
        self.account.cloud.clock.advance(seconds)
        self.account.cloud.clock.settle()

    def events(self) -> list[Any]:
        self.account.cloud.clock.settle()
        return [
            json.loads(line)
            for line in lines(self.account, self.function)
            if line.startswith('{"Records"')
        ]

    def batches(self) -> list[str]:
        return [
            " ".join(
                base64.b64decode(one["kinesis"]["data"]).decode()
                for one in event["Records"]
            )
            for event in self.events()
        ]


def watch(account: Account, *, shards: int = 1, more: tuple[str, ...] = ()) -> Watched:
    account.permit(*MAY_POLL, *more)
    name = f"stream-{next(_numbers)}"
    account.client("kinesis").create_stream(StreamName=name, ShardCount=shards)
    return Watched(account, name, account.deploy(TELLS, FunctionName=f"reads-{name}"))


def test_an_event_is_as_on_aws(account: Account) -> None:
    """Each member of its record, and no other."""
    watched = watch(account)
    watched.put("hello", key="k")
    watched.map()
    (event,) = watched.events()
    (record,) = event["Records"]
    told = record["kinesis"]
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "k",
            "sequenceNumber": told["sequenceNumber"],
            "data": base64.b64encode(b"hello").decode(),
            "approximateArrivalTimestamp": told["approximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{told['sequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": account.role,
        "awsRegion": account.region,
        "eventSourceARN": watched.arn,
    }


def test_a_mapping_begins_at_a_moment(account: Account) -> None:
    """Records from before are left."""
    watched = watch(account)
    watched.put("a")
    watched.advance(10)
    moment = datetime.fromtimestamp(account.cloud.clock.now(), UTC)
    watched.put("b")
    watched.advance(10)
    watched.map(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=moment)
    assert watched.batches() == ["b"]


def test_filters_see_the_data_decoded(account: Account) -> None:
    """As JSON; what isn't JSON doesn't fit."""
    watched = watch(account)
    pattern = json.dumps({"data": {"kind": ["order"]}})
    watched.map(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    wanted = '{"kind": "order"}'
    watched.put('{"kind": "other"}', "no JSON", wanted)
    assert watched.batches() == [wanted]


def test_shards_dont_wait_for_each_other(account: Account) -> None:
    """A poison record blocks its own shard only."""
    watched = watch(account, shards=2)
    watched.map(BatchSize=1)
    client = account.client("kinesis")
    for text, place in (("bad", "0"), ("a", "0"), ("b", str(2**127))):
        client.put_record(
            StreamName=watched.name,
            PartitionKey="k",
            ExplicitHashKey=place,
            Data=text.encode(),
        )
    assert sorted(watched.batches()) == ["b", "bad"]


def test_children_come_after_their_parent(account: Account) -> None:
    """A shard that was split is read to its end first."""
    watched = watch(account)
    watched.map(BatchSize=1, MaximumRetryAttempts=1)
    watched.put("bad")
    account.client("kinesis").split_shard(
        StreamName=watched.name,
        ShardToSplit="shardId-000000000000",
        NewStartingHashKey=str(2**127),
    )
    watched.put("a", "b", key="k")
    assert watched.batches() == ["bad"]
    watched.advance(5)
    assert watched.batches() == ["bad", "bad", "a", "b"]


def test_a_queue_hears_what_was_given_up(account: Account) -> None:
    """With Kinesis's own member about the batch."""
    url, queue = account.queue("given-up")
    watched = watch(account, more=("sqs:SendMessage",))
    watched.map(
        MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    watched.put("bad")
    watched.events()
    (message,) = account.messages(url)
    info = json.loads(message["Body"])["KinesisBatchInfo"]
    assert (info["shardId"], info["batchSize"], info["streamArn"]) == (
        "shardId-000000000000",
        1,
        watched.arn,
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {},
            "Cannot access stream {arn}. Please ensure the role can perform the"
            " GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams"
            " Actions on your stream in IAM.",
        ),
        ({"StartingPosition": "AT_TIMESTAMP"}, "Need to specify a timestamp"),
    ],
)
def test_a_mapping_has_to_make_sense(
    account: Account, settings: dict[str, Any], message: str
) -> None:
    """The role has to be allowed to read, and a moment has to be told."""
    watched = watch(account)
    if not settings:
        account.permit("kinesis:GetRecords")
    with pytest.raises(ClientError) as refused:
        watched.map(**settings)
    told = refused.value.response["Error"]["Message"]
    assert told == message.format(arn=watched.arn)
