"""What belongs together of calls, deliveries and invocations."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account

COPIES = """
import boto3
s3 = boto3.client("s3")

def handler(event, context):
    told = event["Records"][0]["s3"]
    bucket, key = told["bucket"]["name"], told["object"]["key"]
    s3.put_object(Bucket=bucket, Key=key.replace("in/", "out/"), Body=b"")
"""


@pytest.fixture
def bucket(fresh_account: Account) -> str:
    """A bucket whose uploads under in/ invoke a function that copies."""
    account, name = fresh_account, f"photos-{fresh_account.id}"
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    account.permit("s3:PutObject")
    account.deploy(COPIES, FunctionName="copy")
    account.aws_lambda.add_permission(
        FunctionName="copy",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    trigger = {
        "LambdaFunctionArn": (
            f"arn:aws:lambda:{account.region}:{account.id}:function:copy"
        ),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"LambdaFunctionConfigurations": [trigger]},
    )
    return name


def upload(account: Account, bucket: str, key: str) -> str:
    """Upload, and wait for what it causes; the request's id."""
    answer = account.client("s3").put_object(Bucket=bucket, Key=key, Body=b"")
    account.cloud.clock.settle()
    return str(answer["ResponseMetadata"]["RequestId"])


def told(parts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (part["kind"], part.get("resource") or part.get("function", ""))
        for part in parts
    ]


def test_an_upload_and_what_it_caused(
    shared_cloud: Cloud, fresh_account: Account, bucket: str
) -> None:
    """The client's call has no trace; the function's call forwards its own."""
    upload(fresh_account, bucket, "in/a")
    assert told(shared_cloud.chains.latest(fresh_account.id)) == [
        ("call", f"arn:aws:s3:::{bucket}/in/a"),
        ("delivery", "copy"),
        ("invocation", "copy"),
        ("call", f"arn:aws:s3:::{bucket}/out/a"),
    ]


def test_another_upload_is_another_chain(
    shared_cloud: Cloud, fresh_account: Account, bucket: str
) -> None:
    """Each is found by the id of any request in it."""
    first, second = (upload(fresh_account, bucket, f"in/{key}") for key in "ab")
    for request_id, key in ((first, "a"), (second, "b")):
        parts = shared_cloud.chains.latest(fresh_account.id, request_id)
        assert [one["resource"][-1] for one in parts if "resource" in one] == [key] * 2
        event = parts[1]["request_id"]
        assert shared_cloud.chains.latest(fresh_account.id, event) == parts


def test_an_invocation_belongs_to_its_call(
    shared_cloud: Cloud, fresh_account: Account
) -> None:
    """By the request's id, which both have."""
    name = fresh_account.deploy("def handler(event, context):\n    pass\n")
    fresh_account.invoke(name)
    call, ran = shared_cloud.chains.latest(fresh_account.id)
    assert call["action"] == "lambda:InvokeFunction"
    assert (ran["status"], ran["function"]) == ("success", name)
    assert ran["init"] > 0 and call["seconds"] >= ran["seconds"]


def test_without_a_function_there_is_no_chain(
    shared_cloud: Cloud, fresh_account: Account
) -> None:
    """Calls alone cause nothing."""
    fresh_account.queue("orders")
    assert shared_cloud.chains.latest(fresh_account.id) == []


def test_a_message_and_the_batch_that_it_came_in(
    shared_cloud: Cloud, fresh_account: Account
) -> None:
    """A client's call sends no trace; the poller's batch belongs to it all the same."""
    account = fresh_account
    url, arn = account.queue("orders")
    account.permit("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    name = account.deploy("def handler(event, context):\n    pass\n")
    account.aws_lambda.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn
    )
    account.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    shared_cloud.clock.settle()
    parts = shared_cloud.chains.latest(account.id)
    assert told(parts) == [("call", arn), ("delivery", name), ("invocation", name)]
    assert parts[1]["source"] == "sqs"


def test_a_loop_over_a_bucket_and_a_queue_is_stopped(
    shared_cloud: Cloud, fresh_account: Account, bucket: str
) -> None:
    """The trace goes from the upload to the message and on: 16 turns, and told."""
    account = fresh_account
    url, arn = account.queue("uploads", VisibilityTimeout="60")
    account.let_in(url, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}")
    account.permit(
        "s3:PutObject",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    )
    name = account.deploy(
        "import boto3, json\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    told = json.loads(event['Records'][0]['body'])['Records'][0]['s3']\n"
        "    bucket = told['bucket']['name']\n"
        "    s3.put_object(Bucket=bucket, Key=told['object']['key'] + 'x', Body=b'')\n"
    )
    account.client("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    # What S3 sends to try the queue out.
    account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    for message in account.messages(url):
        account.client("sqs").delete_message(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
        )
    account.aws_lambda.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, BatchSize=1
    )
    upload(account, bucket, "a")
    incidents = shared_cloud.asynchronous.journal.incidents(account=account.id)
    assert [one.kind for one in incidents] == ["recursion"]
    listed = account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert max(one["Key"].count("x") for one in listed) == 16
