"""Streams of tables as event sources: what functions get, in which order, and when."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account, zipped
from tests.cloud.polling.table_streams import MAY_POLL, REPORTS, TELLS, lines, watch

# Writes a new item for each one that was written.
COUNTS = """
import json, os
import boto3

table = boto3.client("dynamodb")

def handler(event, context):
    print(json.dumps(event))
    arn = event["Records"][0]["eventSourceARN"]
    image = event["Records"][0]["dynamodb"]["NewImage"]
    image["n"] = {"N": str(int(image["n"]["N"]) + 1)}
    table.put_item(TableName=arn.split("/")[1], Item=image)
"""
GOOD = "def handler(event, context):\n    print('fixed')"


def test_an_event_is_as_on_aws(account: Account) -> None:
    """Each member of its record, and no other."""
    watched = watch(account, before="a")
    (event,) = watched.events()
    (record,) = event["Records"]
    assert list(event) == ["Records"]
    change = record["dynamodb"]
    at = change["ApproximateCreationDateTime"]
    assert at == int(at)
    assert record == {
        "eventID": record["eventID"],
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": account.region,
        "dynamodb": {
            "ApproximateCreationDateTime": at,
            "Keys": {"pk": {"S": "a"}},
            "NewImage": {"pk": {"S": "a"}},
            "SequenceNumber": change["SequenceNumber"],
            "SizeBytes": 6,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": watched.arn,
    }


def test_a_deletion_by_expiry_tells_who_did_it(account: Account) -> None:
    """In lower case, unlike in the API: so filters are written on AWS."""
    pattern = {"userIdentity": {"type": ["Service"]}}
    watched = watch(
        account,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
        StartingPosition="LATEST",
    )
    account.client("dynamodb").update_time_to_live(
        TableName=watched.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"},
    )
    gone = int(watched.cloud.clock.now()) + 60
    watched.put("a", gone={"N": str(gone)})
    watched.advance(7200)
    (event,) = watched.events()
    assert event["Records"][0]["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }


def test_batches_are_full_and_in_order(account: Account) -> None:
    """From the oldest record on, as many as allowed."""
    watched = watch(account, before="a b c d e", BatchSize=2)
    assert watched.batches() == ["a b", "c d", "e"]


def test_latest_leaves_what_was_before(account: Account) -> None:
    """It begins when the mapping is made."""
    watched = watch(account, before="a b", StartingPosition="LATEST")
    watched.put("c")
    assert watched.batches() == ["c"]


def test_a_window_gathers(account: Account) -> None:
    """Until it is over, or the batch is full."""
    watched = watch(
        account,
        StartingPosition="LATEST",
        BatchSize=3,
        MaximumBatchingWindowInSeconds=60,
    )
    watched.put("a", "b")
    assert watched.batches() == []
    watched.put("c", "d")
    assert watched.batches() == ["a b c"]
    watched.advance(50)
    assert watched.batches() == ["a b c"]
    watched.advance(11)
    assert watched.batches() == ["a b c", "d"]


def test_what_no_filter_lets_pass_is_skipped(account: Account) -> None:
    """It is behind the mapping then, and in nobody's way."""
    watched = watch(
        account,
        before="a",
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    watched.delete("a")
    watched.put("b")
    assert watched.batches() == ["a", "b"]
    watched.update(FilterCriteria={"Filters": []})
    watched.put("c")
    assert watched.batches() == ["a", "b", "c"]


def test_a_poison_record_blocks_its_shard(account: Account) -> None:
    """Ever later it is tried again, while settle() doesn't wait; then others come."""
    watched = watch(account, StartingPosition="LATEST", BatchSize=1)
    watched.put("bad", "good")
    assert watched.batches() == ["bad"]
    assert watched.described()["LastProcessingResult"] == (
        "PROBLEM: Function call failed"
    )
    watched.advance(3600)
    tries = watched.batches()
    assert set(tries) == {"bad"}
    assert 10 < len(tries) < 30
    (blocked,) = watched.incidents("blocked")
    assert "waits until it succeeds" in blocked.message
    account.aws_lambda.update_function_code(
        FunctionName=watched.function, ZipFile=zipped({"app.py": GOOD})
    )
    watched.advance(300)
    assert lines(account, watched.function).count("fixed\n") == 2
    assert watched.described()["LastProcessingResult"] == "OK"


def test_a_batch_is_given_up_after_its_retries(account: Account) -> None:
    """Then the next one comes, and it is told why."""
    watched = watch(
        account,
        StartingPosition="LATEST",
        BatchSize=1,
        MaximumRetryAttempts=2,
    )
    watched.put("bad", "good")
    watched.advance(10)
    assert watched.batches() == ["bad", "bad", "bad", "good"]
    (dropped,) = watched.incidents("dropped")
    assert "discarded after 3 attempts: RetryAttemptsExhausted" in dropped.message


def test_a_queue_hears_what_was_given_up(account: Account) -> None:
    """Where the records are, not the records themselves."""
    url, queue = account.queue("given-up")
    watched = watch(
        account,
        StartingPosition="LATEST",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue}},
        more=("sqs:SendMessage",),
    )
    watched.put("bad")
    watched.advance(10)
    (message,) = account.messages(url)
    told = json.loads(message["Body"])
    (record,) = watched.events()[0]["Records"]
    number = record["dynamodb"]["SequenceNumber"]
    info = told["DDBStreamBatchInfo"]
    assert told == {
        "requestContext": {
            "requestId": told["requestContext"]["requestId"],
            "functionArn": watched.described()["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": told["timestamp"],
        "DDBStreamBatchInfo": {
            "shardId": info["shardId"],
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "approximateArrivalOfFirstRecord": info["approximateArrivalOfFirstRecord"],
            "approximateArrivalOfLastRecord": info["approximateArrivalOfLastRecord"],
            "batchSize": 1,
            "streamArn": watched.arn,
        },
    }
    assert told["timestamp"].endswith("Z")
    assert len(info["approximateArrivalOfFirstRecord"]) == len("2019-11-14T00:13:19Z")


def test_a_topic_hears_what_was_given_up(account: Account) -> None:
    """Its message is the same document."""
    url, queue = account.queue("subscriber")
    sns = account.client("sns")
    topic = sns.create_topic(Name="given-up")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    account.client("sqs").set_queue_attributes(
        QueueUrl=url,
        Attributes={
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        },
    )
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue,
        Attributes={"RawMessageDelivery": "true"},
    )
    watched = watch(
        account,
        StartingPosition="LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": topic}},
        more=("sns:Publish",),
    )
    watched.put("bad")
    watched.events()
    (message,) = account.messages(url)
    told = json.loads(message["Body"])
    assert told["DDBStreamBatchInfo"]["streamArn"] == watched.arn


