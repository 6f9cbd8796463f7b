"""IAM's policy simulator."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import moto.iam.responses
import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import TRUST, Account

TABLE = "arn:aws:dynamodb:eu-west-1:{account}:table/enquiries"
GET, DELETE = "dynamodb:GetItem", "dynamodb:DeleteItem"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def iam(account: Account) -> Any:
    """IAM with a user in a group, and a role: each with policies and one boundary."""
    client = account.client("iam")
    table = TABLE.format(account=account.id)
    client.create_user(UserName="ana", Tags=[{"Key": "team", "Value": "blue"}])
    client.create_group(GroupName="staff")
    client.add_user_to_group(GroupName="staff", UserName="ana")
    client.put_user_policy(
        UserName="ana", PolicyName="reads", PolicyDocument=document(allow(GET, table))
    )
    client.put_group_policy(
        GroupName="staff", PolicyName="keeps", PolicyDocument=document(deny(DELETE))
    )
    made = client.create_policy(
        PolicyName="own-home",
        PolicyDocument=document(
            allow("s3:GetObject", "arn:aws:s3:::studio/${aws:username}/*")
        ),
    )
    client.attach_user_policy(UserName="ana", PolicyArn=made["Policy"]["Arn"])
    client.create_role(RoleName="desk", AssumeRolePolicyDocument=TRUST)
    client.put_role_policy(
        RoleName="desk", PolicyName="all", PolicyDocument=document(allow("*"))
    )
    limit = client.create_policy(
        PolicyName="limit", PolicyDocument=document(allow("dynamodb:*"))
    )
    client.put_role_permissions_boundary(
        RoleName="desk", PermissionsBoundary=limit["Policy"]["Arn"]
    )
    return client


@pytest.fixture(scope="module")
def ana(account: Account) -> str:
    return f"arn:aws:iam::{account.id}:user/ana"


@pytest.fixture(scope="module")
def table(account: Account) -> str:
    return TABLE.format(account=account.id)


def custom(iam: Any, *statements: Any, **parameters: Any) -> list[dict[str, Any]]:
    """The results of simulating one policy."""
    parameters.setdefault("ActionNames", [GET])
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document(*statements)], **parameters
    )
    results: list[dict[str, Any]] = answer["EvaluationResults"]
    return results


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow(GET)], "allowed"),
        ([allow(DELETE)], "implicitDeny"),
        ([allow(GET), deny("dynamodb:*")], "explicitDeny"),
    ],
)
def test_a_policy_is_simulated(iam: Any, statements: Any, decision: str) -> None:
    """Nobody has to have it."""
    [result] = custom(iam, *statements)
    assert (result["EvalActionName"], result["EvalDecision"]) == (GET, decision)


def test_the_deciding_statement_is_shown(iam: Any) -> None:
    """By its policy and its place; a deny alone where there is one."""
    [result] = custom(iam, allow(GET), deny(GET))
    text = document(allow(GET), deny(GET))
    start, end = text.index("}, {") + 3, len(text) - 1
    assert result["MatchedStatements"] == [
        {
            "SourcePolicyId": "PolicyInputList.1",
            "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 1, "Column": start},
            "EndPosition": {"Line": 1, "Column": end},
        }
    ]


def test_an_implicit_deny_matched_nothing(iam: Any) -> None:
    """There is no statement that made it."""
    [result] = custom(iam, allow(DELETE))
    assert result["MatchedStatements"] == []


def test_every_resource_has_its_result(iam: Any, table: str) -> None:
    """The result above them is the most restrictive, for the type of resource."""
    other = table.replace("enquiries", "bookings")
    [result] = custom(iam, allow(GET, table), ResourceArns=[table, other])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalResourceName"] == (
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
    )
    assert [
        (one["EvalResourceName"], one["EvalResourceDecision"])
        for one in result["ResourceSpecificResults"]
    ] == [(table, "allowed"), (other, "implicitDeny")]


def test_without_a_resource_it_is_every_resource(iam: Any, table: str) -> None:
    """A permission for one isn't enough for all."""
    [result] = custom(iam, allow(GET, table))
    assert result["EvalDecision"] == "implicitDeny"
    assert "ResourceSpecificResults" not in result


