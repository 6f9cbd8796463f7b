"""Each request is about the action and the ARN that AWS checks it against."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.access.audit_trail import rows
from tests.cloud.conftest import Account

REGION, ID = "eu-west-1", "123456789012"
HERE = f"{REGION}:{ID}"
TABLE = f"arn:aws:dynamodb:{HERE}:table"
FUNCTION = f"arn:aws:lambda:{HERE}:function"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ID}/jobs"
TRUST = "{}"

# Service, call, its arguments, and pairs of action and resource.
ABOUT: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    # DynamoDB
    ("dynamodb", "list_tables", {}, [("dynamodb:ListTables", f"{TABLE}/*")]),
    (
        "dynamodb",
        "query",
        {"TableName": "t", "IndexName": "by-day", "KeyConditionExpression": "a = :a"},
        [("dynamodb:Query", f"{TABLE}/t/index/by-day")],
    ),
    (
        "dynamodb",
        "describe_table",
        {"TableName": f"{TABLE}/by-its-arn"},
        [("dynamodb:DescribeTable", f"{TABLE}/by-its-arn")],
    ),
    (
        "dynamodb",
        "batch_write_item",
        {
            "RequestItems": {
                "a": [{"DeleteRequest": {"Key": {}}}],
                "b": [{"PutRequest": {"Item": {}}}],
            }
        },
        [
            ("dynamodb:BatchWriteItem", f"{TABLE}/a"),
            ("dynamodb:BatchWriteItem", f"{TABLE}/b"),
        ],
    ),
    (
        "dynamodb",
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "a", "Item": {}}},
                {
                    "ConditionCheck": {
                        "TableName": "b",
                        "Key": {},
                        "ConditionExpression": "x",
                    }
                },
            ]
        },
        [
            ("dynamodb:PutItem", f"{TABLE}/a"),
            ("dynamodb:ConditionCheckItem", f"{TABLE}/b"),
        ],
    ),
    (
        "dynamodb",
        "execute_statement",
        {"Statement": 'SELECT * FROM "t"."by-day" WHERE a = 1'},
        [("dynamodb:PartiQLSelect", f"{TABLE}/t/index/by-day")],
    ),
    (
        "dynamodbstreams",
        "describe_stream",
        {"StreamArn": f"{TABLE}/t/stream/2026-11-25T00:00:00.000"},
        [("dynamodb:DescribeStream", f"{TABLE}/t/stream/2026-11-25T00:00:00.000")],
    ),
    (
        "dynamodbstreams",
        "get_records",
        {"ShardIterator": f"{TABLE}/t/stream/2026-11-25T00:00:00.000|1|abc"},
        [("dynamodb:GetRecords", f"{TABLE}/t/stream/2026-11-25T00:00:00.000")],
    ),
    (
        "kinesis",
        "get_records",
        {"ShardIterator": base64.b64encode(b'["s", "shard", 1, 2.0]').decode()},
        [("kinesis:GetRecords", f"arn:aws:kinesis:{HERE}:stream/s")],
    ),
    # Lambda
    (
        "lambda",
        "get_function",
        {"FunctionName": f"{ID}:function:f", "Qualifier": "2"},
        [("lambda:GetFunction", f"{FUNCTION}:f:2")],
    ),
    (
        "lambda",
        "invoke",
        {"FunctionName": f"{FUNCTION}:f:live"},
        [("lambda:InvokeFunction", f"{FUNCTION}:f:live")],
    ),
    (
        "lambda",
        "get_layer_version",
        {"LayerName": "l", "VersionNumber": 3},
        [("lambda:GetLayerVersion", f"arn:aws:lambda:{HERE}:layer:l:3")],
    ),
    ("lambda", "get_account_settings", {}, [("lambda:GetAccountSettings", "*")]),
    # API Gateway, whose actions are verbs and whose ARNs are paths
    (
        "apigateway",
        "put_method",
        {
            "restApiId": "abc",
            "resourceId": "def",
            "httpMethod": "GET",
            "authorizationType": "NONE",
        },
        [
            (
                "apigateway:PUT",
                f"arn:aws:apigateway:{REGION}::/restapis/abc/resources/def/methods/GET",
            )
        ],
    ),
    (
        "apigatewayv2",
        "get_routes",
        {"ApiId": "abc"},
        [("apigateway:GET", f"arn:aws:apigateway:{REGION}::/apis/abc/routes")],
    ),
    # IAM and STS
    (
        "iam",
        "attach_role_policy",
        {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        [("iam:AttachRolePolicy", f"arn:aws:iam::{ID}:role/r")],
    ),
    (
        "iam",
        "create_policy",
        {"PolicyName": "p", "Path": "/team/", "PolicyDocument": TRUST},
        [("iam:CreatePolicy", f"arn:aws:iam::{ID}:policy/team/p")],
    ),
    (
        "iam",
        "get_policy",
        {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        [("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess")],
    ),
    (
        "sts",
        "assume_role",
        {
            "RoleArn": f"arn:aws:iam::{ID}:role/r",
            "RoleSessionName": "trial",
            "Tags": [{"Key": "a", "Value": "b"}],
        },
        [("sts:AssumeRole", f"arn:aws:iam::{ID}:role/r")],
    ),
    # Logs
    (
        "logs",
        "describe_log_groups",
        {},
        [("logs:DescribeLogGroups", f"arn:aws:logs:{HERE}:log-group::log-stream:")],
    ),
    (
        "logs",
        "put_log_events",
        {
            "logGroupName": "g",
            "logStreamName": "s",
            "logEvents": [{"timestamp": 1, "message": "m"}],
        },
        [("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:g:log-stream:s")],
    ),
    (
        "logs",
        "filter_log_events",
        {"logGroupIdentifier": f"arn:aws:logs:{HERE}:log-group:g"},
        [("logs:FilterLogEvents", f"arn:aws:logs:{HERE}:log-group:g:log-stream:")],
    ),
    # S3
    ("s3", "head_bucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    (
        "s3",
        "get_object",
        {"Bucket": "b", "Key": "a/é +%.txt", "VersionId": "v"},
        [("s3:GetObjectVersion", "arn:aws:s3:::b/a/é +%.txt")],
    ),
    (
        "s3",
        "copy_object",
        {"Bucket": "b", "Key": "to", "CopySource": {"Bucket": "c", "Key": "from é"}},
        [
            ("s3:GetObject", "arn:aws:s3:::c/from é"),
            ("s3:PutObject", "arn:aws:s3:::b/to"),
        ],
    ),
    (
        "s3",
        "create_multipart_upload",
        {"Bucket": "b", "Key": "k"},
        [("s3:PutObject", "arn:aws:s3:::b/k")],
    ),
    (
        "s3",
        "delete_bucket_lifecycle",
        {"Bucket": "b"},
        [("s3:PutLifecycleConfiguration", "arn:aws:s3:::b")],
    ),
    (
        "s3",
        "get_public_access_block",
        {"Bucket": "b"},
        [("s3:GetBucketPublicAccessBlock", "arn:aws:s3:::b")],
    ),
    # Messages
    (
        "sqs",
        "send_message_batch",
        {"QueueUrl": QUEUE, "Entries": [{"Id": "1", "MessageBody": "m"}]},
        [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")],
    ),
    (
        "sns",
        "create_topic",
        {"Name": "news"},
        [("sns:CreateTopic", f"arn:aws:sns:{HERE}:news")],
    ),
    (
        "events",
        "put_events",
        {
            "Entries": [
                {"Source": "a", "DetailType": "b", "Detail": "{}"},
                {
                    "Source": "a",
                    "DetailType": "b",
                    "Detail": "{}",
                    "EventBusName": "orders",
                },
            ]
        },
        [
            ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
            ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/orders"),
        ],
    ),
    (
        "events",
        "put_rule",
        {"Name": "nightly", "ScheduleExpression": "rate(1 day)"},
        [("events:PutRule", f"arn:aws:events:{HERE}:rule/nightly")],
    ),
    (
        "events",
        "describe_rule",
        {"Name": "nightly", "EventBusName": "orders"},
        [("events:DescribeRule", f"arn:aws:events:{HERE}:rule/orders/nightly")],
    ),
    (
        "scheduler",
        "get_schedule",
        {"Name": "nightly"},
        [
            (
                "scheduler:GetSchedule",
                f"arn:aws:scheduler:{HERE}:schedule/default/nightly",
            )
        ],
    ),
    (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m"},
        [("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:m")],
    ),
    (
        "kinesis",
        "put_record",
        {"StreamName": "s", "Data": b"d", "PartitionKey": "p"},
        [("kinesis:PutRecord", f"arn:aws:kinesis:{HERE}:stream/s")],
    ),
    # Secrets, parameters, keys
    (
        "ssm",
        "get_parameters",
        {"Names": ["/a/b", "c"]},
        [
            ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/a/b"),
            ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/c"),
        ],
    ),
    (
        "ssm",
        "get_parameters_by_path",
        {"Path": "/app"},
        [("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/app")],
    ),
    (
        "kms",
        "describe_key",
        {"KeyId": f"arn:aws:kms:{HERE}:key/1234"},
        [("kms:DescribeKey", f"arn:aws:kms:{HERE}:key/1234")],
    ),
    # What watches
    (
        "cloudwatch",
        "delete_alarms",
        {"AlarmNames": ["a", "b"]},
        [
            ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:a"),
            ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:b"),
        ],
    ),
    (
        "xray",
        "put_trace_segments",
        {"TraceSegmentDocuments": ["{}"]},
        [("xray:PutTraceSegments", "*")],
    ),
    ("ec2", "describe_regions", {}, [("ec2:DescribeRegions", "*")]),
    ("resourcegroupstaggingapi", "get_resources", {}, [("tag:GetResources", "*")]),
    (
        "cloudformation",
        "describe_stacks",
        {"StackName": "app"},
        [
            (
                "cloudformation:DescribeStacks",
                f"arn:aws:cloudformation:{HERE}:stack/app/*",
            )
        ],
    ),
    (
        "ses",
        "send_email",
        {
            "Source": "a@example.com",
            "Destination": {"ToAddresses": ["b@example.com"]},
            "Message": {"Subject": {"Data": "s"}, "Body": {}},
        },
        [("ses:SendEmail", f"arn:aws:ses:{HERE}:identity/a@example.com")],
    ),
    (
        "cloudfront",
        "get_distribution",
        {"Id": "E123"},
        [
            (
                "cloudfront:GetDistribution",
                f"arn:aws:cloudfront::{ID}:distribution/E123",
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("service", "call", "given", "about"),
    ABOUT,
    ids=[f"{service}-{call}" for service, call, _, _ in ABOUT],
)
def test_actions_and_resources(
    account: Account,
    service: str,
    call: str,
    given: dict[str, Any],
    about: list[tuple[str, str]],
) -> None:
    """As the audit tells of an administrator's call, whatever comes of it."""
    client = account.client(service)
    with contextlib.suppress(ClientError, OSError):
        getattr(client, call)(**given)
    (latest, *_) = reversed(account.cloud.gate.trail.calls(account.id))
    assert [(row.action, row.resource) for row in rows(latest)] == about