def test_a_destination_that_is_closed_is_told_of(account: Account) -> None:
    """What was given up goes nowhere then, and the next records come."""
    url, queue = account.queue("closed")
    watched = watch(
        account,
        StartingPosition="LATEST",
        BatchSize=1,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
        more=("sqs:SendMessage",),
    )
    account.permit(*MAY_POLL)
    watched.put("bad", "good")
    assert watched.batches() == ["bad", "good"]
    (lost,) = watched.incidents("destination")
    assert "is not authorized to perform: sqs:sendmessage" in lost.message
    assert account.messages(url) == []


def test_a_bucket_hears_it_with_the_records(account: Account) -> None:
    """Under the mapping's id, the shard's and the day."""
    bucket = f"given-up-{account.id}"
    account.client("s3").create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    watched = watch(
        account,
        StartingPosition="LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
        more=("s3:PutObject", "s3:ListBucket"),
    )
    watched.put("bad")
    (event,) = watched.events()
    (found,) = account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert found["Key"].startswith(f"aws/lambda/{watched.uuid}/shardId-")
    body = account.client("s3").get_object(Bucket=bucket, Key=found["Key"])["Body"]
    told = json.loads(body.read())
    assert json.loads(told["payload"]) == event
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_records_become_too_old(account: Account) -> None:
    """Then they are given up, tried or not."""
    url, queue = account.queue("too-old")
    watched = watch(
        account,
        before="a",
        polled=False,
        more=("sqs:SendMessage",),
    )
    watched.advance(100)
    watched.put("bad")
    watched.map(
        BatchSize=1,
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    (message,) = account.messages(url)
    told = json.loads(message["Body"])
    assert (
        told["requestContext"]["condition"],
        told["requestContext"]["approximateInvokeCount"],
        "responseContext" in told,
    ) == ("RecordAgeExceeded", 0, False)
    watched.advance(61)
    watched.put("good")
    tries = watched.batches()
    assert (tries[-1], set(tries[:-1])) == ("good", {"bad"})
    found = [json.loads(one["Body"])["requestContext"] for one in account.messages(url)]
    assert {one["condition"] for one in found} == {"RecordAgeExceeded"}
    assert {one["approximateInvokeCount"] for one in found} == {0, len(tries) - 1}


def test_a_failed_batch_is_split(account: Account) -> None:
    """Until the record that fails is alone; that costs none of its attempts."""
    watched = watch(
        account,
        before="a b c bad",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
    )
    assert watched.batches() == ["a b c bad", "a b", "c bad", "c", "bad"]
    watched.advance(1)
    assert watched.batches()[5:] == ["bad"]
    watched.put("d")
    assert watched.batches()[6:] == ["d"]


def test_a_function_says_where_it_failed(account: Account) -> None:
    """From its lowest failed record on, all are sent again."""
    watched = watch(
        account,
        REPORTS,
        before="a bad-1 b bad-2 c",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
    )
    watched.advance(5)
    assert watched.batches() == ["a bad-1 b bad-2 c", "bad-1 b bad-2 c"]
    (dropped,) = watched.incidents("dropped")
    assert "4 records" in dropped.message


def test_reports_and_splits_go_together(account: Account) -> None:
    """Then only what fails is given up."""
    watched = watch(
        account,
        REPORTS,
        before="a bad b c",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
    )
    assert watched.batches() == ["a bad b c", "bad b c", "bad b", "bad", "b", "c"]
    (dropped,) = watched.incidents("dropped")
    assert dropped.message.startswith("1 record of ")


def test_without_the_setting_a_report_is_an_answer(account: Account) -> None:
    """Like any other: the batch succeeded."""
    watched = watch(account, REPORTS, before="bad")
    watched.advance(600)
    assert watched.batches() == ["bad"]


def test_throttles_cost_no_attempt(account: Account) -> None:
    """Nothing is given up for them."""
    watched = watch(account, StartingPosition="LATEST", MaximumRetryAttempts=0)
    account.aws_lambda.put_function_concurrency(
        FunctionName=watched.function, ReservedConcurrentExecutions=0
    )
    watched.put("a")
    watched.advance(120)
    assert (watched.batches(), watched.incidents("dropped")) == ([], [])
    account.aws_lambda.delete_function_concurrency(FunctionName=watched.function)
    watched.advance(300)
    assert watched.batches() == ["a"]


def test_lanes_keep_keys_apart(account: Account) -> None:
    """With several of them a poison key doesn't hold up every other one."""
    watched = watch(
        account, StartingPosition="LATEST", BatchSize=1, ParallelizationFactor=10
    )
    watched.put("bad", *"abcdefgh")
    watched.put(*"abcdefgh", n={"N": "2"})
    events = [event["Records"][0] for event in watched.events()]
    names: dict[str, list[str]] = {}
    for event in events:
        key = event["dynamodb"]["Keys"]["pk"]["S"]
        names.setdefault(key, []).append(event["eventName"])
    assert names.pop("bad") == ["INSERT"]
    assert len(names) > 4
    assert set(map(tuple, names.values())) == {("INSERT", "MODIFY")}


def test_a_disabled_mapping_goes_on_where_it_stopped(account: Account) -> None:
    """Nothing twice, nothing left out."""
    watched = watch(account, before="a")
    watched.update(Enabled=False)
    watched.put("b", "c")
    assert watched.batches() == ["a"]
    watched.update(Enabled=True)
    assert watched.batches() == ["a", "b c"]


def test_a_deleted_mapping_delivers_nothing(account: Account) -> None:
    """Not even what waits for its next attempt."""
    watched = watch(account, before="bad")
    account.aws_lambda.delete_event_source_mapping(UUID=watched.uuid)
    watched.put("a")
    watched.advance(3600)
    assert watched.batches() == ["bad"]


def test_others_can_read_the_stream_meanwhile(account: Account) -> None:
    """moto takes what a mapping consumed out of the stream."""
    watched = watch(account, before="a b")
    assert watched.batches() == ["a b"]
    client = account.client("dynamodbstreams")
    stream = client.describe_stream(StreamArn=watched.arn)["StreamDescription"]
    begun = client.get_shard_iterator(
        StreamArn=watched.arn,
        ShardId=stream["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    assert len(client.get_records(ShardIterator=begun)["Records"]) == 2


def test_two_mappings_read_each_for_itself(account: Account) -> None:
    """Both functions get every record."""
    watched = watch(account, StartingPosition="LATEST")
    other = account.deploy(TELLS, FunctionName="other")
    account.aws_lambda.create_event_source_mapping(
        EventSourceArn=watched.arn, FunctionName=other, StartingPosition="TRIM_HORIZON"
    )
    watched.cloud.clock.settle()
    watched.put("a")
    assert watched.batches() == ["a"]
    assert sum(line.startswith('{"Records"') for line in lines(account, other)) == 1


def test_records_that_expire_are_lost(account: Account) -> None:
    """After a day in the stream; the destination hears nothing, why() does."""
    watched = watch(account, StartingPosition="LATEST")
    watched.put("bad")
    watched.advance(86_400 + 301)
    (dropped,) = watched.incidents("dropped")
    assert "expired in the stream" in dropped.message
    watched.put("good")
    assert watched.batches()[-1] == "good"


def test_what_the_role_maynt_read_waits(account: Account) -> None:
    """It is noted once, in AWS's words, and read when it is allowed again."""
    watched = watch(account, StartingPosition="LATEST")
    account.permit("sqs:SendMessage")
    watched.put("a")
    watched.advance(300)
    assert watched.batches() == []
    (denied,) = watched.incidents("permission")
    assert "is not authorized to perform: dynamodb:GetRecords" in denied.message
    account.permit(*MAY_POLL)
    watched.advance(60)
    assert watched.batches() == ["a"]


def test_how_old_records_are_is_measured(account: Account) -> None:
    """In milliseconds, by the metric IteratorAge."""
    watched = watch(account, before="a", polled=False)
    watched.advance(90)
    began = watched.cloud.clock.now() - 60
    watched.map()
    watched.events()
    (point,) = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": watched.function}],
        StartTime=began - 60,
        EndTime=began + 240,
        Period=300,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert 90_000 <= point["Maximum"] < 150_000
    assert point["Unit"] == "Milliseconds"


def refused(watched: Any, **settings: Any) -> str:
    with pytest.raises(ClientError) as error:
        watched.map(**settings)
    told = error.value.response["Error"]
    assert told["Code"] == "InvalidParameterValueException"
    return str(told["Message"])


@pytest.mark.parametrize("missing", MAY_POLL)
def test_a_mapping_needs_the_roles_permission(account: Account, missing: str) -> None:
    """To do each of four things with the stream; else there is none."""
    watched = watch(account, polled=False)
    account.permit(*(one for one in MAY_POLL if one != missing))
    assert refused(watched) == (
        f"Cannot access stream {watched.arn}. Please ensure the role can perform the"
        " GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your"
        " stream in IAM."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 0},
            "Unsupported starting position for arn type: {arn}",
        ),
        (
            {"MaximumRecordAgeInSeconds": 30},
            "MaximumRecordAgeInSeconds must be -1, or between 60 and 604800.",
        ),
        (
            {"TumblingWindowInSeconds": 30},
            "The local cloud doesn't model TumblingWindowInSeconds of an event source"
            " mapping; real AWS does.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "{function}"}}},
            "The provided destination config OnFailure is not a supported destination:"
            " {function}",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "{queue}"}}},
            "The function's execution role does not have permissions to call"
            " SendMessage on {queue}",
        ),
        (
            {"EventSourceArn": "{arn}-not"},
            "Stream not found: {arn}-not",
        ),
    ],
)
def test_a_mapping_has_to_make_sense(
    account: Account, settings: dict[str, Any], message: str
) -> None:
    """What a stream doesn't have is refused."""
    watched = watch(account, polled=False)
    known = {
        "arn": watched.arn,
        "function": f"arn:aws:lambda:{account.region}:{account.id}:function:f",
        "queue": f"arn:aws:sqs:{account.region}:{account.id}:q",
    }
    told = json.loads(_filled(json.dumps(settings), known))
    watched.arn = told.pop("EventSourceArn", watched.arn)
    assert refused(watched, **told) == _filled(message, known)


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text


