"""What becomes of an asynchronous invocation's outcome."""

import json

import pytest

from grader.cloud.access import acting
from grader.cloud.destinations import Outcome, invocation_record
from grader.cloud.execution import Invocation
from tests.cloud.conftest import allowing

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:words:$LATEST"
ECHO = "def handler(event, context):\n    return {'seen': event}\n"
FAILS = "def handler(event, context):\n    raise ValueError('no such thing')\n"


@pytest.fixture
def cloud(shared_cloud):
    return shared_cloud


@pytest.fixture
def account(fresh_account):
    """An account whose functions may send to every kind of destination."""
    fresh_account.permit(*acting.SENDING.values())
    return fresh_account


def outcome(**fields) -> Outcome:
    described = {
        "request_id": "e4b46cbf-b738-4111-8880-a18cdf61200e",
        "function_arn": ARN,
        "condition": "RetriesExhausted",
        "invocations": 3,
        "payload": b'{"orders": [1, 2]}',
        **fields,
    }
    return Outcome(**described)


def answer(payload: bytes, function_error: str | None = None) -> Invocation:
    return Invocation(200, payload, function_error, "$LATEST", b"", "id")


def run(cloud, account, code, event, **destinations) -> str:
    """Send an event to a function that has destinations and settle."""
    account.deploy(code, FunctionName="words")
    account.aws_lambda.put_function_event_invoke_config(
        FunctionName="words",
        MaximumRetryAttempts=0,
        DestinationConfig={
            name: {"Destination": arn} for name, arn in destinations.items()
        },
    )
    sent = account.aws_lambda.invoke(
        FunctionName="words", InvocationType="Event", Payload=json.dumps(event)
    )
    cloud.clock.settle()
    return sent["ResponseMetadata"]["RequestId"]


def test_the_record_of_a_failure():
    """Every member of the record, as in AWS's example."""
    failed = answer(b'{"errorMessage": "no"}', "Unhandled")
    assert invocation_record(outcome(answer=failed), at=1_573_755_365.568) == {
        "version": "1.0",
        "timestamp": "2019-11-14T18:16:05.568Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-4111-8880-a18cdf61200e",
            "functionArn": ARN,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"orders": [1, 2]},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorMessage": "no"},
    }


def test_a_success_has_no_function_error():
    """The response's context is status and version only."""
    worked = outcome(condition="Success", invocations=1, answer=answer(b"null"))
    record = invocation_record(worked, at=0)
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
    }
    assert record["responsePayload"] is None


def test_an_event_that_was_never_run_has_no_response():
    """Without an answer of the function there is none in the record."""
    record = invocation_record(outcome(condition="EventAgeExceeded"), at=0)
    assert "responseContext" not in record
    assert "responsePayload" not in record


def test_a_queue_receives_the_record(cloud, account):
    """On success: the function's answer with the event that it answers."""
    url, arn = account.queue("worked")
    request_id = run(cloud, account, ECHO, {"n": 1}, OnSuccess=arn)
    record = json.loads(account.messages(url)[0]["Body"])
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"arn:aws:lambda:eu-west-1:{account.id}:function:words:$LATEST",
        "condition": "Success",
        "approximateInvokeCount": 1,
    }
    assert record["responsePayload"] == {"seen": {"n": 1}}


def test_an_alias_is_named_in_the_record(cloud, account):
    """functionArn carries the qualifier that was called, executedVersion the number."""
    url, arn = account.queue("worked")
    account.deploy(ECHO, FunctionName="words", Publish=True)
    account.aws_lambda.create_alias(
        FunctionName="words", Name="live", FunctionVersion="1"
    )
    account.aws_lambda.put_function_event_invoke_config(
        FunctionName="words",
        Qualifier="live",
        DestinationConfig={"OnSuccess": {"Destination": arn}},
    )
    account.aws_lambda.invoke(FunctionName="words:live", InvocationType="Event")
    cloud.clock.settle()
    record = json.loads(account.messages(url)[0]["Body"])
    assert record["requestContext"]["functionArn"].endswith(":function:words:live")
    assert record["responseContext"]["executedVersion"] == "1"


