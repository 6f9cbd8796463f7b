"""What update expressions do, and what they are refused for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cloud.dynamodb.conftest import Lab, item, refusal

BEFORE = item(
    pk="a",
    amount=10,
    label="old",
    colours={"SS": ["a", "b"]},
    things={"L": [{"S": "zero"}, {"S": "one"}, {"S": "two"}]},
    nest={"M": {"side": {"N": "1"}, "deep": {"M": {"er": {"S": "x"}}}}},
)
INVALID = "Invalid UpdateExpression: "


@pytest.fixture(scope="module")
def table(lab: Lab) -> str:
    return lab.table()


def change(lab: Lab, table: str, expression: str, **members: Any) -> dict[str, Any]:
    """Update a fresh copy of the item; what it is afterwards, without its key."""
    lab.client.put_item(TableName=table, Item=BEFORE)
    lab.client.update_item(
        TableName=table, Key=item(pk="a"), UpdateExpression=expression, **members
    )
    after = lab.get(table, pk="a")
    return {
        name: value
        for name, value in after.items()
        if BEFORE.get(name) != value and name != "pk"
    } | {name: None for name in BEFORE if name not in after}


VALUES = item(
    **{
        ":n": 3,
        ":s": "new",
        ":l": {"L": [{"S": "last"}]},
        ":more": {"SS": ["b", "c"]},
        ":fewer": {"SS": ["a", "x"]},
        ":all": {"SS": ["a", "b"]},
    }
)


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET label = :s", item(label="new")),
        ("SET amount = amount + :n", item(amount=13)),
        ("SET amount = :n - amount", item(amount=-7)),
        ("SET another = label", item(another="old")),
        ("SET another = if_not_exists(absent, :s)", item(another="new")),
        ("SET another = if_not_exists(label, :s)", item(another="old")),
        ("SET amount = if_not_exists(absent, amount) + :n", item(amount=13)),
        (
            "SET things = list_append(things, :l)",
            item(things={"L": [{"S": one} for one in ("zero", "one", "two", "last")]}),
        ),
        (
            "SET things[1] = :s",
            item(things={"L": [{"S": one} for one in ("zero", "new", "two")]}),
        ),
        (
            "SET things[9] = :s",
            item(things={"L": [{"S": one} for one in ("zero", "one", "two", "new")]}),
        ),
        (
            "SET #nest.deep.er = :s",
            item(nest={"M": {"side": {"N": "1"}, "deep": {"M": {"er": {"S": "new"}}}}}),
        ),
        ("REMOVE label, absent", {"label": None}),
        (
            "REMOVE things[0], things[1]",
            item(things={"L": [{"S": "two"}]}),
        ),
        ("ADD amount :n", item(amount=13)),
        ("ADD visits :n", item(visits=3)),
        ("ADD colours :more", item(colours={"SS": ["a", "b", "c"]})),
        ("DELETE colours :fewer", item(colours={"SS": ["b"]})),
        ("DELETE colours :all", {"colours": None}),
        ("DELETE absent :all", {}),
        (
            "SET label = amount, amount = label",
            {**item(label=10), **item(amount="old")},
        ),
        (
            "set label = :s remove things add amount :n",
            {**item(label="new", amount=13), "things": None},
        ),
    ],
)
def test_what_an_update_does(
    lab: Lab, table: str, expression: str, changed: dict[str, Any]
) -> None:
    """Operands are those of the item as it was before the update."""
    used = {
        name: VALUES[name] for name in re.findall(r":\w+", expression) if name in VALUES
    }
    names = {"#nest": "nest"} if "#nest" in expression else {}
    members: dict[str, Any] = {}
    if used:
        members["ExpressionAttributeValues"] = used
    if names:
        members["ExpressionAttributeNames"] = names
    after = change(lab, table, expression, **members)
    if after.get("colours"):
        after["colours"]["SS"].sort()
    assert after == changed


PATH = "The document path provided in the update expression is invalid for update"
ABSENT = (
    "The provided expression refers to an attribute that does not exist in the item"
)
OPERAND = "An operand in the update expression has an incorrect data type"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("SET absent.deeper = :n", PATH),
        ("SET label.deeper = :n", PATH),
        ("SET amount[0] = :n", PATH),
        ("SET a = absent", ABSENT),
        ("SET amount = absent + :n", ABSENT),
        ("SET amount = label + :n", OPERAND),
        ("SET things = list_append(label, :l)", OPERAND),
        ("ADD label :n", OPERAND),
        ("ADD colours :n", OPERAND),
        ("DELETE amount :all", OPERAND),
        (
            "SET pk = :n",
            "One or more parameter values were invalid: Cannot update attribute pk."
            " This attribute is part of the key",
        ),
        (
            "ADD amount :s",
            INVALID + "Incorrect operand type for operator or function; operator: ADD,"
            " operand type: STRING",
        ),
        (
            "SET a = :n, a = :n",
            INVALID + "Two document paths overlap with each other; must remove or"
            " rewrite one of these paths; path one: [a], path two: [a]",
        ),
        (
            "SET a.b = :n REMOVE a",
            INVALID + "Two document paths overlap with each other; must remove or"
            " rewrite one of these paths; path one: [a, b], path two: [a]",
        ),
        (
            "SET a = :n SET b = :n",
            INVALID + 'The "SET" section can only be used once in an update'
            " expression;",
        ),
        ("SET a := :n", INVALID + 'Syntax error; token: ":"'),
        ("", INVALID + "The expression can not be empty;"),
        (
            "SET size = :n",
            INVALID + "Attribute name is a reserved keyword; reserved keyword: size",
        ),
        (
            "SET a = :missing",
            INVALID + "An expression attribute value used in expression is not defined;"
            " attribute value: :missing",
        ),
        (
            "SET #missing = :n",
            INVALID + "An expression attribute name used in the document path is not"
            " defined; attribute name: #missing",
        ),
        (
            "SET a = label + :s",
            INVALID + "Incorrect operand type for operator or function; operator or"
            " function: +, operand type: S",
        ),
        (
            "SET a = list_append(things, :s)",
            INVALID + "Incorrect operand type for operator or function; operator or"
            " function: list_append, operand type: S",
        ),
        (
            "SET a = foo(:n)",
            INVALID + "Invalid function name; function: foo",
        ),
    ],
)
def test_what_an_update_is_refused_for(
    lab: Lab, table: str, expression: str, message: str
) -> None:
    """In AWS's words, and the item stays as it is."""
    lab.client.put_item(TableName=table, Item=BEFORE)
    used = {
        name: VALUES[name] for name in re.findall(r":\w+", expression) if name in VALUES
    }
    told = refusal(
        lab.client.update_item,
        TableName=table,
        Key=item(pk="a"),
        UpdateExpression=expression,
        **({"ExpressionAttributeValues": used} if used else {}),
    )
    assert told[0] == "ValidationException"
    assert told[1].startswith(message)
    assert lab.get(table, pk="a") == BEFORE


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("NONE", None),
        ("ALL_OLD", item(pk="r", a=1, b=2)),
        ("UPDATED_OLD", item(a=1)),
        ("ALL_NEW", item(pk="r", a=5, b=2, c=5)),
        ("UPDATED_NEW", item(a=5, c=5)),
    ],
)
def test_what_an_update_returns(
    lab: Lab, table: str, wanted: str, shown: dict[str, Any] | None
) -> None:
    """Before or after, all of it or what was touched."""
    lab.put(table, pk="r", a=1, b=2)
    answer = lab.client.update_item(
        TableName=table,
        Key=item(pk="r"),
        UpdateExpression="SET a = :n, c = :n",
        ExpressionAttributeValues=item(**{":n": 5}),
        ReturnValues=wanted,
    )
    assert answer.get("Attributes") == shown


def test_an_update_makes_what_isnt_there(lab: Lab, table: str) -> None:
    """Without an expression too: an item of its key alone."""
    answer = lab.client.update_item(
        TableName=table, Key=item(pk="made"), ReturnValues="ALL_OLD"
    )
    assert "Attributes" not in answer
    assert lab.get(table, pk="made") == item(pk="made")


def test_a_put_returns_old_values_only(lab: Lab, table: str) -> None:
    """There is nothing else that it could mean."""
    lab.put(table, pk="p", a=1)
    put = {"TableName": table, "Item": item(pk="p")}
    old = lab.client.put_item(**put, ReturnValues="ALL_OLD")["Attributes"]
    assert old == item(pk="p", a=1)
    assert refusal(lab.client.put_item, **put, ReturnValues="ALL_NEW") == (
        "ValidationException",
        "Return values set to invalid value",
    )