def test_a_function_that_feeds_itself_is_stopped(account: Account) -> None:
    """After 16 turns; AWS doesn't notice that over a stream, and says nothing."""
    watched = watch(account, COUNTS, more=("dynamodb:PutItem",))
    watched.put("a", n={"N": "0"})
    counts = [
        int(event["Records"][0]["dynamodb"]["NewImage"]["n"]["N"])
        for event in watched.events()
    ]
    assert counts == list(range(16))
    (stopped,) = watched.incidents("recursion")
    assert "AWS doesn't notice loops over streams" in stopped.message


def test_a_chain_goes_on_through_a_stream(account: Account) -> None:
    """So the timeline shows the write, and the function that it made run."""
    watched = watch(account, before="a")
    watched.events()
    parts = watched.cloud.chains.latest(account.id)
    told = [
        (part["kind"], part.get("source") or part.get("action") or part.get("function"))
        for part in parts
    ]
    assert ("call", "dynamodb:PutItem") in told
    assert ("delivery", "dynamodb") in told
    assert ("invocation", watched.function) in told


def test_a_function_that_comes_back_gets_what_waits(account: Account) -> None:
    """Without its function a mapping waits, and says so."""
    watched = watch(account, StartingPosition="LATEST")
    account.aws_lambda.delete_function(FunctionName=watched.function)
    watched.put("a")
    watched.advance(300)
    (gone,) = watched.incidents("function")
    assert "Lambda can't poll" in gone.message
    account.deploy(TELLS, FunctionName=watched.function)
    watched.advance(1)
    assert watched.batches() == ["a"]


