"""What Lambda does in a function's role, it does as far as the role may."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.access.audit_trail import rows
from tests.cloud.access.conftest import allow, deny, document, refusal
from tests.cloud.conftest import Account

TELLS = "def handler(event, context):\n    print('hello')\n    return 'done'\n"
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


def logs_of(account: Account, name: str) -> list[str]:
    groups = account.client("logs").describe_log_groups()["logGroups"]
    if f"/aws/lambda/{name}" not in [group["logGroupName"] for group in groups]:
        return []
    return account.log_lines(name)


def may(account: Account, *statements: dict[str, Any]) -> None:
    """Give the execution role these statements, and no others."""
    account.client("iam").put_role_policy(
        RoleName=account.role.rpartition("/")[2],
        PolicyName="logs",
        PolicyDocument=document(*statements),
    )


def test_without_permission_nothing_is_logged(fresh_account: Account) -> None:
    """The invocation goes on, its tail is there; the audit has one refusal."""
    name = fresh_account.deploy(TELLS)
    may(fresh_account, allow("s3:GetObject"))
    for _ in range(2):
        answer = fresh_account.invoke(name)
        assert answer.payload == "done" and "hello" in answer.log
    assert logs_of(fresh_account, name) == []
    denied = [
        (row.principal, row.action)
        for call in fresh_account.cloud.gate.trail.calls(fresh_account.id)
        for row in rows(call)
        if row.decision == "deny"
    ]
    who = f"arn:aws:sts::{fresh_account.id}:assumed-role/execution/{name}"
    assert denied == [(who, "logs:CreateLogGroup")]


def test_a_log_begins_when_the_role_may(fresh_account: Account) -> None:
    """A change of the role counts for the next lines, in the same environment."""
    name = fresh_account.deploy(TELLS)
    may(fresh_account, allow("s3:GetObject"))
    fresh_account.invoke(name)
    group = f"arn:aws:logs:{fresh_account.region}:{fresh_account.id}:log-group:"
    may(
        fresh_account,
        allow("logs:CreateLogGroup", f"{group}*"),
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"{group}/aws/lambda/{name}:*",
        ),
    )
    fresh_account.invoke(name)
    assert sum("hello" in line for line in logs_of(fresh_account, name)) == 1
    may(fresh_account, allow("logs:*"), deny("logs:PutLogEvents"))
    fresh_account.invoke(name)
    assert sum("hello" in line for line in logs_of(fresh_account, name)) == 1


@pytest.mark.parametrize(
    ("kind", "call"), [("sqs", "SendMessage on SQS"), ("sns", "Publish on SNS")]
)
def test_a_dead_letter_target_that_the_role_may_not_tell(
    fresh_account: Account, kind: str, call: str
) -> None:
    """CreateFunction and UpdateFunctionConfiguration refuse it."""
    target = f"arn:aws:{kind}:{fresh_account.region}:{fresh_account.id}:dead"
    letters = {"DeadLetterConfig": {"TargetArn": target}}
    sentence = f"The provided execution role does not have permissions to call {call}"
    code, message, _ = refusal(fresh_account.deploy, code=TELLS, **letters)
    assert (code, message) == ("InvalidParameterValueException", sentence)
    name = fresh_account.deploy(TELLS)
    update = fresh_account.aws_lambda.update_function_configuration
    assert refusal(update, FunctionName=name, **letters)[1] == sentence
    fresh_account.permit("sqs:SendMessage", "sns:Publish", resource=target)
    update(FunctionName=name, **letters)


def test_a_destination_that_the_role_may_not_tell(fresh_account: Account) -> None:
    """PutFunctionEventInvokeConfig refuses it by its ARN."""
    _, queue = fresh_account.queue("outcomes")
    name = fresh_account.deploy(TELLS)
    put = fresh_account.aws_lambda.put_function_event_invoke_config
    config = {"OnSuccess": {"Destination": queue}}
    assert refusal(put, FunctionName=name, DestinationConfig=config)[:2] == (
        "InvalidParameterValueException",
        "The function's execution role does not have permissions to call SendMessage"
        f" on {queue}",
    )


def test_a_permission_that_was_taken_away_is_missed(own_account: Account) -> None:
    """The record isn't delivered; the journal has the sentence, the audit the call."""
    account = own_account
    url, queue = account.queue("outcomes")
    account.permit("sqs:SendMessage", resource=queue)
    name = account.deploy(FAILS)
    account.aws_lambda.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    account.permit("sqs:ReceiveMessage", resource=queue)
    account.aws_lambda.invoke(FunctionName=name, InvocationType="Event")
    account.cloud.clock.settle(30)
    assert account.messages(url) == []
    (incident,) = [
        one
        for one in account.cloud.asynchronous.journal.incidents(account=account.id)
        if one.kind == "destination"
    ]
    assert (
        f"assumed-role/execution/{name} is not authorized to perform: sqs:sendmessage"
        f" on resource: {queue}"
    ) in incident.message
    last = [
        row
        for call in account.cloud.gate.trail.calls(account.id)
        for row in rows(call)
        if row.action == "sqs:SendMessage"
    ]
    assert [row.decision for row in last] == ["deny"]


def test_a_role_that_is_gone_runs_nothing(fresh_account: Account) -> None:
    """Without its role a function gets no credentials, so no environment."""
    iam = fresh_account.client("iam")
    name = fresh_account.deploy(TELLS)
    iam.delete_role_policy(RoleName="execution", PolicyName="logs")
    iam.delete_role(RoleName="execution")
    invoke = fresh_account.aws_lambda.invoke
    assert refusal(invoke, FunctionName=name)[:2] == (
        "AccessDeniedException",
        "The role defined for the function cannot be assumed by Lambda.",
    )


def test_environments_outlive_no_credentials(own_account: Account) -> None:
    """A function that is never idle gets new ones before the old ones end."""
    own_account.permit("s3:ListAllMyBuckets")
    name = own_account.deploy(
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    s3.list_buckets()\n",
        MemorySize=256,
        Timeout=30,
    )
    for _ in range(74):
        assert own_account.invoke(name).error is None
        own_account.cloud.clock.advance(600)