def test_keys_that_were_not_given_are_missing(iam: Any) -> None:
    """Those of conditions and of variables, as the policy spells them."""
    statement = allow(
        GET,
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/team}",
        Condition={"StringEquals": {"aws:RequestedRegion": "${aws:userid}"}},
    )
    [result] = custom(iam, statement)
    assert result["MissingContextValues"] == [
        "aws:RequestedRegion",
        "aws:PrincipalTag/team",
        "aws:userid",
    ]


@pytest.mark.parametrize(
    ("kind", "values", "decision"),
    [
        ("string", ["eu-west-1"], "allowed"),
        ("string", ["us-east-1"], "implicitDeny"),
        ("stringList", ["eu-west-1", "us-east-1"], "implicitDeny"),
    ],
)
def test_keys_are_given(iam: Any, kind: str, values: list[str], decision: str) -> None:
    """One value, or several."""
    condition = {"ForAllValues:StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    entry = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyValues": values,
        "ContextKeyType": kind,
    }
    [result] = custom(iam, allow(GET, Condition=condition), ContextEntries=[entry])
    assert result["EvalDecision"] == decision
    assert result["MissingContextValues"] == []


def test_a_boundary_limits_and_says_so(iam: Any) -> None:
    """Whether it allows, apart from the decision."""
    limits = [document(allow(GET))]
    results = custom(
        iam,
        allow("dynamodb:*"),
        ActionNames=[GET, DELETE],
        PermissionsBoundaryPolicyInputList=limits,
    )
    assert [
        (one["EvalDecision"], one["PermissionsBoundaryDecisionDetail"])
        for one in results
    ] == [
        ("allowed", {"AllowedByPermissionsBoundary": True}),
        ("implicitDeny", {"AllowedByPermissionsBoundary": False}),
    ]


def test_a_users_policies_are_simulated(iam: Any, ana: str, table: str) -> None:
    """Its inline and managed ones and those of its groups, named as AWS does."""
    home = "arn:aws:s3:::studio/ana/photo.jpg"
    results = iam.simulate_principal_policy(
        PolicySourceArn=ana,
        ActionNames=[GET, DELETE, "s3:GetObject"],
        ResourceArns=[table, home],
    )["EvaluationResults"]
    found = [
        [
            (
                one["EvalResourceDecision"],
                [matched["SourcePolicyId"] for matched in one["MatchedStatements"]],
            )
            for one in result["ResourceSpecificResults"]
        ]
        for result in results
    ]
    denied = ("explicitDeny", ["group_staff_keeps"])
    assert found == [
        [("allowed", ["user_ana_reads"]), ("implicitDeny", [])],
        [denied, denied],
        [("implicitDeny", []), ("allowed", ["own-home"])],
    ]


