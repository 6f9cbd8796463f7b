"""Temporary credentials stand for a role, a user or a federated user, for a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.access.conftest import Identity, allow, document, refusal, user
from tests.cloud.conftest import TRUST, Account


def role(account: Account, name: str, trust: str, *statements: Any) -> str:
    iam = account.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="may", PolicyDocument=document(*statements)
        )
    return str(made["Role"]["Arn"])


def trusting(*principals: str) -> str:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": list(principals)},
            "Action": "sts:AssumeRole",
        }
    )


def assumed(who: Any, arn: str, **more: Any) -> Identity:
    account = who if isinstance(who, Account) else who.account
    sts = who.client("sts")
    made = sts.assume_role(RoleArn=arn, RoleSessionName="trial", **more)
    keys = made["Credentials"]
    return Identity(
        account,
        "trial",
        made["AssumedRoleUser"]["Arn"],
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
    )


def test_a_session_may_what_its_role_may(fresh_account: Account) -> None:
    """It is told as arn:aws:sts::…:assumed-role/role/session."""
    arn = role(
        fresh_account,
        "reader",
        trusting(fresh_account.id),
        allow("s3:ListAllMyBuckets"),
    )
    session = assumed(fresh_account, arn)
    assert session.arn == f"arn:aws:sts::{fresh_account.id}:assumed-role/reader/trial"
    assert session.client("sts").get_caller_identity()["Arn"] == session.arn
    session.client("s3").list_buckets()
    _, message, _ = refusal(session.client("iam").list_users)
    assert message.startswith(f"User: {session.arn} is not authorized to perform:")


def test_a_role_for_a_service_is_nobody_elses(fresh_account: Account) -> None:
    """Its trust policy refuses the administrator, too, without saying why."""
    arn = role(fresh_account, "of-lambda", TRUST)
    call = fresh_account.client("sts").assume_role
    who = f"arn:aws:iam::{fresh_account.id}:user/administrator"
    assert refusal(call, RoleArn=arn, RoleSessionName="trial") == (
        "AccessDenied",
        f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        403,
    )


def test_a_role_that_isnt_there_is_refused_alike(fresh_account: Account) -> None:
    """Nobody learns from STS whether there is such a role."""
    arn = f"arn:aws:iam::{fresh_account.id}:role/nowhere"
    call = fresh_account.client("sts").assume_role
    code, message, _ = refusal(call, RoleArn=arn, RoleSessionName="trial")
    assert code == "AccessDenied" and message.endswith(f"on resource: {arn}")


def test_the_account_trusts_whom_its_own_policies_let(
    fresh_account: Account, ann: Identity
) -> None:
    """Trust in the account leaves it to identity policies; trust in a user doesn't."""
    arn = role(fresh_account, "for-all", trusting(fresh_account.id))
    call = ann.client("sts").assume_role
    assert refusal(call, RoleArn=arn, RoleSessionName="trial")[0] == "AccessDenied"
    ann.may(allow("sts:AssumeRole", arn))
    assumed(ann, arn)
    other = role(fresh_account, "hers", trusting(ann.arn))
    fresh_account.client("iam").delete_user_policy(UserName=ann.name, PolicyName="may")
    assumed(ann, other)


def test_an_external_id_is_asked_for(fresh_account: Account) -> None:
    """sts:ExternalId is what the caller passes."""
    trust = json.loads(trusting(fresh_account.id))
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "secret"}}
    arn = role(fresh_account, "external", json.dumps(trust))
    call = fresh_account.client("sts").assume_role
    assert refusal(call, RoleArn=arn, RoleSessionName="trial")[0] == "AccessDenied"
    assumed(fresh_account, arn, ExternalId="secret")


def test_a_session_policy_narrows_a_role(fresh_account: Account) -> None:
    """Given as text or by ARN; what both allow is allowed."""
    arn = role(
        fresh_account,
        "wide",
        trusting(fresh_account.id),
        allow(["s3:ListAllMyBuckets", "iam:ListUsers"]),
    )
    narrow = assumed(
        fresh_account, arn, Policy=document(allow(["s3:ListAllMyBuckets", "sqs:*"]))
    )
    narrow.client("s3").list_buckets()
    assert refusal(narrow.client("iam").list_users)[1].endswith(
        "because no session policy allows the iam:ListUsers action"
    )
    assert refusal(narrow.client("sqs").list_queues)[1].endswith(
        "because no identity-based policy allows the sqs:listqueues action"
    )
    by_arn = assumed(
        fresh_account,
        arn,
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}],
    )
    by_arn.client("iam").list_users()
    assert "no session policy" in refusal(by_arn.client("s3").list_buckets)[1]


