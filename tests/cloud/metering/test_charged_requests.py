"""Which requests are charged for: by asking a lab, and looking at what it counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import urllib3

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account
from tests.cloud.metering.conftest import Watch

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def owner(shared_cloud: Cloud) -> Account:
    """An account with a bucket of one object, and one of most other things."""
    account, access_key_id, secret = shared_cloud.fresh_account()
    owner = Account(shared_cloud, keys=(access_key_id, secret), account=account)
    s3 = owner.client("s3")
    s3.create_bucket(
        Bucket="photos",
        CreateBucketConfiguration={"LocationConstraint": owner.region},
    )
    s3.put_object(Bucket="photos", Key="cat", Body=b"meow")
    return owner


OBJECT = {"Bucket": "photos", "Key": "cat"}
WRITE, READ, FREE = {"s3.writes": 1}, {"s3.reads": 1}, dict[str, int]()


@pytest.mark.parametrize(
    ("operation", "members", "charged"),
    [
        ("put_object", {**OBJECT, "Body": b"purr"}, WRITE),
        ("copy_object", {**OBJECT, "Key": "dog", "CopySource": "photos/cat"}, WRITE),
        ("create_multipart_upload", {**OBJECT, "Key": "big"}, WRITE),
        ("list_objects_v2", {"Bucket": "photos"}, WRITE),
        ("list_objects", {"Bucket": "photos"}, WRITE),
        ("list_object_versions", {"Bucket": "photos"}, WRITE),
        ("list_multipart_uploads", {"Bucket": "photos"}, WRITE),
        ("list_buckets", {}, WRITE),
        ("get_object", OBJECT, READ),
        ("head_object", OBJECT, READ),
        ("get_object_tagging", OBJECT, READ),
        ("head_bucket", {"Bucket": "photos"}, READ),
        ("get_bucket_location", {"Bucket": "photos"}, READ),
        ("delete_object", {**OBJECT, "Key": "dog"}, FREE),
        (
            "delete_objects",
            {"Bucket": "photos", "Delete": {"Objects": [{"Key": "dog"}]}},
            FREE,
        ),
    ],
)
def test_s3_has_two_classes_and_free_deletes(
    owner: Account,
    added: Watch,
    operation: str,
    members: dict[str, Any],
    charged: dict[str, int],
) -> None:
    """Writes and listings cost more than reads; deleting is free."""
    call = getattr(owner.client("s3"), operation)
    assert added(owner, call, **members) == charged


def test_a_presigned_download_is_charged_to_its_owner(
    owner: Account, added: Watch
) -> None:
    """A request without headers of AWS's is one all the same."""
    s3 = owner.client("s3")
    url = s3.generate_presigned_url("get_object", Params=OBJECT)
    assert added(owner, lambda: urllib3.request("GET", url)) == READ