def test_a_user_has_its_own_keys(iam: Any, ana: str) -> None:
    """Name and tags needn't be given."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=ana,
        ActionNames=["sqs:SendMessage"],
        PolicyInputList=[document(allow("sqs:*", Condition=condition))],
    )["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"


def test_a_roles_boundary_is_its_own(iam: Any, account: Account) -> None:
    """Unless another one is given."""
    desk = {
        "PolicySourceArn": f"arn:aws:iam::{account.id}:role/desk",
        "ActionNames": ["s3:GetObject"],
    }
    [result] = iam.simulate_principal_policy(**desk)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    [result] = iam.simulate_principal_policy(
        **desk, PermissionsBoundaryPolicyInputList=[document(allow("s3:*"))]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_a_groups_policies_are_simulated(iam: Any, account: Account) -> None:
    """A group has a deny alone."""
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account.id}:group/staff", ActionNames=[DELETE]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"


def test_a_resource_policy_is_simulated(iam: Any, ana: str) -> None:
    """It names the caller; one that is of another account needs both sides."""
    photo = "arn:aws:s3:::studio/photo.jpg"
    policy = document({**allow("s3:PutObject", photo), "Principal": {"AWS": ana}})
    asked = {
        "PolicySourceArn": ana,
        "ActionNames": ["s3:PutObject"],
        "ResourceArns": [photo],
        "ResourcePolicy": policy,
    }
    [result] = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "ResourcePolicy"
    for owner in ("444455556666", "arn:aws:iam::444455556666:root"):
        [result] = iam.simulate_principal_policy(**asked, ResourceOwner=owner)[
            "EvaluationResults"
        ]
        assert result["EvalDecision"] == "implicitDeny"


def test_somebody_else_may_call(iam: Any, ana: str, account: Account) -> None:
    """ "As if Bob had David's policies"."""
    iam.create_user(UserName="bob")
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=ana,
        CallerArn=f"arn:aws:iam::{account.id}:user/bob",
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::studio/bob/photo.jpg"],
    )["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_long_results_come_in_pages(iam: Any) -> None:
    """The marker says where the next one begins."""
    asked = {
        "PolicyInputList": [document(allow("*"))],
        "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    }
    first = iam.simulate_custom_policy(**asked, MaxItems=2)
    assert len(first["EvaluationResults"]) == 2
    assert first["IsTruncated"]
    second = iam.simulate_custom_policy(**asked, MaxItems=2, Marker=first["Marker"])
    assert len(second["EvaluationResults"]) == 1
    assert not second["IsTruncated"] and "Marker" not in second


def test_the_keys_of_policies_are_listed(iam: Any, ana: str) -> None:
    """Of those given, and of those that somebody has."""
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    texts = [document(allow("*", Condition=condition))]
    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=texts)
    assert answer["ContextKeyNames"] == ["aws:SecureTransport"]
    answer = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=ana, PolicyInputList=texts
    )
    assert answer["ContextKeyNames"] == ["aws:username", "aws:SecureTransport"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"ActionNames": ["s3:*"]},
            ("InvalidInput", "Invalid action name: s3:*"),
        ),
        (
            {"PolicyInputList": ["reads"]},
            ("InvalidInput", "Syntax errors in policy."),
        ),
        (
            {"ResourcePolicy": document(allow("*"))},
            (
                "InvalidInput",
                "CallerArn is required if a ResourcePolicy is provided.",
            ),
        ),
        (
            {"ResourceHandlingOption": "EC2-VPC-InstanceStore"},
            (
                "InvalidInput",
                "The local cloud's simulator has no ResourceHandlingOption.",
            ),
        ),
    ],
)
def test_what_can_not_be_simulated_is_refused(
    iam: Any, parameters: dict[str, Any], expected: tuple[str, str]
) -> None:
    """It isn't left out of the result."""
    asked = {"PolicyInputList": [document(allow("*"))], "ActionNames": [GET]}
    assert refusal(iam.simulate_custom_policy, **asked | parameters) == expected


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (
            "arn:aws:iam::{account}:user/eve",
            ("NoSuchEntity", "The user with name eve cannot be found."),
        ),
        (
            "arn:aws:iam::{account}:role/eve",
            ("NoSuchEntity", "The role with name eve cannot be found."),
        ),
        (
            "arn:aws:sts::{account}:assumed-role/desk/morning",
            (
                "InvalidInput",
                "Invalid Entity Arn: arn:aws:sts::{account}:assumed-role/desk/morning"
                " does not clearly define entity type and name.",
            ),
        ),
    ],
)
def test_whose_policies_has_to_be_known(
    iam: Any, account: Account, arn: str, expected: tuple[str, str]
) -> None:
    """A user, a group or a role of the cloud."""
    named = arn.format(account=account.id)
    got = refusal(
        iam.simulate_principal_policy, PolicySourceArn=named, ActionNames=[GET]
    )
    assert got == (expected[0], expected[1].format(account=account.id))


def test_moto_has_no_simulator() -> None:
    """When this fails, moto has learnt what this cloud adds."""
    spec = importlib.util.find_spec(moto.iam.responses.__name__)
    assert spec is not None and spec.loader is not None
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    for name in (
        "simulate_principal_policy",
        "simulate_custom_policy",
        "get_context_keys_for_principal_policy",
        "get_context_keys_for_custom_policy",
    ):
        assert not hasattr(untouched.IamResponse, name)
        assert hasattr(moto.iam.responses.IamResponse, name)