def test_a_boundary_limits_a_role(fresh_account: Account) -> None:
    """What the boundary doesn't allow isn't allowed, whatever the role's policies."""
    iam = fresh_account.client("iam")
    boundary = iam.create_policy(
        PolicyName="limit", PolicyDocument=document(allow("s3:*"))
    )["Policy"]["Arn"]
    arn = role(
        fresh_account, "limited", trusting(fresh_account.id), allow(["s3:*", "iam:*"])
    )
    iam.put_role_permissions_boundary(RoleName="limited", PermissionsBoundary=boundary)
    session = assumed(fresh_account, arn)
    session.client("s3").list_buckets()
    assert refusal(session.client("iam").list_users)[1].endswith(
        "because no permissions boundary allows the iam:ListUsers action"
    )


def test_a_token_ends(own_account: Account) -> None:
    """On the lab's clock, with each protocol's code for it."""
    arn = role(own_account, "short", trusting(own_account.id), allow("*"))
    session = assumed(own_account, arn, DurationSeconds=900)
    own_account.cloud.clock.advance(899)
    session.client("s3").list_buckets()
    own_account.cloud.clock.advance(2)
    codes = [
        refusal(getattr(session.client(service), call))[0]
        for service, call in {
            "iam": "list_users",
            "dynamodb": "list_tables",
            "lambda": "list_functions",
            "s3": "list_buckets",
        }.items()
    ]
    assert codes == [
        "ExpiredToken",
        "ExpiredTokenException",
        "ExpiredTokenException",
        "ExpiredToken",
    ]


def test_a_key_of_sts_is_nothing_without_its_token(fresh_account: Account) -> None:
    arn = role(fresh_account, "tokenless", trusting(fresh_account.id), allow("*"))
    session = assumed(fresh_account, arn)
    without = Identity(
        fresh_account, "", "", session.access_key_id, session.secret_access_key
    )
    assert refusal(without.client("iam").list_users)[0] == "InvalidClientTokenId"


def test_a_session_token_is_the_users_own(fresh_account: Account) -> None:
    """GetSessionToken: the same user, for a time."""
    ann = user(fresh_account, allow("s3:ListAllMyBuckets"))
    keys = ann.client("sts").get_session_token()["Credentials"]
    session = Identity(
        fresh_account,
        ann.name,
        ann.arn,
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
    )
    assert session.client("sts").get_caller_identity()["Arn"] == ann.arn
    session.client("s3").list_buckets()
    assert refusal(session.client("sqs").list_queues)[0] == "AccessDenied"
    assert refusal(session.client("sts").get_session_token)[:2] == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_a_session_policy_has_to_be_one(fresh_account: Account) -> None:
    """What isn't a policy is refused when the session begins."""
    arn = role(fresh_account, "picky", trusting(fresh_account.id))
    call = fresh_account.client("sts").assume_role
    code, _, _ = refusal(call, RoleArn=arn, RoleSessionName="trial", Policy="{}")
    assert code == "MalformedPolicyDocument"


def test_a_federated_user_may_what_both_policies_allow(fresh_account: Account) -> None:
    """The user's who vouches, and those passed with GetFederationToken."""
    ann = user(
        fresh_account, allow(["sts:GetFederationToken", "s3:ListAllMyBuckets", "sqs:*"])
    )
    made = ann.client("sts").get_federation_token(
        Name="bob", Policy=document(allow("s3:*"))
    )
    keys = made["Credentials"]
    bob = Identity(
        fresh_account,
        "bob",
        made["FederatedUser"]["Arn"],
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
    )
    assert bob.arn == f"arn:aws:sts::{fresh_account.id}:federated-user/bob"
    bob.client("s3").list_buckets()
    assert refusal(bob.client("sqs").list_queues)[0] == "AccessDenied"


@pytest.mark.parametrize("seconds", [3601, 43200])
def test_a_session_lasts_as_long_as_its_role_allows(
    fresh_account: Account, seconds: int
) -> None:
    """MaxSessionDuration, an hour unless it was set."""
    arn = role(fresh_account, "an-hour", trusting(fresh_account.id))
    call = fresh_account.client("sts").assume_role
    code, message, _ = refusal(
        call, RoleArn=arn, RoleSessionName="trial", DurationSeconds=seconds
    )
    assert code == "ValidationError"
    assert message.startswith("The requested DurationSeconds exceeds the MaxSession")


def test_a_functions_calls_are_its_roles(fresh_account: Account) -> None:
    """The session of an execution role has the function's name."""
    name = fresh_account.deploy(
        "import boto3\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        boto3.client('dynamodb').list_tables()\n"
        "    except Exception as error:\n"
        "        return str(error)\n",
        MemorySize=256,
        Timeout=30,
    )
    said = fresh_account.invoke(name).payload
    who = f"arn:aws:sts::{fresh_account.id}:assumed-role/execution/{name}"
    assert f"User: {who} is not authorized to perform: dynamodb:ListTables" in said
    fresh_account.permit("dynamodb:ListTables")
    assert fresh_account.invoke(name).payload is None
