"""AWS's managed policies: everybody has them, and each account attaches its own."""

from __future__ import annotations

import json

from moto.iam.models import IAMBackend

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


def test_moto_would_load_them_for_every_account() -> None:
    """moto asks for the policies in its constructor: the seam that we answer."""
    assert IAMBackend._init_managed_policies.__module__ == IAMBackend.__module__
