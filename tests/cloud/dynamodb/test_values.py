"""What can be stored, how it comes back, and AWS's words for what can't be."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import Binary

from tests.cloud.dynamodb.conftest import Lab, item, refusal

Value = dict[str, Any]
INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "


@pytest.fixture(scope="module")
def table(lab: Lab) -> str:
    return lab.table()


@pytest.fixture(scope="module")
def keyed(lab: Lab) -> str:
    """A table with both keys, and an index of each kind."""
    return lab.table(
        "pk:S sk:N", indexes={"local": "pk:S at:S", "global": "who:S at:S"}
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("-0", "0"),
        ("+7", "7"),
        ("007.50", "7.5"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("9" * 38, "9" * 38),
        ("0." + "9" * 38, "0." + "9" * 38),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
    ],
)
def test_numbers_have_one_form(lab: Lab, table: str, sent: str, kept: str) -> None:
    """Zeros and exponents that mean nothing are gone when a number comes back."""
    lab.put(table, pk="n", value={"N": sent})
    assert lab.get(table, pk="n")["value"] == {"N": kept}


OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than"
    " supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than"
    " supported range"
)
DIGITS = "Attempting to store more than 38 significant digits in a Number"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"N": "1E126"}, OVERFLOW),
        ({"N": "-1E126"}, OVERFLOW),
        ({"N": "1E-131"}, UNDERFLOW),
        ({"N": "1" * 39}, DIGITS),
        ({"N": "one"}, "The parameter cannot be converted to a numeric value: one"),
        ({"N": "NaN"}, "The parameter cannot be converted to a numeric value: NaN"),
        ({"N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"SS": []}, INVALID + "An string set  may not be empty"),
        ({"NS": []}, INVALID + "An number set  may not be empty"),
        ({"BS": []}, INVALID + "Binary sets should not be empty"),
        (
            {"SS": ["a", "b", "a"]},
            INVALID + "Input collection [a, b, a] contains duplicates.",
        ),
        ({"NS": ["1", "1.0"]}, INVALID + "Input collection contains duplicates."),
        (
            {"NULL": False},
            INVALID + "Null attribute value types must have the value of true",
        ),
        (
            {},
            "Supplied AttributeValue is empty, must contain exactly one of the"
            " supported datatypes",
        ),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain"
            " exactly one of the supported datatypes",
        ),
    ],
)
def test_what_is_no_value(lab: Lab, table: str, value: Value, message: str) -> None:
    """It is refused in AWS's words, and nothing is stored."""
    told = refusal(
        lab.client.put_item, TableName=table, Item={**item(pk="no"), "value": value}
    )
    assert told[0] == "ValidationException"
    assert told[1] == message
    assert lab.get(table, pk="no") == {}


def nested(depth: int) -> Value:
    value: Value = {"S": "deep"}
    for _ in range(depth):
        value = {"L": [value]}
    return value


def test_values_are_nested_32_deep(lab: Lab, table: str) -> None:
    """One more is refused."""
    lab.put(table, pk="deep", value=nested(32))
    assert refusal(
        lab.client.put_item,
        TableName=table,
        Item={**item(pk="deeper"), "value": nested(33)},
    )[1].startswith("Nesting Levels have exceeded supported limits")


def test_boto3s_types_come_back(lab: Lab, table: str) -> None:
    """What the resource interface writes, it reads: Decimal, bytes, sets, None."""
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=lab.cloud.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    one = {
        "pk": "types",
        "number": Decimal("12.50"),
        "bytes": Binary(b"\x00\xff"),
        "words": {"b", "a"},
        "numbers": {Decimal(1), Decimal("2.5")},
        "nothing": None,
        "yes": True,
        "list": ["", Decimal(0), {"empty": {}}],
    }
    resource.Table(table).put_item(Item=one)
    assert resource.Table(table).get_item(Key={"pk": "types"})["Item"] == one


