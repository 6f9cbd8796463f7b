from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.lab import Cloud, grants
from grader.lab.architecture import Arrow
from grader.lab.survey import survey
from tests.lab.conftest import policy

OBJECTS = "arn:aws:s3:::inbox-of-grants"


@pytest.fixture
def people(cloud: Cloud) -> Cloud:
    """An account with the user mei, the table notes and the bucket inbox-of-grants."""
    cloud.client("iam").create_user(UserName="mei")
    cloud.client("dynamodb").create_table(
        TableName="notes",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return cloud


@pytest.fixture
def inbox(people: Cloud) -> Any:
    """The bucket; its name is everybody's, so it is given back."""
    s3 = people.client("s3")
    s3.create_bucket(Bucket="inbox-of-grants")
    yield
    s3.delete_bucket(Bucket="inbox-of-grants")


def let(cloud: Cloud, *statements: dict[str, Any]) -> None:
    """Give mei a policy of her own."""
    cloud.client("iam").put_user_policy(
        UserName="mei", PolicyName="own", PolicyDocument=policy(*statements)
    )


def allow(actions: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def may(cloud: Cloud) -> dict[str, str]:
    """What mei may do, by what she may use."""
    return {
        arrow.target.name: arrow.label
        for arrow in survey(cloud).arrows
        if arrow.source.name == "mei" and arrow.permission
    }


def test_what_a_user_may_is_an_arrow(people: Cloud) -> None:
    """Each action that the simulator allows is a word."""
    table = f"arn:aws:dynamodb:us-east-1:{people.account}:table/notes"
    let(people, allow(["dynamodb:GetItem", "dynamodb:PutItem"], table))
    assert may(people) == {"notes": "may read, write"}


def test_another_table_isnt_allowed(people: Cloud) -> None:
    """A policy for a table of another name draws nothing."""
    table = f"arn:aws:dynamodb:us-east-1:{people.account}:table/note"
    let(people, allow("dynamodb:*", table))
    assert may(people) == {}


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize(
    ("statements", "label"),
    [
        ([allow("s3:GetObject", f"{OBJECTS}/*")], "may read"),
        ([allow("s3:GetObject", f"{OBJECTS}/in/*")], "may read in/*"),
        (
            [allow("s3:*", "*"), {**allow("s3:DeleteObject", "*"), "Effect": "Deny"}],
            "may read, write, list",
        ),
        (
            [
                allow("s3:GetObject", f"{OBJECTS}/*"),
                allow(["s3:GetObject", "s3:PutObject"], f"{OBJECTS}/in/*"),
            ],
            "may read; write in/*",
        ),
        ([allow("s3:PutObject", f"{OBJECTS}/${{aws:username}}/*")], "may write mei/*"),
    ],
)
def test_parts_of_a_bucket_are_told_apart(
    people: Cloud, statements: list[dict[str, Any]], label: str
) -> None:
    """A policy for some keys says which; what holds for all isn't said twice."""
    let(people, *statements)
    assert may(people) == {"inbox-of-grants": label}


def test_groups_count(people: Cloud) -> None:
    """What a user's group may, the user may; the box says in which it is."""
    iam = people.client("iam")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="mei")
    iam.put_group_policy(
        GroupName="staff",
        PolicyName="reads",
        PolicyDocument=policy(allow("dynamodb:GetItem", "*")),
    )
    assert may(people) == {"notes": "may read"}
    (mei,) = (box for box in survey(people).boxes if box.name == "mei")
    assert mei.detail == "in staff"


@pytest.mark.parametrize(
    ("trusted", "allowed", "fate"),
    [
        ("user/mei", False, "whole"),
        ("root", True, "whole"),
        ("root", False, "none"),
        ("user/jonas", True, "broken"),
    ],
)
def test_who_may_assume_a_role(
    people: Cloud, trusted: str, allowed: bool, fate: str
) -> None:
    """Trust and the user's own policy have to agree, unless trust names the user."""
    iam = people.client("iam")
    iam.create_user(UserName="jonas")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{people.account}:{trusted}"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName="owner", AssumeRolePolicyDocument=policy(trust))
    if allowed:
        let(people, allow("sts:AssumeRole", "*"))
    found = [
        arrow
        for arrow in survey(people).arrows
        if (arrow.source.name, arrow.target.name) == ("mei", "owner")
    ]
    assert [_fate(arrow) for arrow in found] == [fate] * (fate != "none")


def _fate(arrow: Arrow) -> str:
    if arrow.broken is None:
        return "whole"
    assert arrow.broken == "the trust policy of owner doesn't name mei"
    return "broken"


def test_a_functions_role_is_drawn_as_the_function(
    people: Cloud, deploy: Callable[..., str]
) -> None:
    """What the role may, the function may; the role has no box of its own."""
    deploy(people, "keeper", "return 1", may=["dynamodb:PutItem"])
    drawn = survey(people)
    assert [
        (arrow.source.name, arrow.label)
        for arrow in drawn.arrows
        if arrow.target.name == "notes"
    ] == [("keeper", "may write")]
    assert "keeper-role" not in {box.name for box in drawn.boxes}


def test_nobody_may_nothing(people: Cloud) -> None:
    """A role that isn't there is allowed nothing, which is no error."""
    role = f"arn:aws:iam::{people.account}:role/nobody"
    assert not grants.may(people, role, "s3:GetObject", f"{OBJECTS}/a")
    assert grants.documents_of(people, role) == []
