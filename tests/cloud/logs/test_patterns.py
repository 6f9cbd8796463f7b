"""Filter patterns, by the examples of the CloudWatch Logs user guide."""

from __future__ import annotations

import json

import pytest

from grader.cloud.aws_errors import AWSError
from grader.cloud.logs.patterns import parse

TRAIL = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "latency": 50,
        "rate": "0.5",
    }
)
PEOPLE = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6]],
    }
)
ACCESS = (
    "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700]"
    ' "GET /index.html HTTP/1.0" 404 1534'
)
ERRORS = {
    400: "[ERROR 400] BAD REQUEST",
    401: "[ERROR 401] UNAUTHORIZED REQUEST",
    419: "[ERROR 419] MISSING ARGUMENTS",
    500: "[ERROR 500] INTERNAL SERVER ERROR",
}


def matches(pattern: str, message: str) -> bool:
    return parse(pattern).match(message) is not None


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", {400, 401, 419, 500}),
        ('" "', {400, 401, 419, 500}),
        ("ERROR", {400, 401, 419, 500}),
        ("error", set()),
        ("ERR", {400, 401, 419, 500}),
        ("ERROR ARGUMENTS", {419}),
        ("?ARGUMENTS ?SERVER", {419, 500}),
        ('"INTERNAL SERVER ERROR"', {500}),
        ("ERROR -ARGUMENTS -SERVER", {400, 401}),
        ("-ERROR", set()),
        ("?ARGUMENTS REQUEST", {400, 401}),
        ("%AUTHORIZED%", {401}),
        ("%4[01]1% REQUEST", {401}),
    ],
)
def test_terms(pattern: str, found: set[int]) -> None:
    """Terms are needed, optional or excluded; a question mark counts only alone."""
    assert {code for code, text in ERRORS.items() if matches(pattern, text)} == found


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "UpdateTrail" }',
        "{$.eventType=UpdateTrail}",
        '{ $.eventType = "Update*" && $.eventType = *Trail }',
        "{ $.sourceIPAddress != 123.123.* }",
        '{ $.arrayKey[0] = "value" }',
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.ThisFlag IS TRUE }",
        "{ $.latency = * }",
        "{ $.latency >= 5e1 && $.latency < +50.5 }",
        "{ $.rate > 0.4 }",
        "{ $.eventType = %^Upd[a-z]+% }",
        "{ $.x = 1 || $.x = 2 || $.latency = 50 }",
    ],
)
def test_json_that_matches(pattern: str) -> None:
    """A document matches by its text, numbers, truths, nulls and absences."""
    assert matches(pattern, TRAIL)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "updatetrail" }',
        "{ $.missing != 1 }",
        "{ $.arrayKey = 1 }",
        "{ $.arrayKey != 1 }",
        '{ $.SomeObject = "*" }',
        "{ $.SomeOtherObject IS NULL }",
        "{ $.eventType NOT EXISTS }",
        "{ $.ThisFlag IS FALSE }",
        "{ $.eventType > 1 }",
        "{ $.objectList[2].id = 2 }",
        "{ $.eventType[0] = U }",
    ],
)
def test_json_that_does_not_match(pattern: str) -> None:
    """A selector that points to nothing, a list or an object never matches."""
    assert not matches(pattern, TRAIL)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        (
            '{ $.user.email = "John.Stiles@example.com" ||'
            ' $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }',
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" ||'
            ' $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }',
            False,
        ),
        (
            '{ ($.user.id = 2 && $.users[0].email = "nonmatch") ||'
            ' $.actions[2] = "GET" }',
            False,
        ),
    ],
)
def test_and_binds_more_than_or(pattern: str, expected: bool) -> None:
    """Parentheses bind most, then &&, then ||."""
    assert matches(pattern, PEOPLE) is expected


def test_text_is_no_json() -> None:
    """A message that isn't a JSON document doesn't match a JSON pattern."""
    assert not matches("{ $.level NOT EXISTS }", "plain text")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status, bytes]", True),
        ("[ip, user]", False),
        ("[..., request = *.html*, status_code = 4*, bytes]", True),
        ("[ip, ..., status_code = 404 || status_code = 410, bytes]", True),
        ("[ip, ..., status_code = 4* && status_code != 404, bytes]", False),
        ("[..., bytes > 1000]", True),
        ("[..., bytes > 2000]", False),
        ("[..., user = Prod, , , , , ]", True),
        ("[w1 = ERROR || W1 = 127.0.0.1, ...]", True),
        ("[..., request = %GET|POST%, status, bytes]", True),
    ],
)
def test_columns(pattern: str, expected: bool) -> None:
    """Columns are counted exactly, but where an ellipsis stands for any number."""
    assert matches(pattern, ACCESS) is expected


def test_what_columns_extract() -> None:
    """Each column is extracted by its name, or by its number if it has none."""
    match = parse("[..., request=*.html*, status_code=4*,]").match(ACCESS)
    assert match is not None
    assert match.extracted == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{ $.level = ", "Invalid filter pattern"),
        ("{ $.level = }", "Invalid filter pattern"),
        ("{}", "Invalid filter pattern"),
        ("{ $.a = 1 $.b = 2 }", "Invalid filter pattern"),
        ("{ ($.a = 1 }", "Invalid filter pattern"),
        ("{ $.a IS NOT NULL }", "Invalid filter pattern"),
        ("{ $.a EXISTS }", "Invalid filter pattern"),
        ("[a, ..., b, ...]", "Invalid filter pattern"),
        ("[", "Invalid filter pattern"),
        ("[a = b = c]", "Invalid filter pattern"),
        ('"open', "Invalid filter pattern"),
        ("%something!%", "Invalid filter pattern"),
        ("%(a|b)%", "Invalid filter pattern"),
        ("[a=%x%, b=%y%, c=%z%]", "Invalid filter pattern"),
        ("?Status: timeout", "Invalid character(s) in term ':'"),
        ("failed (twice)", "Invalid character(s) in term '('"),
        ('{ $."sc-status" = 5* }', "Invalid character(s) in term '$.\"'"),
        ("{ $.a ~ 1 }", "Invalid character(s) in term '~'"),
    ],
)
def test_nonsense(pattern: str, message: str) -> None:
    """What can't be read is refused in CloudWatch Logs' words."""
    with pytest.raises(AWSError) as refused:
        parse(pattern)
    assert (refused.value.code, refused.value.message) == (
        "InvalidParameterException",
        message,
    )