def test_a_secret_is_known_by_its_six_letters(account: Account) -> None:
    """Asked for by its name, a secret is the one with the random end of its ARN."""
    secrets = account.client("secretsmanager")
    arn = secrets.create_secret(Name="db/password", SecretString="x")["ARN"]
    secrets.get_secret_value(SecretId="db/password")
    (row,) = rows(account.cloud.gate.trail.calls(account.id)[-1])
    assert (row.action, row.resource) == ("secretsmanager:GetSecretValue", arn)


def test_an_alias_is_its_keys(account: Account) -> None:
    """KMS checks the key, however it is called; what was encrypted names its key."""
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    blob = kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    calls = account.cloud.gate.trail.calls(account.id)
    alias, *_ = rows(calls[-3])
    assert alias.resource.endswith(":alias/mine")
    for call, action in ((calls[-2], "kms:Encrypt"), (calls[-1], "kms:Decrypt")):
        (row,) = rows(call)
        assert (row.action, row.resource) == (action, key)


def test_a_path_is_part_of_a_name(account: Account) -> None:
    """Users and roles are found with theirs, although requests don't say it."""
    iam = account.client("iam")
    iam.create_user(UserName="pat", Path="/team/")
    iam.get_user(UserName="pat")
    for call in account.cloud.gate.trail.calls(account.id)[-2:]:
        (row,) = rows(call)
        assert row.resource == f"arn:aws:iam::{account.id}:user/team/pat"
