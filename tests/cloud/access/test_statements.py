"""Actions and resources of statements, and the variables in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.access.documents import read
from grader.cloud.access.request import Context
from grader.cloud.access.statements import Statement, statement

FIRST, SECOND = "2008-10-17", "2012-10-17"


def made(**elements: Any) -> Statement:
    """A statement that allows."""
    return statement({"Effect": "Allow", **elements}, 0, variables=True)


def covers(resource: str, found: str, context: Context | None = None) -> bool:
    """Whether a Resource element covers a resource."""
    return made(Resource=resource).names_resource(found, context or {})


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:Get*", "s3:GetObject", True),
        ("s3:*Object", "s3:GetObject", True),
        ("s3:Get*", "s3:PutObject", False),
        ("s3:GetObjec?", "s3:GetObject", True),
        ("s3:GetObject?", "s3:GetObject", False),
        ("s3:GetObject", "s3:GetObjectAcl", False),
        ("*", "s3:GetObject", True),
        ("s3*:Get*", "s3-outposts:GetObject", True),
        ("s3:[GP]etObject", "s3:GetObject", False),
    ],
)
def test_an_action_matches(pattern: str, action: str, expected: bool) -> None:
    """`*` and `?` are wildcards, upper and lower case are the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    assert made(Action=pattern).names_action(action) is expected
    assert made(NotAction=pattern).names_action(action) is not expected


def test_any_of_several_actions_matches() -> None:
    """And NotAction covers what is none of them."""
    actions = ["s3:GetObject", "s3:PutObject"]
    assert made(Action=actions).names_action("s3:PutObject")
    assert not made(NotAction=actions).names_action("s3:PutObject")
    assert made(NotAction=actions).names_action("s3:DeleteObject")


TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/enquiries"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:hello:live"


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        (TABLE, TABLE, True),
        (TABLE, f"{TABLE}/index/by-day", False),
        (f"{TABLE}/index/*", f"{TABLE}/index/by-day", True),
        (TABLE.replace("enquiries", "Enquiries"), TABLE, False),
        ("*", TABLE, True),
        ("*", "*", True),
        (TABLE, "*", False),
        ("arn:aws:dynamodb:*:*:table/*", TABLE, True),
        ("arn:aws:dynamodb:*:table/enquiries", TABLE, True),
        ("arn:aws:dynamodb:*", TABLE, True),
        ("arn:aws:dynamodb:eu-*-1:111122223333:table/enquiries", TABLE, True),
        ("arn:aws:dynamodb:e*1:table/enquiries", TABLE, False),
        ("arn:aws:dynamodb:eu-west-?:111122223333:table/enquir?es", TABLE, True),
        ("arn:aws:dynamodb:eu-west-1?111122223333:table/enquiries", TABLE, False),
        ("arn:aws:lambda:*:*:function:hello:*", FUNCTION, True),
        ("arn:aws:lambda:*:*:function:hello", FUNCTION, False),
        ("arn:aws:lambda:*:*:function:h*e", FUNCTION, True),
        ("arn:aws:s3:::studio", "arn:aws:s3:::studio/a", False),
        ("arn:aws:s3:::studio/*", "arn:aws:s3:::studio", False),
        ("arn:aws:s3:::studio*", "arn:aws:s3:::studio/a", True),
        ("arn:aws:s3:::studio/a*c", "arn:aws:s3:::studio/a:b/c", True),
        ("arn:aws:s3:::studio/[a]", "arn:aws:s3:::studio/a", False),
    ],
)
def test_a_resource_matches(pattern: str, resource: str, expected: bool) -> None:
    """Upper and lower case differ; wildcards stay within a segment of the ARN.

    A `*` that ends a segment goes on beyond the colon.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    assert covers(pattern, resource) is expected
    assert made(NotResource=pattern).names_resource(resource, {}) is not expected


HOME = "arn:aws:s3:::studio/home"
ANA = {"aws:username": "ana", "aws:principaltag/team": "*"}


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        (f"{HOME}/${{aws:username}}/*", f"{HOME}/ana/a.txt", True),
        (f"{HOME}/${{AWS:UserName}}/*", f"{HOME}/ana/a.txt", True),
        (f"{HOME}/${{aws:username}}/*", f"{HOME}/bea/a.txt", False),
        (f"{HOME}/${{aws:userid, 'all'}}", f"{HOME}/all", True),
        (f"{HOME}/${{aws:username, 'all'}}", f"{HOME}/all", False),
        # A value's characters have no meaning of their own.
        (f"{HOME}/${{aws:PrincipalTag/team}}", f"{HOME}/anything", False),
        (f"{HOME}/${{aws:PrincipalTag/team}}", f"{HOME}/*", True),
        (f"{HOME}/${{*}}", f"{HOME}/anything", False),
        (f"{HOME}/${{*}}", f"{HOME}/*", True),
        (f"{HOME}/${{?}}", f"{HOME}/?", True),
        (f"{HOME}/${{?}}", f"{HOME}/a", False),
        (f"{HOME}/${{$}}{{aws:username}}", f"{HOME}/${{aws:username}}", True),
        # Without a value, and before the fifth colon, it matches nothing.
        (f"{HOME}/${{aws:userid}}", f"{HOME}/", False),
        (f"{HOME}/${{aws:userid}}*", f"{HOME}/${{aws:userid}}", False),
        ("arn:aws:sqs:${aws:username}:1:a", "arn:aws:sqs:ana:1:a", False),
        ("${aws:username}", "ana", False),
        # What isn't one is text.
        (f"{HOME}/$ana", f"{HOME}/$ana", True),
        (f"{HOME}/${{aws:username", f"{HOME}/${{aws:username", True),
    ],
)
def test_a_variable_stands_for_the_requests_value(
    pattern: str, resource: str, expected: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""
    assert covers(pattern, resource, ANA) is expected


def test_a_resource_with_a_valueless_variable_is_no_exception() -> None:
    """It "will not match any resource", so NotResource leaves nothing out."""
    excepted = made(NotResource=f"{HOME}/${{aws:userid}}")
    assert excepted.names_resource(f"{HOME}/anything", {})


def test_a_multivalued_key_can_not_be_a_variable() -> None:
    """It has no value that could stand there."""
    context = {"aws:tagkeys": ("team",)}
    assert not covers(f"{HOME}/${{aws:TagKeys}}", f"{HOME}/team", context)


@pytest.mark.parametrize(
    ("version", "expected"), [(FIRST, False), (None, False), (SECOND, True)]
)
def test_only_the_later_version_has_variables(
    version: str | None, expected: bool
) -> None:
    """In other documents they are treated as literal strings.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    content: dict[str, Any] = {
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": f"{HOME}/${{aws:username}}",
        }
    }
    if version:
        content["Version"] = version
    [one] = read(json.dumps(content)).statements
    assert one.names_resource(f"{HOME}/ana", ANA) is expected
    literal = f"{HOME}/${{aws:username}}"
    assert one.names_resource(literal, ANA) is not expected


def test_a_statement_without_a_resource_is_about_its_own() -> None:
    """As in trust policies."""
    assert made(Action="sts:AssumeRole").names_resource("arn:aws:iam::1:role/a", {})


@pytest.mark.parametrize(
    "text", ["[]", '"text"', "{", '{"Statement": [1]}', '{"Statement": {"Effect": ""}}']
)
def test_what_is_not_a_policy_document_is_refused(text: str) -> None:
    """With a ValueError, as JSON is."""
    with pytest.raises(ValueError):
        read(text)
