"""The samples of events are what arrives in the lab, to the last name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader import lab
from grader.checks.event_samples import Event, read

MIRROR = """
import json
def handler(event, context):
    print("event:", json.dumps(event))
    return {"statusCode": 200, "body": json.dumps(event)}
"""
STREAM = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
]
QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def shape(value: Any) -> Any:
    """What of an event is the same each time: its names, and the kinds of values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return type(value)


class Mirror:
    """A function that shows what it gets, in an account of its own."""

    def __init__(self, cloud: lab.Cloud, lesson: dict[str, Any]) -> None:
        self.account = cloud.fresh()
        self.lesson = lesson
        self.arn: str = lesson["make_function"](
            self.account,
            "mirror",
            Runtime="python3.13",
            Handler="mirror.handler",
            Role=lesson["make_role"](self.account, "mirror"),
            Code={"ZipFile": lesson["package"]({"mirror.py": MIRROR})},
        )

    def got(self, since: int) -> list[Event]:
        """The events that arrived after so many lines of the log."""
        self.account.settle()
        said = [line.message for line in self.account.logs("mirror")[since:]]
        return [
            json.loads(line.removeprefix("event:"))
            for line in said
            if line.startswith("event:")
        ]

    def polls(self, source: str, actions: list[str], **settings: Any) -> str:
        """Have Lambda poll a source for the function: the mapping's id."""
        self.lesson["allow"](self.account, "mirror", actions, source)
        made = self.account.client("lambda").create_event_source_mapping(
            EventSourceArn=source, FunctionName="mirror", **settings
        )
        self.account.settle()
        return str(made["UUID"])

    def polls_no_more(self, mapping: str) -> None:
        """Take the mapping away."""
        self.account.client("lambda").delete_event_source_mapping(UUID=mapping)
        self.account.settle()


@pytest.fixture(scope="module")
def mirror(cloud: lab.Cloud, lesson: dict[str, Any]) -> Mirror:
    """A function that shows what it gets."""
    return Mirror(cloud, lesson)


@pytest.fixture
def since(mirror: Mirror) -> int:
    """How many lines the log has before the test."""
    mirror.account.settle()
    return len(mirror.account.logs("mirror"))


def test_a_bucket_sends_it(mirror: Mirror, since: int) -> None:
    """An upload, with its key as S3 encodes it."""
    account, lesson = mirror.account, mirror.lesson
    bucket = f"samples-{account.account}"
    s3 = account.client("s3")
    s3.create_bucket(Bucket=bucket)
    lesson["let_bucket_in"](account, "mirror", bucket)
    lesson["watch"](account, bucket, "incoming/", mirror.arn)
    s3.put_object(Bucket=bucket, Key="incoming/my photo é.jpg", Body=b"photo")

    (event,) = mirror.got(since)
    assert shape(read("s3")) == shape(event)
    sent = event["Records"][0]["s3"]["object"]["key"]
    assert read("s3")["Records"][0]["s3"]["object"]["key"] == sent


def test_an_api_sends_it(mirror: Mirror) -> None:
    """A request whose body is packed, because its sender doesn't say that it's text."""
    account, lesson = mirror.account, mirror.lesson
    api = lesson["open_http_api"](account, "samples", mirror.arn, ["POST /bookings"])
    lesson["let_api_in"](account, "mirror", api)
    answer = account.http(
        "POST",
        account.url(api) + "/bookings?from=page",
        headers={"content-type": "application/octet-stream", "accept": "*/*"},
        body='{"name": "Ada", "booking": "b-1017"}',
    )

    event, sample = answer.json(), read("http")
    for one in (event, sample):
        # Clients differ in what they send.
        for name in ("accept-encoding", "content-length", "user-agent"):
            one["headers"].pop(name, None)
    assert shape(sample) == shape(event)
    assert sample["body"] == event["body"]


def test_a_queue_is_read_like_it(mirror: Mirror, since: int) -> None:
    """Two messages in a batch."""
    sqs = mirror.account.client("sqs")
    queue = sqs.create_queue(
        QueueName="print-orders", Attributes={"VisibilityTimeout": "60"}
    )["QueueUrl"]
    bodies = [record["body"] for record in read("sqs")["Records"]]
    entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    about = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    mapping = mirror.polls(about["Attributes"]["QueueArn"], QUEUE)

    records = [record for event in mirror.got(since) for record in event["Records"]]
    mirror.polls_no_more(mapping)
    assert shape(read("sqs")["Records"]) == shape(records)
    digests = {record["md5OfBody"] for record in records}
    assert {record["md5OfBody"] for record in read("sqs")["Records"]} == digests


def test_a_stream_is_read_like_it(mirror: Mirror, since: int) -> None:
    """An item is written, written anew, and another one deleted."""
    dynamodb = mirror.account.client("dynamodb")
    dynamodb.create_table(
        TableName="bookings",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )
    sample = read("dynamodb")["Records"]
    removed = sample[2]["dynamodb"]
    put = [removed["OldImage"], *(one["dynamodb"]["NewImage"] for one in sample[:2])]
    for item in put:
        dynamodb.put_item(TableName="bookings", Item=item)
    dynamodb.delete_item(TableName="bookings", Key=removed["Keys"])
    table = dynamodb.describe_table(TableName="bookings")["Table"]
    mapping = mirror.polls(
        table["LatestStreamArn"], STREAM, StartingPosition="TRIM_HORIZON"
    )

    records = [record for event in mirror.got(since) for record in event["Records"]]
    mirror.polls_no_more(mapping)
    # The first one fills the table with what the sample removes.
    assert shape(sample) == shape(records[1:])
    for one, other in zip(sample, records[1:], strict=True):
        for name in ("Keys", "NewImage", "OldImage", "SizeBytes"):
            assert one["dynamodb"].get(name) == other["dynamodb"].get(name)


def test_a_rule_sends_it(mirror: Mirror, since: int) -> None:
    """What was put onto the bus, as a rule's target gets it."""
    account, sample = mirror.account, read("eventbridge")
    events = account.client("events")
    pattern = json.dumps({"source": [sample["source"]]})
    rule = events.put_rule(Name="samples", EventPattern=pattern)["RuleArn"]
    events.put_targets(Rule="samples", Targets=[{"Id": "1", "Arn": mirror.arn}])
    account.client("lambda").add_permission(
        FunctionName="mirror",
        StatementId="from-the-rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_events(
        Entries=[
            {
                "Source": sample["source"],
                "DetailType": sample["detail-type"],
                "Detail": json.dumps(sample["detail"]),
            }
        ]
    )

    (event,) = mirror.got(since)
    assert shape(sample) == shape(event)
    assert sample["detail"] == event["detail"]
