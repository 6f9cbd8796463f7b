"""role-for-lambda, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Left = Callable[[], set[tuple[str, str]]]
CHECK = "role-for-lambda"
LAMBDA = {"Service": "lambda.amazonaws.com"}
LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def trusting(principal: Any) -> str:
    """A trust policy."""
    rule = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [rule]})


def allowing(actions: Any, resource: str = "*") -> str:
    """A permission policy."""
    rule = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [rule]})


def lines(
    *,
    trust: Callable[[Any], str] = lambda _cloud: trusting(LAMBDA),
    permission: str | None = allowing(LOGS),
    create_first: bool = True,
    returned: Callable[[str], Any] = lambda arn: arn,
) -> Callable[[Any, str], Any]:
    """The task's lines, some of them replaced."""

    def role_for_lambda(cloud: Any, name: str) -> Any:
        iam = cloud.client("iam")

        def permit() -> None:
            if permission is not None:
                iam.put_role_policy(
                    RoleName=name, PolicyName="logs", PolicyDocument=permission
                )

        if not create_first:
            permit()
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(cloud))
        permit()
        return returned(iam.get_role(RoleName=name)["Role"]["Arn"])

    return role_for_lambda


def with_awss_own_policy(cloud: Any, name: str) -> str:
    """AWS's policy for functions, attached, and the ARN from create_role."""
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(LAMBDA))
    iam.attach_role_policy(
        RoleName=name,
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    return str(made["Role"]["Arn"])


def two_services(_cloud: Any) -> str:
    """Lambda in a list of its own."""
    return trusting({"Service": ["lambda.amazonaws.com"]})


def wide_open(cloud: Any) -> str:
    """Lambda, and everybody of the account."""
    return trusting({**LAMBDA, "AWS": cloud.account})


def a_user(cloud: Any, name: str) -> str:
    """A user in place of a role."""
    made = cloud.client("iam").create_user(UserName=name)
    return str(made["User"]["Arn"])


def swapped(cloud: Any, name: str) -> str:
    """The permission policy where the trust policy belongs."""
    cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=allowing(LOGS)
    )
    return name


def before_it_is_made(cloud: Any, name: str) -> str:
    """A line that uses what the next one makes."""
    for made in (False, True):
        if made:
            trust = trusting(LAMBDA)
        else:
            cloud.client("iam").create_role(
                RoleName=name, AssumeRolePolicyDocument=trust
            )
    return name


def own_account(_cloud: Any, name: str) -> Any:
    """Clients of the learner's own account."""

    class Mine:
        account = "123456789012"

        def client(self, service: str) -> Any:
            return boto3.client(service)

    return lines()(Mine(), name)


@pytest.fixture(autouse=True)
def _tidy(cloud: Any) -> Any:
    """What wrong answers leave in the learner's account is gone for the next test."""
    iam = cloud.client("iam")
    before = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    yield
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] in before:
            continue
        for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            iam.delete_role_policy(RoleName=role["RoleName"], PolicyName=policy)
        iam.delete_role(RoleName=role["RoleName"])


@pytest.mark.parametrize(
    "work", [lines(), with_awss_own_policy, lines(trust=two_services)]
)
def test_right_answers_pass(judge: Judge, work: Callable[..., Any]) -> None:
    """Answers of different build pass, at home and in another account and Region."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (
            lines(trust=lambda _cloud: trusting({"Service": "s3.amazonaws.com"})),
            "wrong-service",
            "cannot be assumed by Lambda",
        ),
        (
            lines(trust=lambda cloud: trusting({"AWS": cloud.account})),
            "trust-names-people",
            "cannot be assumed by Lambda",
        ),
        (lines(trust=wide_open), "trust-names-people", "tried to put your role on"),
        (swapped, "trust-is-permission", "MalformedPolicyDocument"),
        (
            lines(permission=trusting(LAMBDA)),
            "trust-is-permission",
            "MalformedPolicyDocument",
        ),
        (lines(create_first=False), "order-of-lines", "NoSuchEntity"),
        (before_it_is_made, "order-of-lines", "trust"),
        (lines(permission=None), "trust-is-enough", "make a log group: refused"),
        (
            lines(permission=allowing(LOGS[:2])),
            "trust-is-enough",
            "write a line: refused",
        ),
        (lines(permission=allowing("*")), "action-star", "look into buckets"),
        (a_user, "role-is-a-user", "a user named logger-"),
        (lines(returned=lambda _arn: None), "print-is-return", "than the role's ARN"),
        (lines(returned=lambda arn: arn[-5:]), None, "than the role's ARN"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_clients_of_another_account_are_found_out(judge: Judge) -> None:
    """A function that ignores its cloud passes at home and fails in the variation."""
    said = judge(CHECK, own_account)

    assert (said.misconception, said.hidden) == ("client-of-another-cloud", True)


def test_nothing_is_left_of_the_check(judge: Judge, left: Left) -> None:
    """Its roles, users, functions and logs are gone afterwards."""
    judge(CHECK, lines(trust=wide_open))
    judge(CHECK, lines())

    assert not left()
