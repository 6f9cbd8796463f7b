"""What conditions and filters hold for, and what expressions are refused for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cloud.dynamodb.conftest import Lab, item, refusal

ITEM = item(
    pk="a",
    amount=10,
    label="teacup",
    data=b"tea",
    colours={"SS": ["red", "blue"]},
    things={"L": [{"S": "one"}, {"N": "2"}]},
    nest={"M": {"deep": {"N": "5"}}},
    nothing={"NULL": True},
    yes={"BOOL": True},
)
VALUES = item(
    **{
        ":ten": 10,
        ":nine": 9,
        ":point": {"N": "10.0"},
        ":text": "10",
        ":tea": "tea",
        ":cup": "cup",
        ":red": "red",
        ":two": 2,
        ":S": "S",
        ":N": "N",
        ":SS": "SS",
        ":NULL": "NULL",
        ":set": {"SS": ["blue", "red"]},
        ":true": {"BOOL": True},
    }
)


@pytest.fixture(scope="module")
def table(lab: Lab) -> str:
    table = lab.table()
    lab.client.put_item(TableName=table, Item=ITEM)
    return table


def used(expression: str) -> dict[str, Any]:
    values = {name: VALUES[name] for name in re.findall(r":\w+", expression)}
    return {"ExpressionAttributeValues": values} if values else {}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("amount = :ten", True),
        ("amount = :point", True),
        ("amount = :text", False),
        ("amount <> :text", True),
        ("absent <> :ten", True),
        ("absent = :ten", False),
        ("amount > :nine", True),
        ("amount < :text", False),
        ("absent < :ten", False),
        ("label < :tea", False),
        ("label >= :tea", True),
        ("amount BETWEEN :nine AND :ten", True),
        ("amount IN (:nine, :ten)", True),
        ("amount IN (:text)", False),
        ("colours = :set", True),
        ("nest.deep < :nine", True),
        ("things[1] = :two", True),
        ("things[5] = :two", False),
        ("attribute_exists(label)", True),
        ("attribute_exists(nest.missed)", False),
        ("attribute_not_exists(absent)", True),
        ("attribute_exists(nothing)", True),
        ("attribute_type(colours, :SS)", True),
        ("attribute_type(nothing, :NULL)", True),
        ("attribute_type(label, :N)", False),
        ("begins_with(label, :tea)", True),
        ("begins_with(label, :cup)", False),
        ("begins_with(amount, :text)", False),
        ("contains(label, :cup)", True),
        ("contains(colours, :red)", True),
        ("contains(things, :two)", True),
        ("contains(colours, :ten)", False),
        ("contains(absent, :red)", False),
        ("size(label) < :ten", True),
        ("size(colours) = :two", True),
        ("size(nest) < :two", True),
        ("size(absent) < :two", False),
        ("yes = :true", True),
        ("NOT amount = :ten", False),
        ("NOT absent = :ten", True),
        ("amount = :nine OR label = :cup AND amount = :ten", False),
        ("(amount = :ten OR label = :cup) AND amount = :ten", True),
        ("amount = :ten or not (amount = :ten and amount = :nine)", True),
        (":ten = amount", True),
    ],
)
def test_what_a_condition_holds_for(
    lab: Lab, table: str, condition: str, holds: bool
) -> None:
    """As a filter and as a condition alike."""
    found = lab.client.scan(
        TableName=table, FilterExpression=condition, **used(condition)
    )
    assert bool(found["Count"]) is holds
    put = {"TableName": table, "Item": ITEM, "ConditionExpression": condition}
    if holds:
        lab.client.put_item(**put, **used(condition))
    else:
        assert refusal(lab.client.put_item, **put, **used(condition)) == (
            "ConditionalCheckFailedException",
            "The conditional request failed",
        )


INVALID = "Invalid ConditionExpression: "
OPERAND = (
    INVALID + "Incorrect operand type for operator or function; operator or function: "
)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", INVALID + "The expression can not be empty;"),
        ("amount", INVALID + 'Syntax error; token: "<EOF>", near: "amount"'),
        ("amount == :ten", INVALID + 'Syntax error; token: "="'),
        ("amount = 10", INVALID + 'Syntax error; token: "10"'),
        ("(amount = :ten", INVALID + 'Syntax error; token: "<EOF>"'),
        (
            "status = :ten",
            INVALID + "Attribute name is a reserved keyword; reserved keyword: status",
        ),
        (
            "#s = :ten",
            INVALID + "An expression attribute name used in the document path is not"
            " defined; attribute name: #s",
        ),
        (
            "amount = :ten AND label = :missing",
            INVALID + "An expression attribute value used in expression is not defined;"
            " attribute value: :missing",
        ),
        ("exists(amount)", INVALID + "Invalid function name; function: exists"),
        (
            "begins_with(label)",
            INVALID + "Incorrect number of operands for operator or function; operator"
            " or function: begins_with, number of operands: 1",
        ),
        ("begins_with(label, :ten)", OPERAND + "begins_with, operand type: N"),
        ("amount > :set", OPERAND + ">, operand type: SS"),
        (
            "amount BETWEEN :ten AND :nine",
            INVALID + "The BETWEEN operator requires upper bound to be greater than or"
            " equal to lower bound;",
        ),
        (
            "amount = amount",
            INVALID + "The first operand must be distinct from the remaining operands"
            " for this operator or function; operator: =, first operand: [amount]",
        ),
        (
            "size(label)",
            INVALID + "The function is not allowed to be used this way in an"
            " expression; function: size",
        ),
    ],
)
def test_what_a_condition_is_refused_for(
    lab: Lab, table: str, condition: str, message: str
) -> None:
    """In AWS's words."""
    values = {
        name: VALUES[name] for name in re.findall(r":\w+", condition) if name in VALUES
    }
    told = refusal(
        lab.client.put_item,
        TableName=table,
        Item=ITEM,
        ConditionExpression=condition,
        **({"ExpressionAttributeValues": values} if values else {}),
    )
    assert told[0] == "ValidationException"
    assert told[1].startswith(message)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {
                "ConditionExpression": "amount = :ten",
                "ExpressionAttributeValues": item(**{":ten": 10, ":b": 1}),
            },
            "Value provided in ExpressionAttributeValues unused in expressions: keys:"
            " {:b}",
        ),
        (
            {
                "ConditionExpression": "attribute_exists(label)",
                "ExpressionAttributeNames": {"#b": "label"},
            },
            "Value provided in ExpressionAttributeNames unused in expressions: keys:"
            " {#b}",
        ),
        (
            {"ExpressionAttributeNames": {"#b": "label"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": item(**{":b": 1})},
            "ExpressionAttributeValues can only be specified when using expressions:"
            " ConditionExpression is null",
        ),
        (
            {
                "ConditionExpression": "label = :b",
                "ExpressionAttributeValues": {},
            },
            "ExpressionAttributeValues must not be empty",
        ),
        (
            {
                "ConditionExpression": "label = :b",
                "ExpressionAttributeValues": item(b=1),
            },
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
        ),
    ],
)
def test_placeholders_are_defined_and_used(
    lab: Lab, table: str, members: dict[str, Any], message: str
) -> None:
    """One too many is as wrong as one too few."""
    told = refusal(lab.client.put_item, TableName=table, Item=ITEM, **members)
    assert told == ("ValidationException", message)


