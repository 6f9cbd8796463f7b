"""What IAM says about names: nobody's, somebody's, and those that can't be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import TRUST, Account

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    }
)
CASES: list[tuple[str, Callable[[Any], object], str]] = [
    (
        "a role",
        lambda iam: iam.get_role(RoleName="no"),
        "The role with name no cannot be found.",
    ),
    (
        "a role to write to",
        lambda iam: iam.put_role_policy(
            RoleName="no", PolicyName="p", PolicyDocument=POLICY
        ),
        "The role with name no cannot be found.",
    ),
    (
        "a group",
        lambda iam: iam.get_group(GroupName="no"),
        "The group with name no cannot be found.",
    ),
    (
        "a user to rename",
        lambda iam: iam.update_user(UserName="no", NewUserName="yes"),
        "The user with name no cannot be found.",
    ),
    (
        "an instance profile",
        lambda iam: iam.get_instance_profile(InstanceProfileName="no"),
        "Instance Profile no cannot be found.",
    ),
    (
        "a managed policy",
        lambda iam: iam.get_policy(PolicyArn="arn:aws:iam::123456789012:policy/no"),
        "Policy arn:aws:iam::123456789012:policy/no was not found.",
    ),
    (
        "a version",
        lambda iam: iam.get_policy_version(
            PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", VersionId="v99"
        ),
        "Policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess version v99 does not "
        "exist or is not attachable.",
    ),
    (
        "an inline policy",
        lambda iam: iam.get_role_policy(RoleName="Cook", PolicyName="no"),
        "The role policy with name no cannot be found.",
    ),
    (
        "an inline policy to delete",
        lambda iam: iam.delete_role_policy(RoleName="Cook", PolicyName="no"),
        "The role policy with name no cannot be found.",
    ),
    (
        "a user's inline policy",
        lambda iam: iam.get_user_policy(UserName="Ada", PolicyName="no"),
        "The user policy with name no cannot be found.",
    ),
    (
        "a group's inline policy",
        lambda iam: iam.delete_group_policy(GroupName="Cooks", PolicyName="no"),
        "The group policy with name no cannot be found.",
    ),
    (
        "a login profile",
        lambda iam: iam.get_login_profile(UserName="Ada"),
        "Login Profile for User Ada cannot be found.",
    ),
]


@pytest.fixture(scope="module")
def iam(account: Account) -> Any:
    client = account.client("iam")
    client.create_role(RoleName="Cook", AssumeRolePolicyDocument=TRUST)
    client.create_user(UserName="Ada")
    client.create_group(GroupName="Cooks")
    return client


def _refused(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        ask()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("ask", "message"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_what_is_missing_is_named(
    iam: Any, ask: Callable[[Any], object], message: str
) -> None:
    """NoSuchEntity says of what kind and name nothing was found."""
    assert _refused(lambda: ask(iam)) == ("NoSuchEntity", message)


@pytest.mark.parametrize("name", ["Cook", "cook"])
def test_a_role_has_its_name_alone(iam: Any, name: str) -> None:
    """A second role of a name is refused, in whatever case it is written."""
    assert _refused(
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    ) == ("EntityAlreadyExists", f"Role with name {name} already exists.")


def test_users_and_groups_have_their_names_alone(iam: Any) -> None:
    """So it is for a user and for a group."""
    assert _refused(lambda: iam.create_user(UserName="ada")) == (
        "EntityAlreadyExists",
        "User with name ada already exists.",
    )
    assert _refused(lambda: iam.create_group(GroupName="Cooks")) == (
        "EntityAlreadyExists",
        "Group with name Cooks already exists.",
    )


@pytest.mark.parametrize(
    ("parameter", "create"),
    [
        (
            "roleName",
            lambda iam, name: iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=TRUST
            ),
        ),
        ("userName", lambda iam, name: iam.create_user(UserName=name)),
        ("groupName", lambda iam, name: iam.create_group(GroupName=name)),
        (
            "policyName",
            lambda iam, name: iam.create_policy(PolicyName=name, PolicyDocument=POLICY),
        ),
        (
            "instanceProfileName",
            lambda iam, name: iam.create_instance_profile(InstanceProfileName=name),
        ),
    ],
)
def test_a_name_has_its_letters(
    iam: Any, parameter: str, create: Callable[[Any, str], object]
) -> None:
    """A space isn't one of them, and there may be no more than 64 or 128."""
    longest = 64 if parameter in ("roleName", "userName") else 128
    assert _refused(lambda: create(iam, "head cook")) == (
        "ValidationError",
        f"The specified value for {parameter} is invalid. It must contain only "
        "alphanumeric characters and/or the following: +=,.@_-",
    )
    name = "x" * (longest + 1)
    assert _refused(lambda: create(iam, name)) == (
        "ValidationError",
        f"1 validation error detected: Value '{name}' at '{parameter}' failed to "
        "satisfy constraint: Member must have length less than or equal to "
        f"{longest}",
    )
