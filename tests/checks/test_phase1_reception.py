"""reception-policy, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Left = Callable[[], set[tuple[str, str]]]
CHECK = "reception-policy"
BOTH = ("dynamodb:GetItem", "dynamodb:PutItem")


def arn(cloud: Any, table: str) -> str:
    """The ARN of a table, built."""
    return f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/{table}"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy around statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Any, resource: Any) -> dict[str, Any]:
    """A policy of one statement."""
    return policy({"Effect": "Allow", "Action": actions, "Resource": resource})


def built(cloud: Any, table: str) -> dict[str, Any]:
    """Two actions on an ARN that is put together."""
    return allow(list(BOTH), arn(cloud, table))


def asked_for(cloud: Any, table: str) -> str:
    """Two statements as JSON, on the ARN that DynamoDB tells."""
    about = cloud.client("dynamodb").describe_table(TableName=table)["Table"]
    return json.dumps(
        policy(
            *(
                {"Effect": "Allow", "Action": action, "Resource": [about["TableArn"]]}
                for action in BOTH
            )
        )
    )


def with_a_deny(cloud: Any, table: str) -> dict[str, Any]:
    """More than is allowed, and all that is too much denied again."""
    return policy(
        {"Effect": "Allow", "Action": "dynamodb:*Item", "Resource": arn(cloud, table)},
        {"Effect": "Deny", "NotAction": list(BOTH), "Resource": "*"},
    )


def actions(*which: str) -> Callable[..., Any]:
    """These actions, on the right table."""
    return lambda cloud, table: allow(list(which), arn(cloud, table))


def resources(shape: str) -> Callable[..., Any]:
    """The right actions, on an ARN of another shape."""
    return lambda cloud, table: allow(
        list(BOTH), shape.format(arn=arn(cloud, table), table=table)
    )


def pasted(_cloud: Any, table: str) -> dict[str, Any]:
    """The ARN of the learner's own account, whichever account it is for."""
    home = boto3.client("sts").get_caller_identity()["Account"]
    region = boto3.client("sts").meta.region_name
    return allow(list(BOTH), f"arn:aws:dynamodb:{region}:{home}:table/{table}")


def printed(cloud: Any, table: str) -> None:
    """The right answer, where nobody reads it."""
    print(built(cloud, table))


@pytest.mark.parametrize("work", [built, asked_for, with_a_deny])
def test_right_answers_pass(judge: Judge, work: Callable[..., Any]) -> None:
    """Answers of different build pass, for a table of any name and Region."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (resources("*"), "resource-is-a-formality", "another table, bookings-"),
        (resources("{arn}*"), "star-after-the-name", "-archive"),
        (resources("{table}"), "name-is-an-arn", "MalformedPolicyDocument"),
        (resources("arn:aws:dynamodb:*:*:table/desk"), "pasted-arn", "refused"),
        (resources("{arn}/index/all"), "pasted-arn", "no identity-based policy allows"),
        (actions("dynamodb:*"), "action-star", "delete an enquiry"),
        (actions(*BOTH, "dynamodb:Scan"), "action-star", "list all enquiries"),
        (actions(BOTH[0]), "too-little", "write down a new one"),
        (actions("GetItem", "PutItem"), "action-without-service", "Malformed"),
        (lambda *_given: allow("*", "*"), "everything", "look into buckets"),
        (printed, "print-is-return", "is no policy"),
        (lambda cloud, table: arn(cloud, table), None, "is no policy"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_an_arn_of_another_account_is_found_out(judge: Judge) -> None:
    """What was pasted holds at home, and nowhere else."""
    said = judge(CHECK, pasted)

    assert (said.misconception, said.hidden) == ("pasted-arn", True), said.text


def test_nothing_is_left_of_the_check(judge: Judge, left: Left) -> None:
    """Its users and tables are gone afterwards, also when it fails."""
    judge(CHECK, resources("*"))

    assert not left()