def test_a_failed_condition_shows_the_item_on_request(lab: Lab, table: str) -> None:
    """ReturnValuesOnConditionCheckFailure=ALL_OLD puts it into the error."""
    put = {
        "TableName": table,
        "Item": ITEM,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    failed = lab.client.exceptions.ConditionalCheckFailedException
    with pytest.raises(failed) as plain:
        lab.client.put_item(**put)
    assert "Item" not in plain.value.response
    with pytest.raises(failed) as shown:
        lab.client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert shown.value.response["Item"]["label"] == {"S": "teacup"}


def test_a_projection_keeps_paths(lab: Lab, table: str) -> None:
    """Parts of maps and lists come in what contains them."""
    found = lab.client.get_item(
        TableName=table,
        Key=item(pk="a"),
        ProjectionExpression="#l, nest.deep, things[1], absent",
        ExpressionAttributeNames={"#l": "label"},
    )["Item"]
    assert found == item(
        label="teacup", nest={"M": {"deep": {"N": "5"}}}, things={"L": [{"N": "2"}]}
    )


LEGACY = [
    ("get_item", {"Key": item(pk="a"), "AttributesToGet": ["label"]}),
    ("put_item", {"Item": ITEM, "Expected": {"pk": {"Exists": False}}}),
    ("scan", {"ScanFilter": {}}),
    ("query", {"KeyConditions": {}}),
]


@pytest.mark.parametrize(("operation", "members"), LEGACY)
def test_legacy_parameters_are_refused_loudly(
    lab: Lab, table: str, operation: str, members: dict[str, Any]
) -> None:
    """The error says what there is instead."""
    code, message = refusal(getattr(lab.client, operation), TableName=table, **members)
    assert code == "NotImplementedException"
    assert "the legacy parameter" in message


def test_partiql_is_refused_loudly(lab: Lab) -> None:
    """moto knows a part of it, and meters nothing."""
    code, message = refusal(lab.client.execute_statement, Statement="SELECT * FROM t")
    assert code == "NotImplementedException"
    assert "ExecuteStatement" in message