def test_empty_text_is_a_value(lab: Lab, table: str) -> None:
    """Only keys can't be empty."""
    lab.put(table, pk="empty", text="", data={"B": b""})
    assert lab.get(table, pk="empty")["text"] == {"S": ""}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (item(pk="a"), INVALID + "Missing the key sk in the item"),
        (item(sk=1), INVALID + "Missing the key pk in the item"),
        (
            item(pk=1, sk=1),
            INVALID + "Type mismatch for key pk expected: S actual: N",
        ),
        (
            item(pk="a", sk="1"),
            INVALID + "Type mismatch for key sk expected: N actual: S",
        ),
        (
            item(pk="", sk=1),
            NOT_VALID + "The AttributeValue for a key attribute cannot contain an empty"
            " string value. Key: pk",
        ),
        (
            item(pk="a", sk=1, at=5),
            INVALID + "Type mismatch for Index Key at Expected: S Actual: N"
            " IndexName: {index}",
        ),
        (
            item(pk="a", sk=1, who="me", at=""),
            NOT_VALID + "A value specified for a secondary index key is not supported."
            " The AttributeValue for a key attribute cannot contain an empty string"
            " value. IndexName: {index}, IndexKey: at",
        ),
        (
            item(pk="x" * 2049, sk=1),
            INVALID
            + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    ],
)
def test_an_item_needs_its_keys(
    lab: Lab, keyed: str, attributes: dict[str, Any], message: str
) -> None:
    """Missing, of another type, empty or too long: each has its own words."""
    told = refusal(lab.client.put_item, TableName=keyed, Item=attributes)
    assert told in [
        ("ValidationException", message.format(index=index))
        for index in ("local", "global")
    ]


SCHEMA = "The provided key element does not match the schema"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (item(pk="a"), SCHEMA),
        (item(pk="a", sk=1, at="x"), SCHEMA),
        (item(pk="a", sk="1"), SCHEMA),
        (item(pk="a", other=1), SCHEMA),
        (
            item(pk="", sk=1),
            NOT_VALID + "The AttributeValue for a key attribute cannot contain an empty"
            " string value. Key: pk",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["get_item", "delete_item"])
def test_a_key_is_exactly_the_schemas(
    lab: Lab, keyed: str, operation: str, key: dict[str, Any], message: str
) -> None:
    """Neither less nor more, and of its types."""
    told = refusal(getattr(lab.client, operation), TableName=keyed, Key=key)
    assert told == ("ValidationException", message)


def test_an_item_has_400_kb_with_its_names(lab: Lab, table: str) -> None:
    """A byte more is too much: when it is put, and when it grows."""
    room = 400 * 1024 - len("pk") - len("big") - len("text")
    lab.put(table, pk="big", text="x" * room)
    too_big = {**item(pk="big"), "text": {"S": "x" * (room + 1)}}
    assert refusal(lab.client.put_item, TableName=table, Item=too_big) == (
        "ValidationException",
        "Item size has exceeded the maximum allowed size",
    )
    assert refusal(
        lab.client.update_item,
        TableName=table,
        Key=item(pk="big"),
        UpdateExpression="SET a = :a",
        ExpressionAttributeValues=item(**{":a": "b"}),
    ) == (
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
    )
    assert "a" not in lab.get(table, pk="big")


WRONG_TYPE = ("SerializationException", "Unexpected value type in payload")
EMPTY = (
    "ValidationException",
    "Supplied AttributeValue is empty, must contain exactly one of the supported"
    " datatypes",
)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("text", WRONG_TYPE),
        (7, WRONG_TYPE),
        (["text"], WRONG_TYPE),
        ({"L": ["text"]}, WRONG_TYPE),
        ({"M": {"inside": "text"}}, WRONG_TYPE),
        ({"N": 7}, (WRONG_TYPE[0], "NUMBER_VALUE cannot be converted to String")),
        (None, EMPTY),
        ({}, EMPTY),
    ],
)
def test_values_without_their_type_are_refused(
    lab: Lab, table: str, value: object, told: tuple[str, str]
) -> None:
    """As JavaScript's SDK sends them, which doesn't look at what it is given.

    In the words of https://github.com/JuliaCloud/AWSSDK.jl/issues/11 and of
    https://stackoverflow.com/a/71495703.
    """
    sent = {"TableName": table, "Item": {"pk": {"S": "a"}, "value": value}}

    def instead(params: dict[str, Any], **_: object) -> None:
        params["body"] = json.dumps(sent).encode()

    events, before = lab.client.meta.events, "before-call.dynamodb.PutItem"
    events.register(before, instead)
    try:
        said = refusal(lab.client.put_item, TableName=table, Item={})
    finally:
        events.unregister(before, instead)
    assert said == told
