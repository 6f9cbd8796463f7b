"""`cloud.audit()`, and the account as a role or a user sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from grader.errors import LabError, WrongUse
from grader.lab import Cloud
from grader.lab.cloud import Keys

Deploy = Callable[..., str]


def test_every_call_is_listed(cloud: Cloud) -> None:
    """By whom, what, on what, and why it was allowed; as text and as HTML."""
    cloud.client("s3").create_bucket(Bucket="audited-bucket")
    (row,) = [one for one in cloud.audit() if one.action == "s3:CreateBucket"]
    assert row.principal == f"arn:aws:iam::{cloud.account}:user/administrator"
    assert row.resource == "arn:aws:s3:::audited-bucket"
    assert (row.decision, row.error) == ("allow", None)
    assert row.time.tzinfo is not None and row.request_id
    assert "s3:CreateBucket" in repr(cloud.audit())
    assert "<td>s3:CreateBucket</td>" in cloud.audit()._repr_html_()


def test_an_error_of_the_service_is_told(cloud: Cloud) -> None:
    """What was allowed can still go wrong."""
    with pytest.raises(ClientError):
        cloud.client("dynamodb").describe_table(TableName="nowhere")
    (row,) = [one for one in cloud.audit() if one.action == "dynamodb:DescribeTable"]
    assert (row.decision, row.error) == ("allow", "ResourceNotFoundException")


def test_a_functions_calls_are_its_roles(cloud: Cloud, deploy: Deploy) -> None:
    """They are found by the role's name, under the session of the function."""
    deploy(
        cloud,
        "lister",
        "import boto3; boto3.client('s3').list_buckets()",
        may=["s3:ListAllMyBuckets"],
    )
    cloud.client("lambda").invoke(FunctionName="lister")
    rows = [one for one in cloud.audit("lister-role") if one.action.startswith("s3:")]
    assert [(one.principal, one.allowed) for one in rows] == [
        (f"arn:aws:sts::{cloud.account}:assumed-role/lister-role/lister", True)
    ]
    assert rows[0].because == "allowed: statement 1 of may"


def test_a_denial_is_explained(cloud: Cloud, deploy: Deploy) -> None:
    """why() leads from the function's failure to the statement that was closest."""
    deploy(
        cloud,
        "saver",
        "import boto3; boto3.client('dynamodb').put_item("
        "TableName='notes', Item={'id': {'S': '1'}})",
        may=["dynamodb:GetItem"],
    )
    cloud.client("lambda").invoke(FunctionName="saver")
    said = cloud.why().text
    assert "saver failed" in said
    assert "is not authorized to perform: dynamodb:PutItem" in said
    assert "Statement 1 of may came closest." in said
    assert "the request needs dynamodb:PutItem" in said


def test_a_role_sees_what_it_may(cloud: Cloud, deploy: Deploy) -> None:
    """as_role gives a handle, whomever the role trusts."""
    deploy(cloud, "reader", "pass", may=["s3:ListAllMyBuckets"])
    role = cloud.as_role("reader-role")
    role.client("s3").list_buckets()
    with pytest.raises(
        ClientError, match="is not authorized to perform: iam:ListRoles"
    ):
        role.client("iam").list_roles()
    assert role.account == cloud.account
    assert "the role reader-role (session lab) was refused iam:ListRoles" in (
        role.why().text
    )


def test_a_user_sees_what_he_may(cloud: Cloud) -> None:
    """as_user is the user, keys or not."""
    cloud.client("iam").create_user(UserName="ann")
    identity = cloud.as_user("ann").client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{cloud.account}:user/ann"
    row = cloud.audit("ann")[-1]
    assert row.action == "sts:GetCallerIdentity" and row.allowed
    assert row.because == "nobody needs permission for it"


def test_nobody_is_named_so(cloud: Cloud) -> None:
    """A name that isn't there is answered with those that are."""
    with pytest.raises(WrongUse, match=r"no user is named .bob.*administrator"):
        cloud.as_user("bob")
    with pytest.raises(WrongUse, match=r"no role is named .None."):
        cloud.as_role(None)  # type: ignore[arg-type]


def test_only_the_lab_lends_itself() -> None:
    """On AWS it is STS that decides."""
    real = Cloud(None, "us-east-1", keys=Keys("a", "b"), account="123456789012")
    with pytest.raises(LabError, match=r"sts\.assume_role"):
        real.as_role("reader")
    with pytest.raises(LabError, match="CloudTrail"):
        real.audit()


def test_a_function_that_may_not_log_is_explained(cloud: Cloud, deploy: Deploy) -> None:
    """Its log stays empty; why() says what its role lacks."""
    deploy(cloud, "mute", "print('hello')")
    cloud.client("iam").delete_role_policy(RoleName="mute-role", PolicyName="logs")
    cloud.client("lambda").invoke(FunctionName="mute")
    assert cloud.logs("mute") == []
    said = cloud.why().text
    assert "the role mute-role (session mute) was refused logs:CreateLogGroup" in said
