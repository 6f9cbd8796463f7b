"""AWS's managed policies: everybody has them, and each account attaches its own."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend, iam_backends

from tests.cloud.conftest import TRUST, Account

POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_each_account_counts_its_own_attachments(account: Account) -> None:
    """What one account attaches, another account's policy knows nothing of."""
    number, key, secret = account.cloud.fresh_account()
    other = Account(account.cloud, keys=(key, secret), account=number)
    iam = account.client("iam")
    iam.create_role(RoleName="logging", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="logging", PolicyArn=POLICY)

    attached, not_attached = (
        one.client("iam").get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"]
        for one in (account, other)
    )

    assert (attached, not_attached) == (1, 0)


def test_their_documents_are_aws_s(account: Account) -> None:
    """The policy of most functions lets them write logs, and do nothing else."""
    iam = account.client("iam")
    version = iam.get_policy_version(PolicyArn=POLICY, VersionId="v1")
    document = version["PolicyVersion"]["Document"]

    assert "logs:PutLogEvents" in json.dumps(document)


def test_an_account_copies_only_what_it_asks_for(account: Account) -> None:
    """Of more than a thousand policies a new account has one after one attachment."""
    number, key, secret = account.cloud.fresh_account()
    iam = Account(account.cloud, keys=(key, secret), account=number).client("iam")
    iam.create_role(RoleName="logging", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="logging", PolicyArn=POLICY)

    policies = iam_backends[number]["aws"].managed_policies
    kept = [policy for policy in policies._kept.values() if policy is not None]

    assert [policy.arn for policy in kept] == [POLICY]
    assert len(policies) > 1000


@pytest.mark.parametrize("name", ["attach_role_policy", "detach_role_policy"])
def test_a_policy_that_isnt_there_is_refused_in_moto_s_words(
    account: Account, name: str
) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)

    with pytest.raises(ClientError, match=r"NoSuchEntity.*Policy .*:policy/none "):
        getattr(iam, name)(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/none")


def test_a_detached_policy_counts_no_more(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="counted", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="counted", PolicyArn=POLICY)
    before = iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"]
    iam.detach_role_policy(RoleName="counted", PolicyArn=POLICY)

    after = iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"]
    attached = iam.list_attached_role_policies(RoleName="counted")["AttachedPolicies"]
    assert (before - after, attached) == (1, [])
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.detach_role_policy(RoleName="counted", PolicyArn=POLICY)


def test_moto_would_load_them_for_every_account() -> None:
    """moto asks for the policies in its constructor: the seam that we answer."""
    assert IAMBackend._init_managed_policies.__module__ == IAMBackend.__module__
