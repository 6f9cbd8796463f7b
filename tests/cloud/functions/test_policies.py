"""Resource policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.cloud import functions

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"
USER = "arn:aws:iam::210987654321:user/a"
INVALID = "InvalidParameterValueException"
S3 = {
    "FunctionName": "greet",
    "StatementId": "s3",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
}


def test_writes_the_statement_as_aws_does(aws: Any, create: Create) -> None:
    """Members in AWS's order, no blanks."""
    create()
    answer = aws.add_permission(
        **S3, SourceArn="arn:aws:s3:::photos", SourceAccount="123456789012"
    )
    assert answer["Statement"] == (
        '{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},'
        f'"Action":"lambda:InvokeFunction","Resource":"{ARN}",'
        '"Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},'
        '"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::photos"}}}'
    )


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
        ("alexa-appkit.amazon.com", {"Service": "alexa-appkit.amazon.com"}),
        ("210987654321", {"AWS": "arn:aws:iam::210987654321:root"}),
        (
            "arn:aws:iam::210987654321:user/a",
            {"AWS": "arn:aws:iam::210987654321:user/a"},
        ),
        ("*", "*"),
    ],
)
def test_writes_each_principal_in_its_form(
    aws: Any, create: Create, given: str, written: Any
) -> None:
    """Services, accounts, ARNs and everybody."""
    create()
    answer = aws.add_permission(**{**S3, "Principal": given})
    assert json.loads(answer["Statement"])["Principal"] == written


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (
            {"PrincipalOrgID": "o-1234567890"},
            {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
        ),
        (
            {"EventSourceToken": "token"},
            {"StringEquals": {"lambda:EventSourceToken": "token"}},
        ),
        (
            {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
        (
            {"InvokedViaFunctionUrl": True},
            {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        ),
    ],
)
def test_writes_each_condition(
    aws: Any, create: Create, condition: dict[str, Any], written: dict[str, Any]
) -> None:
    """Each parameter becomes its condition key."""
    create()
    answer = aws.add_permission(**{**S3, "Principal": "*", **condition})
    assert json.loads(answer["Statement"])["Condition"] == written


def test_refuses_a_statement_id_twice(
    aws: Any, create: Create, refused: Refused
) -> None:
    """A Sid is used once."""
    create()
    aws.add_permission(**S3)
    assert refused(aws.add_permission, **S3) == (
        "ResourceConflictException",
        "The statement id (s3) provided already exists. Please provide a new statement"
        " id, or remove the existing statement.",
        409,
    )


def test_refuses_an_unknown_principal(
    aws: Any, create: Create, refused: Refused
) -> None:
    """Neither service, account, ARN nor *."""
    create()
    assert refused(aws.add_permission, **{**S3, "Principal": "somebody"}) == (
        INVALID,
        "The provided principal was invalid. Please check the principal and try again.",
        400,
    )


def test_refuses_latest(aws: Any, create: Create, refused: Refused) -> None:
    """A policy is the function's, a version's or an alias's."""
    create()
    assert refused(aws.add_permission, **S3, Qualifier="$LATEST") == (
        INVALID,
        "We currently do not support adding policies for $LATEST.",
        400,
    )


def test_reads_the_policy(aws: Any, create: Create) -> None:
    """The document has AWS's frame."""
    create()
    statement = json.loads(aws.add_permission(**S3)["Statement"])
    policy = json.loads(aws.get_policy(FunctionName="greet")["Policy"])
    assert policy == {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [statement],
    }


def test_an_alias_has_its_own_policy(aws: Any, create: Create) -> None:
    """Its statement names the qualified ARN."""
    create(Publish=True)
    aws.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")
    statement = json.loads(aws.add_permission(**S3, Qualifier="live")["Statement"])
    assert statement["Resource"] == f"{ARN}:live"
    assert functions.policy("123456789012", "us-east-1", "greet", None) is None


def test_says_that_there_is_no_policy(
    aws: Any, create: Create, refused: Refused
) -> None:
    """A function starts without."""
    create()
    assert refused(aws.get_policy, FunctionName="greet") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
        404,
    )


def test_removing_the_last_statement_removes_the_policy(
    aws: Any, create: Create, refused: Refused
) -> None:
    """No empty policy remains."""
    create()
    aws.add_permission(**S3)
    aws.remove_permission(FunctionName="greet", StatementId="s3")
    code, _, _ = refused(aws.get_policy, FunctionName="greet")
    assert code == "ResourceNotFoundException"


def test_says_which_statement_is_missing(
    aws: Any, create: Create, refused: Refused
) -> None:
    """AWS's words for a Sid that isn't there."""
    create()
    aws.add_permission(**S3)
    assert refused(
        aws.remove_permission, FunctionName="greet", StatementId="other"
    ) == (
        "ResourceNotFoundException",
        "Statement other is not found in resource policy.",
        404,
    )


def test_holds_to_the_revision(aws: Any, create: Create, refused: Refused) -> None:
    """The policy's revision guards it."""
    create()
    assert refused(aws.add_permission, **S3, RevisionId="another") == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the"
        " GetPolicy API to retrieve the latest Revision Id",
        412,
    )


def test_a_policy_retires_no_environment(aws: Any, create: Create) -> None:
    """What runs doesn't depend on who may call it."""
    create()
    before = functions.find("123456789012", "us-east-1", "greet", None)
    aws.add_permission(**S3)
    after = functions.find("123456789012", "us-east-1", "greet", None)
    assert after.version.revision == before.version.revision
