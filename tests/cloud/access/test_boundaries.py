"""Permissions boundaries: what a user or role can be allowed at most."""

from __future__ import annotations

import pytest

from tests.cloud.access.conftest import Identity, allow, document, refusal
from tests.cloud.conftest import Account


@pytest.fixture
def boundary(fresh_account: Account) -> str:
    """The ARN of a policy for S3 alone."""
    made = fresh_account.client("iam").create_policy(
        PolicyName="limit", PolicyDocument=document(allow("s3:*"))
    )
    return str(made["Policy"]["Arn"])


def test_a_users_boundary_limits_him(
    fresh_account: Account, ann: Identity, boundary: str
) -> None:
    """While he has it, and whatever his policies allow."""
    iam = fresh_account.client("iam")
    ann.may(allow(["s3:*", "sqs:*"]))
    iam.put_user_permissions_boundary(UserName=ann.name, PermissionsBoundary=boundary)
    ann.client("s3").list_buckets()
    assert refusal(ann.client("sqs").list_queues)[1].endswith(
        "because no permissions boundary allows the sqs:listqueues action"
    )
    iam.delete_user_permissions_boundary(UserName=ann.name)
    ann.client("sqs").list_queues()


def test_a_boundary_is_shown_with_its_user(
    fresh_account: Account, boundary: str
) -> None:
    """moto forgets the one that a user is created with."""
    iam = fresh_account.client("iam")
    shown = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": boundary,
    }
    made = iam.create_user(UserName="kim", PermissionsBoundary=boundary)["User"]
    assert made["PermissionsBoundary"] == shown
    assert iam.get_user(UserName="kim")["User"]["PermissionsBoundary"] == shown
    iam.create_user(UserName="free")
    assert "PermissionsBoundary" not in iam.get_user(UserName="free")["User"]


def test_a_boundary_has_to_exist(fresh_account: Account) -> None:
    arn = f"arn:aws:iam::{fresh_account.id}:policy/nowhere"
    create = fresh_account.client("iam").create_user
    assert refusal(create, UserName="kim", PermissionsBoundary=arn)[:2] == (
        "NoSuchEntity",
        f"Scope ARN: {arn} does not exist or is not attachable.",
    )


def test_only_who_passes_the_boundary_on_may_make_users(
    ann: Identity, boundary: str
) -> None:
    """iam:PermissionsBoundary: how a delegated administrator is kept in bounds."""
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    ann.may(allow(["iam:CreateUser", "iam:PutUserPolicy"], Condition=condition))
    iam = ann.client("iam")
    assert refusal(iam.create_user, UserName="free")[0] == "AccessDenied"
    iam.create_user(UserName="bound", PermissionsBoundary=boundary)
    # Later requests don't pass it: the key is that of the user himself.
    policy = {"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))}
    iam.put_user_policy(UserName="bound", **policy)
    assert refusal(iam.put_user_policy, UserName=ann.name, **policy)[0] == (
        "AccessDenied"
    )
