"""A refusal has the code, the sentence and the form of its service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.access.conftest import Identity, refusal

ACCOUNT = "123456789012"
HERE = f"eu-west-1:{ACCOUNT}"

# Service, call, code, status, action as it is spelled, what it is on.
REFUSALS: list[tuple[str, str, dict[str, Any], str, int, str, str]] = [
    (
        "dynamodb",
        "put_item",
        {"TableName": "t", "Item": {"id": {"S": "1"}}},
        "AccessDeniedException",
        400,
        "dynamodb:PutItem",
        f"arn:aws:dynamodb:{HERE}:table/t",
    ),
    (
        "s3",
        "get_object",
        {"Bucket": "photos", "Key": "a b/é.txt"},
        "AccessDenied",
        403,
        "s3:GetObject",
        '"arn:aws:s3:::photos/a b/é.txt"',
    ),
    ("s3", "list_buckets", {}, "AccessDenied", 403, "s3:ListAllMyBuckets", ""),
    (
        "iam",
        "list_users",
        {},
        "AccessDenied",
        403,
        "iam:ListUsers",
        f"arn:aws:iam::{ACCOUNT}:user/",
    ),
    (
        "lambda",
        "list_functions",
        {},
        "AccessDeniedException",
        403,
        "lambda:ListFunctions",
        "*",
    ),
    (
        "lambda",
        "invoke",
        {"FunctionName": "f", "Qualifier": "live"},
        "AccessDeniedException",
        403,
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{HERE}:function:f:live",
    ),
    (
        "logs",
        "filter_log_events",
        {"logGroupName": "/aws/lambda/f"},
        "AccessDeniedException",
        400,
        "logs:FilterLogEvents",
        f"arn:aws:logs:{HERE}:log-group:/aws/lambda/f:log-stream:",
    ),
    (
        "sns",
        "publish",
        {"TopicArn": f"arn:aws:sns:{HERE}:t", "Message": "m"},
        "AuthorizationError",
        403,
        "SNS:Publish",
        f"arn:aws:sns:{HERE}:t",
    ),
    (
        "sqs",
        "send_message",
        {"QueueUrl": f"https://sqs/{ACCOUNT}/q", "MessageBody": "m"},
        "AccessDenied",
        403,
        "sqs:sendmessage",
        f"arn:aws:sqs:{HERE}:q",
    ),
    (
        "cloudwatch",
        "list_metrics",
        {},
        "AccessDenied",
        403,
        "cloudwatch:ListMetrics",
        "",
    ),
    (
        "apigateway",
        "get_rest_apis",
        {},
        "AccessDeniedException",
        403,
        "apigateway:GET",
        "arn:aws:apigateway:eu-west-1::/restapis",
    ),
    (
        "apigatewayv2",
        "delete_api",
        {"ApiId": "abc"},
        "AccessDeniedException",
        403,
        "apigateway:DELETE",
        "arn:aws:apigateway:eu-west-1::/apis/abc",
    ),
]


@pytest.mark.parametrize(
    ("service", "call", "given", "code", "status", "action", "resource"),
    REFUSALS,
    ids=lambda value: value if isinstance(value, str) and ":" in value else "",
)
def test_a_refusal_is_worded_as_the_service_words_it(
    nobody: Identity,
    service: str,
    call: str,
    given: dict[str, Any],
    code: str,
    status: int,
    action: str,
    resource: str,
) -> None:
    """Who, what, on what, and that no identity-based policy allows it."""
    client = nobody.client(service)
    on = f" on resource: {resource}" if resource else ""
    assert refusal(getattr(client, call), **given) == (
        code,
        f"User: {nobody.arn} is not authorized to perform: {action}{on} because no"
        f" identity-based policy allows the {action} action",
        status,
    )


def test_ec2_says_first_that_it_is_no(nobody: Identity) -> None:
    """EC2's code is UnauthorizedOperation."""
    code, message, status = refusal(nobody.client("ec2").describe_regions)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert message.startswith("You are not authorized to perform this operation. User:")


def test_a_head_request_has_no_body_to_say_why(nobody: Identity) -> None:
    """HeadObject is refused with 403 alone."""
    client = nobody.client("s3")
    assert refusal(client.head_object, Bucket="b", Key="k") == ("403", "Forbidden", 403)


def test_what_nobody_knows_of_is_refused_loudly(nobody: Identity) -> None:
    """A service whose actions the cloud doesn't know never lets a user in."""
    code, message, _ = refusal(nobody.client("iot-data").publish, topic="t")
    assert code == "AccessDeniedException"
    assert "doesn't know which action" in message