def test_a_template_makes_a_stream_and_its_mapping(account: Account) -> None:
    """The stream is an attribute of the template's table."""
    account.permit(*MAY_POLL)
    function = account.deploy(TELLS, FunctionName="templated")
    stack = account.client("cloudformation")
    stack.create_stack(
        StackName="orders",
        TemplateBody=json.dumps(
            {
                "Resources": {
                    "Table": {
                        "Type": "AWS::DynamoDB::Table",
                        "Properties": {
                            "TableName": "orders",
                            "BillingMode": "PAY_PER_REQUEST",
                            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                            "AttributeDefinitions": [
                                {"AttributeName": "pk", "AttributeType": "S"}
                            ],
                            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
                        },
                    },
                    "Mapping": {
                        "Type": "AWS::Lambda::EventSourceMapping",
                        "Properties": {
                            "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
                            "FunctionName": function,
                            "StartingPosition": "LATEST",
                        },
                    },
                }
            }
        ),
    )
    account.cloud.clock.settle()
    account.client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": "a"}})
    account.cloud.clock.settle()
    (line,) = (line for line in lines(account, function) if line.startswith('{"Rec'))
    change = json.loads(line)["Records"][0]["dynamodb"]
    assert ("NewImage" in change, change["StreamViewType"]) == (False, "KEYS_ONLY")


def test_more_lanes_let_other_keys_pass(account: Account) -> None:
    """A mapping that is changed goes on with what isn't done, and nothing twice."""
    watched = watch(account, before="a", BatchSize=1)
    watched.put("bad", *"bcdefg")
    assert watched.batches() == ["a", "bad"]
    watched.update(ParallelizationFactor=10)
    passed = [key for key in watched.batches() if key != "bad"]
    assert len(passed) > 3
    assert len(passed) == len(set(passed))