def test_a_failure_isnt_told_to_the_destination_of_successes(cloud, account):
    """The two destinations are told apart."""
    good_url, good = account.queue("worked")
    bad_url, bad = account.queue("failed")
    run(cloud, account, FAILS, {}, OnSuccess=good, OnFailure=bad)
    assert account.messages(good_url) == []
    record = json.loads(account.messages(bad_url)[0]["Body"])
    assert record["responseContext"]["functionError"] == "Unhandled"


def test_a_topic_receives_the_record(cloud, account):
    """A subscriber of the topic finds the record in the message."""
    url, queue = account.queue("subscriber")
    sns = account.client("sns")
    topic = sns.create_topic(Name="failed")["TopicArn"]
    account.let_in(url, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    run(cloud, account, FAILS, {"n": 1}, OnFailure=topic)
    notification = json.loads(account.messages(url)[0]["Body"])
    assert json.loads(notification["Message"])["requestPayload"] == {"n": 1}


def test_a_function_receives_the_record(cloud, account):
    """The destination function is invoked with the record as its event."""
    prints = "def handler(event, context):\n    print(event['responsePayload'])\n"
    after = account.deploy(prints, FunctionName="after")
    arn = f"arn:aws:lambda:eu-west-1:{account.id}:function:{after}"
    run(cloud, account, ECHO, {"n": 1}, OnSuccess=arn)
    assert "{'seen': {'n': 1}}\n" in account.log_lines(after)


def test_an_event_bus_receives_the_record(cloud, account):
    """Source lambda, its own detail type, and both ARNs as resources."""
    policy = allowing("events.amazonaws.com", "sqs:SendMessage")
    url, queue = account.queue("watcher", Policy=policy)
    events = account.client("events")
    events.put_rule(Name="results", EventPattern='{"source": ["lambda"]}')
    events.put_targets(Rule="results", Targets=[{"Id": "1", "Arn": queue}])
    bus = events.describe_event_bus()["Arn"]
    run(cloud, account, FAILS, {"n": 1}, OnFailure=bus)
    event = json.loads(account.messages(url)[0]["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert event["resources"] == [
        bus,
        f"arn:aws:lambda:eu-west-1:{account.id}:function:words:$LATEST",
    ]
    assert event["detail"]["requestPayload"] == {"n": 1}


def test_a_bucket_receives_the_record_of_a_failure(cloud, account):
    """The object's key tells function and day."""
    s3 = account.client("s3")
    bucket = f"failed-{account.id}"
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    run(cloud, account, FAILS, {"n": 1}, OnFailure=f"arn:aws:s3:::{bucket}")
    key = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"]
    record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    day = record["timestamp"][:10].replace("-", "/")
    assert key.startswith(f"aws/lambda/async/words/{day}/{record['timestamp'][:10]}T")
    assert record["requestPayload"] == {"n": 1}


def test_a_dead_letter_topic_receives_the_event(cloud, account):
    """A topic works as a queue does; the attributes travel with the message."""
    url, queue = account.queue("subscriber")
    sns = account.client("sns")
    topic = sns.create_topic(Name="dead")["TopicArn"]
    account.let_in(url, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    account.deploy(FAILS, FunctionName="words", DeadLetterConfig={"TargetArn": topic})
    account.aws_lambda.put_function_event_invoke_config(
        FunctionName="words", MaximumRetryAttempts=0
    )
    account.aws_lambda.invoke(
        FunctionName="words", InvocationType="Event", Payload='{"n": 1}'
    )
    cloud.clock.settle()
    notification = json.loads(account.messages(url)[0]["Body"])
    assert notification["Message"] == '{"n": 1}'
    told = notification["MessageAttributes"]
    assert told["ErrorMessage"] == {"Type": "String", "Value": "no such thing"}
    assert told["ErrorCode"]["Value"] == "200"
