"""What IAM takes as a role's trust policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend, iam_backends

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
PERMISSION = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
WRONG = {
    "a permission policy": (PERMISSION, "Has prohibited field Resource"),
    "all but a resource": (
        {**TRUST, "NotResource": "*"},
        "Has prohibited field NotResource",
    ),
    "nobody": (
        {"Effect": "Allow", "Action": "sts:AssumeRole"},
        "Missing required field Principal",
    ),
    "another action": (
        {**TRUST, "Action": ["sts:AssumeRole", "s3:GetObject"]},
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
}


def policy(*statements: dict[str, Any]) -> str:
    """A policy as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def iam(fresh_account: Any) -> Any:
    """IAM of an empty account."""
    return fresh_account.client("iam")


@pytest.mark.parametrize(("statement", "words"), WRONG.values(), ids=list(WRONG))
def test_no_role_is_made_with_it(
    iam: Any, statement: dict[str, Any], words: str
) -> None:
    """The refusal says what is wrong, in AWS's words, and there is no role."""
    with pytest.raises(ClientError) as refusal:
        iam.create_role(
            RoleName="logger", AssumeRolePolicyDocument=policy(TRUST, statement)
        )
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicyDocument", words)
    assert iam.list_roles()["Roles"] == []


@pytest.mark.parametrize(("statement", "words"), WRONG.values(), ids=list(WRONG))
def test_no_role_is_changed_to_it(
    iam: Any, statement: dict[str, Any], words: str
) -> None:
    """A change is held to the same rules, and the old trust policy stays."""
    iam.create_role(RoleName="logger", AssumeRolePolicyDocument=policy(TRUST))
    with pytest.raises(ClientError, match=words):
        iam.update_assume_role_policy(
            RoleName="logger", PolicyDocument=policy(statement)
        )
    kept = iam.get_role(RoleName="logger")["Role"]["AssumeRolePolicyDocument"]
    assert kept["Statement"] == [TRUST]


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": []}', '{"Statement": 1}'])
def test_what_is_no_policy_is_malformed(iam: Any, text: str) -> None:
    """So is what isn't JSON at all."""
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        iam.create_role(RoleName="logger", AssumeRolePolicyDocument=text)


def test_a_missing_role_is_told_before_its_policy_is_read(iam: Any) -> None:
    """As AWS does: there is nothing that could be changed."""
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.update_assume_role_policy(RoleName="nobody", PolicyDocument="{")


def test_moto_takes_any_text(fresh_account: Any) -> None:
    """Without our part a role would be made: the seam is where it was."""
    backend = iam_backends[fresh_account.id]["aws"]
    IAMBackend.create_role(backend, "logger", "{", "/", None, "", [], None)
    assert [role.name for role in backend.get_roles()] == ["logger"]
