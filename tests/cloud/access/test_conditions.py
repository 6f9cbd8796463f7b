"""Conditions, each case as "IAM JSON policy elements: Condition operators" has it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.access.conditions import conditions
from grader.cloud.access.request import Context

TEAM = "aws:PrincipalTag/team"
AGE = "aws:MultiFactorAuthAge"
TIME = "aws:CurrentTime"
ADDRESS = "aws:SourceIp"
SOURCE = "aws:SourceArn"
TAGS = "aws:TagKeys"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"


def holds(operator: str, key: str, wanted: Any, context: Context) -> bool:
    """Whether a request with these keys meets a condition."""
    known = {name.lower(): value for name, value in context.items()}
    read = conditions({operator: {key: wanted}}, variables=True)
    return all(condition.holds(known) for condition in read)


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "found", "expected"),
    [
        ("StringEquals", TEAM, "blue", "blue", True),
        ("StringEquals", TEAM, "blue", "Blue", False),
        ("StringEquals", TEAM, "b*", "blue", False),
        ("StringEquals", TEAM, ["red", "blue"], "blue", True),
        ("StringNotEquals", TEAM, "blue", "red", True),
        ("StringNotEquals", TEAM, ["red", "blue"], "blue", False),
        ("StringEqualsIgnoreCase", TEAM, "BLUE", "blue", True),
        ("StringNotEqualsIgnoreCase", TEAM, "BLUE", "blue", False),
        ("StringLike", TEAM, "b*e", "blue", True),
        ("StringLike", TEAM, "b?ue", "blue", True),
        ("StringLike", TEAM, "b?e", "blue", False),
        ("StringLike", TEAM, "B*", "blue", False),
        ("StringLike", TEAM, "b[l]ue", "blue", False),
        ("StringLike", TEAM, "*", "", True),
        ("StringLike", TEAM, "a*c", "a\nb:c", True),
        ("StringNotLike", TEAM, ["r*", "b*"], "blue", False),
        ("NumericEquals", AGE, "10", "10.0", True),
        ("NumericEquals", AGE, 10, "10", True),
        ("NumericEquals", AGE, "10", "ten", False),
        ("NumericEquals", AGE, "1e1", "10", False),
        ("NumericNotEquals", AGE, ["10", "11"], "11", False),
        ("NumericLessThan", AGE, "10", "9", True),
        ("NumericLessThan", AGE, "10", "10", False),
        ("NumericLessThanEquals", AGE, "10", "10", True),
        ("NumericGreaterThan", AGE, "10", "9.5", False),
        ("NumericGreaterThan", AGE, "-10", "-9.5", True),
        ("NumericGreaterThanEquals", AGE, "10", "10", True),
        ("DateEquals", TIME, "2026-03-01", "2026-03-01T00:00:00Z", True),
        ("DateEquals", TIME, "2026-03", "2026-03-01T00:00:00Z", True),
        ("DateEquals", TIME, "1772323200", "2026-03-01T00:00:00Z", True),
        ("DateEquals", TIME, "2026-03-01T01:00+01:00", "2026-03-01T00:00:00Z", True),
        ("DateEquals", TIME, "2026-02-30", "2026-03-01T00:00:00Z", False),
        ("DateNotEquals", TIME, "2026-03-01", "2026-03-01T00:00:00Z", False),
        ("DateLessThan", TIME, "2026-03-01T00:00:00.5Z", "2026-03-01T00:00:00Z", True),
        ("DateLessThan", TIME, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", False),
        ("DateLessThanEquals", TIME, "2026-03-01", "2026-03-01T00:00:00Z", True),
        ("DateGreaterThan", TIME, "2026-03-01", "2026-03-01T00:00:01Z", True),
        ("DateGreaterThanEquals", TIME, "2026-03-02", "2026-03-01T00:00:01Z", False),
        ("Bool", "aws:SecureTransport", "True", "true", True),
        ("Bool", "aws:SecureTransport", False, "false", True),
        ("Bool", "aws:SecureTransport", "true", "false", False),
        ("Bool", "aws:SecureTransport", "yes", "yes", False),
        ("BinaryEquals", "kms:Key", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "kms:Key", "QmluYXJ5", "T3RoZXI=", False),
        ("BinaryEquals", "kms:Key", "*", "*", False),
        ("IpAddress", ADDRESS, "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", ADDRESS, "203.0.113.9/24", "203.0.113.7", True),
        ("IpAddress", ADDRESS, "203.0.113.7", "203.0.113.8", False),
        ("IpAddress", ADDRESS, "2001:DB8::/32", "2001:db8:1::1", True),
        ("IpAddress", ADDRESS, "2001:DB8::/32", "203.0.113.7", False),
        ("NotIpAddress", ADDRESS, "203.0.113.0/24", "203.0.114.1", True),
        ("NotIpAddress", ADDRESS, ["203.0.113.0/24", "::/0"], "2001:db8::1", False),
        ("ArnEquals", SOURCE, "arn:aws:sns:*:111122223333:o*", TOPIC, True),
        ("ArnLike", SOURCE, "arn:aws:sns:eu-*-1:*:orders", TOPIC, True),
        ("ArnLike", SOURCE, "arn:aws:sns:eu-west-?:*:order?", TOPIC, True),
        ("ArnLike", SOURCE, "arn:aws:sns:*:orders", TOPIC, False),
        ("ArnLike", SOURCE, "arn:aws:sns*", TOPIC, False),
        ("ArnLike", SOURCE, "arn:aws:sns:eu-west-1?111122223333::orders", TOPIC, False),
        ("ArnLike", SOURCE, "arn:aws:sns:*:*:ORDERS", TOPIC, False),
        ("ArnNotLike", SOURCE, "arn:aws:sns:*:*:orders", TOPIC, False),
        ("ArnNotEquals", SOURCE, "arn:aws:sqs:*:*:orders", TOPIC, True),
        ("Null", TEAM, "false", "blue", True),
        ("Null", TEAM, True, "blue", False),
    ],
)
def test_an_operator_compares(
    operator: str, key: str, wanted: Any, found: str, expected: bool
) -> None:
    """The value that the document wants with the one that the request has."""
    assert holds(operator, key, wanted, {key: found}) is expected


def test_an_arn_operator_stays_between_colons() -> None:
    """The page's example: StringLike matches across them, ArnLike doesn't."""
    wanted = "arn:aws:someservice:*:111122223333:finance/*"
    found = (
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333"
        ":finance/document.txt"
    )
    assert holds("StringLike", SOURCE, wanted, {SOURCE: found})
    assert not holds("ArnLike", SOURCE, wanted, {SOURCE: found})


def test_an_arns_resource_may_have_colons() -> None:
    """The sixth component is all the rest."""
    found = "arn:aws:logs:eu-west-1:111122223333:log-group:/a:log-stream:b"
    for wanted in ("log-group:*", "log-group:*:log-stream:b", "log-group:/a?log-*"):
        pattern = f"arn:aws:logs:*:*:{wanted}"
        assert holds("ArnLike", SOURCE, pattern, {SOURCE: found})


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "blue", False),
        ("StringLike", "*", False),
        ("NumericLessThan", "10", False),
        ("Bool", "false", False),
        ("IpAddress", "0.0.0.0/0", False),
        ("ArnLike", "arn:aws:*:*:*:*", False),
        ("StringNotEquals", "blue", True),
        ("StringNotLike", "*", True),
        ("NumericNotEquals", "10", True),
        ("DateNotEquals", "2026-03-01", True),
        ("NotIpAddress", "0.0.0.0/0", True),
        ("ArnNotLike", "arn:aws:*:*:*:*", True),
        ("StringEqualsIfExists", "blue", True),
        ("BoolIfExists", "false", True),
        ("StringNotEqualsIfExists", "blue", True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("ForAllValues:StringEquals", "blue", True),
        ("ForAnyValue:StringEquals", "blue", False),
        ("ForAnyValue:StringNotEquals", "blue", False),
        ("ForAnyValue:StringEqualsIfExists", "blue", True),
        ("ForAllValues:StringNotEquals", "blue", True),
    ],
)
def test_a_key_that_is_not_there(operator: str, wanted: str, expected: bool) -> None:
    """No match; a negated operator is met, and one with IfExists always."""
    assert holds(operator, TEAM, wanted, {}) is expected


def test_a_key_that_is_there_counts_with_if_exists() -> None:
    """It is compared as without."""
    assert not holds("StringEqualsIfExists", TEAM, "blue", {TEAM: "red"})


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a",), True),
        ("ForAllValues:StringEquals", ["a"], ("a", "b"), False),
        ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
        ("ForAllValues:StringNotEquals", ["a"], ("a", "b"), False),
        ("ForAllValues:StringLike", ["a*"], ("a1", "a2"), True),
        ("ForAnyValue:StringEquals", ["a"], ("a", "b"), True),
        ("ForAnyValue:StringEquals", ["a"], ("b", "c"), False),
        ("ForAnyValue:StringNotEquals", ["a"], ("a", "b"), True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
        ("ForAllValues:StringEquals", ["a"], (), True),
        ("ForAnyValue:StringEquals", ["a"], (), False),
        ("ForAllValues:StringEquals", ["a"], ("",), True),
        ("ForAnyValue:StringEquals", [""], ("",), False),
    ],
)
def test_a_set_operator_compares_every_value(
    operator: str, wanted: list[str], found: tuple[str, ...], expected: bool
) -> None:
    """Every one or any one has to match one of the document's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    assert holds(operator, TAGS, wanted, {TAGS: found}) is expected


