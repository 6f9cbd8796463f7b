from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend, iam_backends

ALLOWS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)

TRUSTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def iam(fresh_account: Any) -> Any:
    """IAM of an account with the user mei, the group staff and the policy reads."""
    client = fresh_account.client("iam")
    client.create_user(UserName="mei")
    client.create_group(GroupName="staff")
    client.create_policy(PolicyName="reads", PolicyDocument=ALLOWS)
    return client


@pytest.fixture
def reads(fresh_account: Any) -> str:
    return f"arn:aws:iam::{fresh_account.id}:policy/reads"


def refusal(call: Any, **arguments: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def entity(first: str) -> tuple[str, str]:
    return "DeleteConflict", f"Cannot delete entity, {first}."


def test_a_user_with_keys_stays(iam: Any) -> None:
    """A user's access keys go first."""
    key = iam.create_access_key(UserName="mei")["AccessKey"]["AccessKeyId"]
    assert refusal(iam.delete_user, UserName="mei") == entity(
        "must delete access keys first"
    )
    iam.delete_access_key(UserName="mei", AccessKeyId=key)
    iam.delete_user(UserName="mei")


def test_a_user_with_a_password_stays(iam: Any) -> None:
    """A user's login profile goes first."""
    iam.create_login_profile(UserName="mei", Password="correct-Horse-7")
    assert refusal(iam.delete_user, UserName="mei") == entity(
        "must delete login profile first"
    )
    iam.delete_login_profile(UserName="mei")
    iam.delete_user(UserName="mei")


def test_members_and_their_group_stay(iam: Any) -> None:
    """Neither the member nor the group goes before the membership."""
    iam.add_user_to_group(GroupName="staff", UserName="mei")
    refused = entity("must remove users from group first")
    assert refusal(iam.delete_user, UserName="mei") == refused
    assert refusal(iam.delete_group, GroupName="staff") == refused
    iam.remove_user_from_group(GroupName="staff", UserName="mei")
    iam.delete_user(UserName="mei")
    iam.delete_group(GroupName="staff")


def test_a_group_with_policies_stays(iam: Any, reads: str) -> None:
    """Attached policies go before a group's own, and both before the group."""
    iam.attach_group_policy(GroupName="staff", PolicyArn=reads)
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=ALLOWS)
    assert refusal(iam.delete_group, GroupName="staff") == entity(
        "must detach all policies first"
    )
    iam.detach_group_policy(GroupName="staff", PolicyArn=reads)
    assert refusal(iam.delete_group, GroupName="staff") == entity(
        "must delete policies first"
    )


def test_a_policy_that_holds_somebody_stays(iam: Any, reads: str) -> None:
    """A policy that is attached can't be deleted."""
    iam.attach_user_policy(UserName="mei", PolicyArn=reads)
    assert refusal(iam.delete_policy, PolicyArn=reads) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    iam.detach_user_policy(UserName="mei", PolicyArn=reads)
    iam.delete_policy(PolicyArn=reads)


def test_a_boundary_stays(iam: Any, reads: str) -> None:
    """A policy that is somebody's permissions boundary can't be deleted."""
    iam.create_role(
        RoleName="bound",
        AssumeRolePolicyDocument=TRUSTS,
        PermissionsBoundary=reads,
    )
    assert refusal(iam.delete_policy, PolicyArn=reads)[0] == "DeleteConflict"


def test_a_policy_with_versions_stays(iam: Any, reads: str) -> None:
    """All versions but the default one go before the policy."""
    iam.create_policy_version(PolicyArn=reads, PolicyDocument=ALLOWS, SetAsDefault=True)
    code, said = refusal(iam.delete_policy, PolicyArn=reads)
    assert (code, said.split(".")[0]) == (
        "DeleteConflict",
        "This policy has more than one version",
    )
    iam.delete_policy_version(PolicyArn=reads, VersionId="v1")
    iam.delete_policy(PolicyArn=reads)


def test_who_isnt_there_cant_be_found(iam: Any, reads: str) -> None:
    """Deleting twice is NoSuchEntity, as before."""
    for call, arguments in (
        (iam.delete_user, {"UserName": "nobody"}),
        (iam.delete_group, {"GroupName": "nobody"}),
        (iam.delete_policy, {"PolicyArn": f"{reads}-too"}),
    ):
        assert refusal(call, **arguments)[0] == "NoSuchEntity"


def test_moto_deletes_a_user_with_its_keys(iam: Any, fresh_account: Any) -> None:
    """Without our part the user would be gone, keys and all: the seam is there."""
    iam.create_access_key(UserName="mei")
    backend = iam_backends[fresh_account.id]["aws"]
    IAMBackend.delete_user(backend, "mei")
    assert "mei" not in backend.users