def test_the_owner_of_a_bucket_pays(
    owner: Account, account: Account, added: Watch
) -> None:
    """What another account reads isn't on that account's bill."""
    policy = {
        "Effect": "Allow",
        "Principal": {"AWS": account.id},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::photos/*",
    }
    owner.client("s3").put_bucket_policy(
        Bucket="photos",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    call = account.client("s3").get_object
    assert added(account, call, **OBJECT) == FREE
    assert added(owner, call, **OBJECT) == READ


def test_a_roles_requests_are_its_accounts(
    fresh_account: Account, added: Watch
) -> None:
    """Temporary keys belong to the account of the role."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": fresh_account.id},
        "Action": "sts:AssumeRole",
    }
    role = fresh_account.client("iam").create_role(
        RoleName="clerk",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [trust]}
        ),
    )["Role"]["Arn"]
    fresh_account.client("iam").attach_role_policy(
        RoleName="clerk", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    keys = fresh_account.client("sts").assume_role(
        RoleArn=role, RoleSessionName="clerk"
    )["Credentials"]
    sqs = boto3.client(
        "sqs",
        endpoint_url=fresh_account.cloud.endpoint_url,
        region_name=fresh_account.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert added(fresh_account, sqs.list_queues) == {"sqs.requests": 1}


@pytest.mark.parametrize(("size", "requests"), [(10, 1), (65_000, 1), (66_000, 2)])
def test_a_long_message_is_more_than_one_request(
    fresh_account: Account, added: Watch, size: int, requests: int
) -> None:
    """SQS and SNS charge for each 64 KB of a message."""
    queue, _ = fresh_account.queue("orders")
    sqs, sns = fresh_account.client("sqs"), fresh_account.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    body = "x" * size
    sent = added(fresh_account, sqs.send_message, QueueUrl=queue, MessageBody=body)
    assert sent == {"sqs.requests": requests}
    published = added(fresh_account, sns.publish, TopicArn=topic, Message=body)
    assert published == {"sns.publishes": requests}


def test_looking_for_messages_is_a_request(
    fresh_account: Account, added: Watch
) -> None:
    """SQS charges for an answer without messages too."""
    sqs, (queue, _) = fresh_account.client("sqs"), fresh_account.queue("empty")
    assert added(fresh_account, sqs.receive_message, QueueUrl=queue) == {
        "sqs.requests": 1
    }


def test_events_are_charged_one_by_one(fresh_account: Account, added: Watch) -> None:
    """Three events in one request are three; rules are free."""
    events = fresh_account.client("events")
    event = {"Source": "studio", "DetailType": "booked", "Detail": "{}"}
    put = added(fresh_account, events.put_events, Entries=[event] * 3)
    assert put == {"events.custom": 3}
    assert added(fresh_account, events.list_rules) == FREE


def test_secrets_and_keys_are_charged_by_call(
    fresh_account: Account, added: Watch
) -> None:
    """Every call is a request; KMS counts those for a secret's owner too."""
    secrets, kms = fresh_account.client("secretsmanager"), fresh_account.client("kms")
    secrets.create_secret(Name="token", SecretString="s")
    assert added(fresh_account, secrets.get_secret_value, SecretId="token") == {
        "secretsmanager.calls": 1
    }
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert added(fresh_account, kms.encrypt, KeyId=key, Plaintext=b"x") == {
        "kms.requests": 1
    }


def test_log_events_are_charged_by_byte(fresh_account: Account, added: Watch) -> None:
    """UTF-8 counts; events that are refused, and questions, don't."""
    logs = fresh_account.client("logs")
    logs.create_log_group(logGroupName="door")
    logs.create_log_stream(logGroupName="door", logStreamName="front")
    event = {"timestamp": int(time.time() * 1000), "message": "zu früh"}
    where = {"logGroupName": "door", "logStreamName": "front"}
    put = added(fresh_account, logs.put_log_events, **where, logEvents=[event] * 2)
    assert put == {"logs.ingested": 16}
    assert added(fresh_account, logs.filter_log_events, logGroupName="door") == FREE

    def put_nowhere() -> None:
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            logs.put_log_events(**where | {"logGroupName": "no"}, logEvents=[event])

    assert added(fresh_account, put_nowhere) == FREE


def table(account: Account, name: str, **settings: Any) -> Any:
    client = account.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        **({"BillingMode": "PAY_PER_REQUEST"} | settings),
    )
    return client


def test_dynamodb_is_charged_by_unit(fresh_account: Account, added: Watch) -> None:
    """The bill counts what ReturnConsumedCapacity says, in halves of units."""
    client = table(fresh_account, "orders")
    put = added(
        fresh_account,
        client.put_item,
        TableName="orders",
        Item={"pk": {"S": "1"}, "note": {"S": "x" * 1500}},
    )
    assert put == {"dynamodb.writes": 4}
    key = {"TableName": "orders", "Key": {"pk": {"S": "1"}}}
    assert added(fresh_account, client.get_item, **key) == {"dynamodb.reads": 1}
    consistent = added(fresh_account, client.get_item, **key, ConsistentRead=True)
    assert consistent == {"dynamodb.reads": 2}


def test_a_failed_condition_is_charged(fresh_account: Account, added: Watch) -> None:
    """A write that isn't done for its condition costs as much as one that is."""
    client = table(fresh_account, "orders")

    def put() -> None:
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName="orders",
                Item={"pk": {"S": "1"}},
                ConditionExpression="attribute_exists(pk)",
            )

    assert added(fresh_account, put) == {"dynamodb.writes": 2}


def test_provisioned_tables_have_no_requests(
    fresh_account: Account, added: Watch
) -> None:
    """What a provisioned table reads and writes is paid for by the hour."""
    throughput = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    client = table(
        fresh_account,
        "orders",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=throughput,
    )
    put = added(
        fresh_account, client.put_item, TableName="orders", Item={"pk": {"S": "1"}}
    )
    assert put == FREE


def test_invocations_are_charged_as_reported(
    fresh_account: Account, added: Watch
) -> None:
    """The billed duration of the REPORT, INIT included, times the memory."""
    name = fresh_account.deploy(
        "def handler(event, context): print('hi')",
        MemorySize=256,
        Architectures=["arm64"],
    )
    for _ in range(2):
        charged = added(fresh_account, fresh_account.invoke, name=name)
        lines = fresh_account.log_lines(name)
        report = next(line for line in reversed(lines) if line.startswith("REPORT"))
        billed = int(report.partition("Billed Duration: ")[2].partition(" ms")[0])
        assert charged.pop("logs.ingested") > len(report)
        assert charged == {"lambda.requests": 1, "lambda.arm64": billed * 256}


def test_settings_are_free(fresh_account: Account, added: Watch) -> None:
    """Making and describing things costs nothing where no request is charged for."""
    for service, operation in (
        ("iam", "list_roles"),
        ("lambda", "list_functions"),
        ("dynamodb", "list_tables"),
        ("sns", "list_topics"),
        ("cloudwatch", "describe_alarms"),
    ):
        assert (
            added(fresh_account, getattr(fresh_account.client(service), operation))
            == FREE
        )
