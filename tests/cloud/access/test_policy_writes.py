"""What IAM refuses when a policy is written, with AWS's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import moto.iam.policy_validation
import pytest
from botocore.exceptions import ClientError
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend

from tests.cloud.conftest import TRUST, Account

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ASSUME = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
Refusal = Callable[..., tuple[str, str, int]]


def document(*statements: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
    """Code, message and status of a refused call."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response
    status = error["ResponseMetadata"]["HTTPStatusCode"]
    return error["Error"]["Code"], error["Error"]["Message"], status


@pytest.fixture(scope="module")
def iam(account: Account) -> Any:
    client = account.client("iam")
    client.create_user(UserName="ana")
    client.create_group(GroupName="staff")
    client.create_role(RoleName="desk", AssumeRolePolicyDocument=TRUST)
    return client


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reception", "Syntax errors in policy."),
        ("[]", "Syntax errors in policy."),
        (document(STATEMENT)[:-1], "Syntax errors in policy."),
        (document(STATEMENT, Owner="me"), "Syntax errors in policy."),
        (document({**STATEMENT, "Actions": "*"}), "Syntax errors in policy."),
        (document({**STATEMENT, "Effect": "allow it"}), "Syntax errors in policy."),
        (document(), "Syntax errors in policy."),
        (
            document({**STATEMENT, "Condition": {"StringMatches": {"a": "b"}}}),
            "Syntax errors in policy.",
        ),
        (
            json.dumps({"Statement": [STATEMENT]}),
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (
            document({"Effect": "Allow", "Resource": "*"}),
            "Policy statement must contain actions.",
        ),
        (
            document({"Effect": "Allow", "Action": "s3:*"}),
            "Policy statement must contain resources.",
        ),
        (
            document({**STATEMENT, "Action": "GetObject"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2,"
            " etc.",
        ),
        (
            document({**STATEMENT, "Action": "s3:Get:Object"}),
            "Actions/Condition can contain only one colon.",
        ),
        (
            document({**STATEMENT, "Resource": "my-table"}),
            'Resource my-table must be in ARN format or "*".',
        ),
        (
            document({**STATEMENT, "Resource": "arn:amazon:s3:::studio"}),
            'Partition "amazon" is not valid for resource "arn:amazon:s3:::studio".',
        ),
        (
            document({**STATEMENT, "Resource": "arn:aws"}),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            document({**STATEMENT, "Sid": "One"}, {**STATEMENT, "Sid": "One"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            document({**STATEMENT, "Sid": "read only"}),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies"
            " the regular expression [0-9A-Za-z]*",
        ),
        (
            document({**STATEMENT, "Principal": "*"}),
            "Policy document should not specify a principal.",
        ),
        (" " + document(STATEMENT), "The policy failed legacy parsing"),
        (
            document({**STATEMENT, "Condition": {"DateLessThan": {"a": "soon"}}}),
            "The policy failed legacy parsing",
        ),
    ],
)
def test_a_malformed_identity_based_policy(iam: Any, text: str, message: str) -> None:
    """Wherever it is written, it isn't kept."""
    expected = ("MalformedPolicyDocument", message, 400)
    name = {"PolicyName": "broken", "PolicyDocument": text}
    assert refusal(iam.create_policy, **name) == expected
    assert refusal(iam.put_user_policy, UserName="ana", **name) == expected
    assert refusal(iam.put_role_policy, RoleName="desk", **name) == expected
    assert refusal(iam.put_group_policy, GroupName="staff", **name) == expected
    assert iam.list_user_policies(UserName="ana")["PolicyNames"] == []


@pytest.mark.parametrize(
    "statement",
    [
        STATEMENT,
        {**STATEMENT, "Sid": "ReadOnly1"},
        {**STATEMENT, "Condition": {"NumericLessThan": {"s3:max-keys": 10}}},
        {**STATEMENT, "Condition": {"Bool": {"aws:SecureTransport": True}}},
        {**STATEMENT, "Condition": {"ForAllValues:StringLikeIfExists": {"a:b": []}}},
        {"Effect": "Deny", "NotAction": ["iam:*"], "NotResource": "arn:aws:s3:::a/*"},
    ],
)
def test_a_policy_that_iam_takes(iam: Any, statement: Any) -> None:
    """Quotation marks are optional for numeric and Boolean values."""
    iam.put_role_policy(
        RoleName="desk", PolicyName="one", PolicyDocument=document(statement)
    )
    kept = iam.get_role_policy(RoleName="desk", PolicyName="one")["PolicyDocument"]
    assert kept["Statement"] == [statement]
    iam.delete_role_policy(RoleName="desk", PolicyName="one")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reception.json", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        (" " + document(ASSUME), "JSON strings must not have leading spaces"),
        (document({**ASSUME, "Resource": "*"}), "Has prohibited field Resource"),
        (document({**ASSUME, "Actions": "*"}), "Unknown field Actions"),
        (json.dumps({"statement": [ASSUME]}), "Unknown field statement"),
        (document(), "Missing required field Statement"),
        (document("Allow"), "This policy contains invalid Json"),
        (
            document(ASSUME, Version="2026-01-01"),
            "The policy must contain a valid version string",
        ),
        (
            document({k: v for k, v in ASSUME.items() if k != "Principal"}),
            "Missing required field Principal",
        ),
        (
            document({k: v for k, v in ASSUME.items() if k != "Effect"}),
            "Missing required field Effect",
        ),
        (
            document({k: v for k, v in ASSUME.items() if k != "Action"}),
            "Missing required field Action",
        ),
        (document({**ASSUME, "Effect": "Permit"}), "Invalid effect: Permit"),
        (
            document({**ASSUME, "Action": ["sts:AssumeRole", "s3:GetObject"]}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            document({**ASSUME, "Principal": "*"}),
            'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
        ),
        (
            document({**ASSUME, "Principal": {"Service": "lambda"}}),
            'Invalid principal in policy: "SERVICE":"lambda"',
        ),
        (
            document({**ASSUME, "Principal": {"AWS": "ana"}}),
            'Invalid principal in policy: "AWS":"ana"',
        ),
        (
            document({**ASSUME, "Principal": {"AWS": []}}),
            "Invalid principal in policy: com.amazon.balsa.error."
            "InvalidPolicyException: The passed in policy has a statement with no"
            " principals!",
        ),
        (
            document({**ASSUME, "Condition": {"StringMatches": {"a": "b"}}}),
            "Invalid Condition type : StringMatches",
        ),
    ],
)
def test_a_malformed_trust_policy(iam: Any, text: str, message: str) -> None:
    """Neither a new role nor an old one gets it."""
    expected = ("MalformedPolicyDocument", message, 400)
    got = refusal(iam.create_role, RoleName="new", AssumeRolePolicyDocument=text)
    assert got == expected
    got = refusal(iam.update_assume_role_policy, RoleName="desk", PolicyDocument=text)
    assert got == expected
    assert refusal(iam.get_role, RoleName="new")[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    "statement",
    [
        ASSUME,
        {**ASSUME, "Principal": {"AWS": "*"}},
        {**ASSUME, "Principal": {"AWS": "111122223333"}},
        {**ASSUME, "Action": ["sts:AssumeRole", "sts:TagSession"]},
        {**ASSUME, "Principal": {"Federated": "accounts.google.com"}},
        {**ASSUME, "Condition": {"StringEquals": {"sts:ExternalId": "1"}}},
    ],
)
def test_a_trust_policy_that_iam_takes(iam: Any, statement: Any) -> None:
    """Also of the earlier version."""
    for version in ("2012-10-17", "2008-10-17"):
        text = document(statement, Version=version)
        iam.update_assume_role_policy(RoleName="desk", PolicyDocument=text)


def test_a_missing_role_is_told_before_its_policy_is_read(iam: Any) -> None:
    """There is nothing that could be changed."""
    wrong = {"RoleName": "nobody", "PolicyDocument": "{"}
    assert refusal(iam.update_assume_role_policy, **wrong)[0] == "NoSuchEntity"


def test_a_trusted_user_or_role_has_to_exist(account: Account, iam: Any) -> None:
    """A typing error in a name is found out at once."""
    for kind, name in (("user", "ana"), ("role", "desk")):
        good = f"arn:aws:iam::{account.id}:{kind}/{name}"
        text = document({**ASSUME, "Principal": {"AWS": good}})
        iam.update_assume_role_policy(RoleName="desk", PolicyDocument=text)
        got = refusal(
            iam.update_assume_role_policy,
            RoleName="desk",
            PolicyDocument=text.replace(good, good + "x"),
        )
        assert got[1] == f'Invalid principal in policy: "AWS":"{good}x"'


def long(size: int) -> str:
    """A policy of this many characters, white space not counted."""
    text = document({**STATEMENT, "Sid": ""})
    missing = size - sum(not one.isspace() for one in text)
    return text.replace('"Sid": ""', f'"Sid": "{"x" * missing}"') + "\n" * 5_000


def test_a_managed_policy_has_6144_characters_at_most(iam: Any) -> None:
    """White space isn't counted."""
    arn = iam.create_policy(PolicyName="long", PolicyDocument=long(6_144))["Policy"]
    expected = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    too_long = {"PolicyDocument": long(6_145)}
    assert refusal(iam.create_policy, PolicyName="longer", **too_long) == expected
    got = refusal(iam.create_policy_version, PolicyArn=arn["Arn"], **too_long)
    assert got == expected


@pytest.mark.parametrize(
    ("kind", "owner", "limit"),
    [("user", "ana", 2_048), ("group", "staff", 5_120), ("role", "desk", 10_240)],
)
def test_inline_policies_share_a_size(
    iam: Any, kind: str, owner: str, limit: int
) -> None:
    """A new one has to fit beside the others; an old one may be written anew."""
    put = getattr(iam, f"put_{kind}_policy")
    named = {f"{kind.title()}Name": owner}
    put(**named, PolicyName="first", PolicyDocument=long(limit - 100))
    expected = (
        "LimitExceeded",
        f"Maximum policy size of {limit} bytes exceeded for {kind} {owner}",
        409,
    )
    got = refusal(put, **named, PolicyName="second", PolicyDocument=long(150))
    assert got == expected
    put(**named, PolicyName="first", PolicyDocument=long(limit))
    getattr(iam, f"delete_{kind}_policy")(**named, PolicyName="first")


def test_a_trust_policy_has_2048_characters_at_most(iam: Any) -> None:
    """For a new role and for an old one."""
    text = document(*[{**ASSUME, "Sid": "x" * 1_000}] * 2)
    expected = ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)
    got = refusal(iam.create_role, RoleName="new", AssumeRolePolicyDocument=text)
    assert got == expected
    got = refusal(iam.update_assume_role_policy, RoleName="desk", PolicyDocument=text)
    assert got == expected


def test_moto_by_itself_takes_and_refuses_otherwise() -> None:
    """When this fails, moto has learnt what this cloud adds."""
    identity = moto.iam.policy_validation.IAMPolicyDocumentValidator
    identity(document({**STATEMENT, "Principal": "*"})).validate()
    identity(document({**STATEMENT, "Sid": "read only"})).validate()
    identity(" " + document(STATEMENT)).validate()
    identity(long(20_000)).validate()
    number = {**STATEMENT, "Condition": {"NumericLessThan": {"s3:max-keys": 10}}}
    with pytest.raises(MalformedPolicyDocument):
        identity(document(number)).validate()
    trust = moto.iam.policy_validation.IAMTrustPolicyDocumentValidator
    trust(document({**ASSUME, "Principal": {"Service": "lambda"}})).validate()
    with pytest.raises(MalformedPolicyDocument):
        trust(document(ASSUME, Version="2008-10-17")).validate()
    IAMBackend("us-east-1", "999999999999").create_role(
        "unchecked", "no JSON", "/", None, "", [], None
    )
