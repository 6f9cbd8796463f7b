"""A denial told to a beginner."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from grader.lab.denials import denial

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/notes"
ROLE = "arn:aws:iam::123456789012:role/saver-role"
STATEMENT = {
    "policy": "saver",
    "kind": "inline",
    "arn": None,
    "index": 1,
    "sid": "Saves",
}


def told(**changes: Any) -> dict[str, Any]:
    """A denial of a function's role, as the lab tells it."""
    return {
        "at": 1764000000.0,
        "request_id": "1",
        "region": "eu-west-1",
        "kind": "assumed-role",
        "principal": "arn:aws:sts::123456789012:assumed-role/saver-role/saver",
        "role": ROLE,
        "within": True,
        "action": "dynamodb:DeleteItem",
        "resource": TABLE,
        "reason": "NO_IDENTITY",
        "sentence": "User: … is not authorized to perform: …",
        "statement": None,
        "near": None,
        "identity": [STATEMENT],
        "resource_policy": False,
        **changes,
    }


def lack(element: str, wanted: str, found: str, **more: str) -> dict[str, Any]:
    return {
        "element": element,
        "wanted": [wanted],
        "found": [found] if found else [],
        "operator": "",
        "key": "",
        **more,
    }


def near(*lacks: dict[str, Any]) -> dict[str, Any]:
    return {**STATEMENT, "lacks": list(lacks)}


def test_who_and_what_come_first() -> None:
    """The role and its session, the action and the resource."""
    said = denial(told())
    assert said.who == "the role saver-role (session saver)"
    assert said.what == f"dynamodb:DeleteItem on {TABLE}"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (
            lack("Action", "dynamodb:PutItem", "dynamodb:DeleteItem"),
            "Its Action is dynamodb:PutItem; the request needs dynamodb:DeleteItem.",
        ),
        (
            lack("Resource", f"{TABLE}s", TABLE),
            f"Its Resource is {TABLE}s; the request is on {TABLE}.",
        ),
        (
            lack(
                "Condition",
                "us-east-1",
                "eu-west-1",
                operator="StringEquals",
                key="aws:requestedregion",
            ),
            "Its condition StringEquals aws:requestedregion wants us-east-1; here the "
            "key is eu-west-1.",
        ),
        (
            lack(
                "Condition",
                "true",
                "",
                operator="Bool",
                key="aws:multifactorauthpresent",
            ),
            "wants true; here the key isn't in the request.",
        ),
    ],
)
def test_the_closest_statement_and_what_it_lacks(
    missing: dict[str, Any], words: str
) -> None:
    """Named by its place and Sid, with both sides of what differs."""
    said = denial(told(near=near(missing))).explanation
    assert "Statement 2 (Saves) of saver came closest." in said
    assert words in said
    assert "a policy of the role saver-role: put_role_policy" in said


def test_a_deny_isnt_answered_with_an_allow() -> None:
    """What helps is to change the Deny."""
    said = denial(told(reason="DENIED_BY_IDENTITY", statement=STATEMENT)).explanation
    assert said.startswith("Statement 2 (Saves) of saver denies it")
    assert "What would allow it" not in said


def test_without_policies_nothing_is_allowed() -> None:
    said = denial(told(identity=[])).explanation
    assert "has no policies at all" in said


def test_a_trust_policy_for_somebody_else() -> None:
    """Who is trusted, who asked, and where to change it."""
    said = denial(
        told(
            kind="user",
            role=None,
            principal="arn:aws:iam::123456789012:user/ann",
            action="sts:AssumeRole",
            resource=ROLE,
            reason="NO_TRUST",
            resource_policy=True,
            near=near(lack("Principal", "lambda.amazonaws.com", "arn:…:user/ann")),
        )
    ).explanation
    assert (
        "It names lambda.amazonaws.com, and not arn:aws:iam::123456789012:user/ann"
        in (said)
    )
    assert "update_assume_role_policy" in said


REASONS = ("NO_IDENTITY", "NO_RESOURCE", "NO_BOUNDARY", "NO_SESSION", "DENIED_BY_TRUST")
RESOURCES = (TABLE, "*", "arn:aws:states:r:1:stateMachine:*")


@pytest.mark.parametrize("kind", ["user", "service", "anonymous", "assumed-role"])
@pytest.mark.parametrize(
    ("reason", "resource"),
    [*itertools.product(REASONS, RESOURCES), ("NO_TRUST", ROLE)],
)
def test_no_wildcard_is_ever_advised(reason: str, resource: str, kind: str) -> None:
    """What would allow it is one action on one resource, or isn't said."""
    said = denial(
        told(
            reason=reason,
            resource=resource,
            kind=kind,
            statement=STATEMENT,
            near=near(lack("Action", "dynamodb:GetItem", "dynamodb:DeleteItem")),
        )
    ).explanation
    assert "*" not in said
    for line in said.splitlines():
        if line.startswith("What would allow it: "):
            statement = json.loads(line.partition(": ")[2])
            assert statement["Action"] == "dynamodb:DeleteItem"
            assert statement["Resource"] == resource