def test_a_multivalued_key_without_a_set_operator() -> None:
    """Any value may match; a negated operator has to hold for all."""
    assert holds("StringEquals", TAGS, "a", {TAGS: ("a", "b")})
    assert not holds("StringNotEquals", TAGS, "a", {TAGS: ("a", "b")})


def test_keys_have_no_case() -> None:
    """aws:CurrentTime is equivalent to AWS:currenttime."""
    assert holds("StringEquals", "AWS:principaltag/TEAM", "blue", {TEAM: "blue"})


def test_all_operators_and_keys_have_to_hold() -> None:
    """Between them it is a logical AND."""
    element = {
        "StringEquals": {"aws:username": "ana", "aws:userid": "A"},
        "Null": {"aws:SourceIp": "true"},
    }
    read = conditions(element, variables=True)
    full = {"aws:username": "ana", "aws:userid": "A"}
    for context, expected in (
        (full, True),
        (full | {"aws:userid": "B"}, False),
        (full | {"aws:sourceip": "::1"}, False),
    ):
        assert all(one.holds(context) for one in read) is expected


@pytest.mark.parametrize(
    "operator", ["StringMatches", "NullIfExists", "ForSomeValues:StringEquals", "Like"]
)
def test_an_operator_that_iam_does_not_have_never_holds(operator: str) -> None:
    """Whether the key is there or not."""
    assert not holds(operator, TEAM, "true", {TEAM: "true"})
    assert not holds(operator, TEAM, "true", {})


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("NumericEquals", "${aws:userid}", "7"),
        ("DateEquals", "${aws:userid}", "7"),
        ("IpAddress", "${aws:userid}", "7"),
        ("Null", "${aws:userid}", "true"),
        ("BinaryEquals", "${aws:userid}", "7"),
    ],
)
def test_some_operators_take_no_variables(
    operator: str, wanted: str, found: str
) -> None:
    """Only the string, ARN and Boolean ones do."""
    assert not holds(operator, TEAM, wanted, {TEAM: found, "aws:userid": found})


@pytest.mark.parametrize(
    ("operator", "found"),
    [("StringEquals", "7"), ("StringLike", "7"), ("StringEqualsIgnoreCase", "7")],
)
def test_string_operators_take_variables(operator: str, found: str) -> None:
    """They are replaced by the request's value."""
    context = {TEAM: found, "aws:userid": found}
    assert holds(operator, TEAM, "${aws:userid}", context)


def test_boolean_and_arn_operators_take_variables() -> None:
    """Wherever they stand in the ARN."""
    secure = {"aws:SecureTransport": "true", TEAM: "true"}
    assert holds("Bool", "aws:SecureTransport", f"${{{TEAM}}}", secure)
    context = {SOURCE: TOPIC, TEAM: "orders", "aws:RequestedRegion": "eu-west-1"}
    wanted = f"arn:aws:sns:${{aws:RequestedRegion}}:*:${{{TEAM}}}"
    for operator in ("ArnEquals", "ArnLike"):
        assert holds(operator, SOURCE, wanted, context)
    for operator in ("ArnNotEquals", "ArnNotLike"):
        assert not holds(operator, SOURCE, wanted, context)
