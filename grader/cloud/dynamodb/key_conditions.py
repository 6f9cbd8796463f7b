"""Key condition expressions: one partition, and a range of sort keys in it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import invalid, invalid_parameter
from grader.cloud.dynamodb.expressions import Expression, Placeholders
from grader.cloud.dynamodb.keys import Schema, check_not_empty
from grader.cloud.dynamodb.values import Attributes, Value, comparable, kind_of

# What a comparison says when its sides are swapped.
_SWAPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class KeyCondition:
    """A test of one key attribute: ``=``, ``<`` …, ``BETWEEN`` or ``begins_with``."""

    name: str
    operator: str
    values: tuple[Value, ...]

    def holds(self, item: Attributes) -> bool:
        value = comparable(item[self.name])
        first = comparable(self.values[0])
        match self.operator:
            case "=":
                return bool(value == first)
            case "<":
                return bool(value < first)
            case "<=":
                return bool(value <= first)
            case ">":
                return bool(value > first)
            case ">=":
                return bool(value >= first)
            case "BETWEEN":
                return bool(first <= value <= comparable(self.values[1]))
        return bool(value.startswith(first))


@dataclass(frozen=True)
class KeyConditions:
    """A query's conditions: on all of the partition key, on some of the sort key."""

    partition: tuple[KeyCondition, ...]
    sort: tuple[KeyCondition, ...]

    def hold(self, item: Attributes) -> bool:
        return all(one.holds(item) for one in (*self.partition, *self.sort))

    def within(self, key: Attributes) -> bool:
        """Say whether a starting key is one that this query could have given."""
        return all(one.holds(key) for one in self.partition)


def key_conditions(text: str, names: Placeholders, schema: Schema) -> KeyConditions:
    """Read an expression for a table's, or an index's, keys.

    Raises: AWSError where it asks for anything but a range in one partition.
    """
    expression = Expression("KeyConditionExpression", text, names)
    found: dict[str, KeyCondition] = {}
    for one in _conjunction(expression):
        if one.name in found:
            raise invalid(
                "KeyConditionExpressions must only contain one condition per key"
            )
        found[one.name] = one
    expression.end()
    return _fitted(expression, found, schema)


def _conjunction(expression: Expression) -> list[KeyCondition]:
    found = _term(expression)
    while expression.accept("AND"):
        found += _term(expression)
    if expression.peek().upper() == "OR":
        raise _wrong_operator("OR")
    return found


def _term(expression: Expression) -> list[KeyCondition]:
    if expression.accept("("):
        inside = _conjunction(expression)
        expression.expect(")")
        return inside
    if expression.peek().upper() == "NOT":
        raise _wrong_operator("NOT")
    if expression.peek(1) == "(":
        return [_begins_with(expression)]
    if expression.at_value():
        value = expression.value()
        sign = _comparator(expression)
        return [KeyCondition(_key(expression), _SWAPPED[sign], (value,))]
    name = _key(expression)
    if expression.accept("BETWEEN"):
        low = expression.value()
        expression.expect("AND")
        return [KeyCondition(name, "BETWEEN", (low, expression.value()))]
    sign = _comparator(expression)
    if not expression.at_value():
        expression.path()
        raise expression.error(
            "Multiple attribute names used in one condition"
        ) from None
    return [KeyCondition(name, sign, (expression.value(),))]


def _comparator(expression: Expression) -> str:
    sign = expression.accept(*_SWAPPED)
    if sign:
        return sign
    if expression.peek() == "<>" or expression.peek().upper() == "IN":
        raise _wrong_operator(expression.peek().upper())
    raise expression.syntax_error()


def _begins_with(expression: Expression) -> KeyCondition:
    function = expression.take()
    if function in (
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "contains",
        "size",
    ):
        raise _wrong_operator(function)
    if function != "begins_with":
        raise expression.error(f"Invalid function name; function: {function}")
    expression.expect("(")
    name = _key(expression)
    expression.expect(",")
    value = expression.value()
    expression.expect(")")
    if kind_of(value) not in ("S", "B"):
        raise expression.error(
            "Incorrect operand type for operator or function; operator or function:"
            f" begins_with, operand type: {kind_of(value)}"
        )
    return KeyCondition(name, "begins_with", (value,))


def _key(expression: Expression) -> str:
    path = expression.path()
    if len(path) > 1:
        raise invalid(
            "Key attributes must be scalars; list random access '[]' and map lookup"
            f" '.' are not allowed: IndexKey: {path[0]}"
        )
    return str(path[0])


def _wrong_operator(name: str) -> AWSError:
    return invalid(f"Invalid operator used in KeyConditionExpression: {name}")


def _fitted(
    expression: Expression, found: Mapping[str, KeyCondition], schema: Schema
) -> KeyConditions:
    for name in schema.partition:
        if name not in found:
            raise invalid(f"Query condition missed key schema element: {name}")
        if found[name].operator != "=":
            raise invalid("Query key condition not supported")
    sort = [found[name] for name in schema.sort if name in found]
    _check_left_to_right(schema.sort, found, sort)
    if len(found) > len(schema.partition) + len(sort):
        missed = [name for name in schema.sort if name not in found]
        if missed:
            raise invalid(f"Query condition missed key schema element: {missed[0]}")
        raise invalid("Query key condition not supported")
    for one in found.values():
        _check_values(expression, one, schema)
    partition = tuple(found[name] for name in schema.partition)
    return KeyConditions(partition, tuple(sort))


def _check_left_to_right(
    names: Sequence[str], found: Mapping[str, Any], sort: Sequence[KeyCondition]
) -> None:
    # Only with several sort key attributes, as global secondary indexes may have.
    for one, name in zip(sort, names, strict=False):
        if one.name != name:
            raise invalid(
                f"RANGE key attributes {name} must have equality conditions specified"
                " in the query because a condition is present on key attribute"
                f" {one.name}"
            )
    if any(one.operator != "=" for one in sort[:-1]):
        raise invalid("Query key condition not supported")


def _check_values(
    expression: Expression, condition: KeyCondition, schema: Schema
) -> None:
    for value in condition.values:
        if kind_of(value) != schema.types[condition.name]:
            raise invalid_parameter(
                "Condition parameter type does not match schema type"
            )
        check_not_empty(condition.name, value)
    if condition.operator == "BETWEEN":
        low, high = condition.values
        if comparable(low) > comparable(high):
            raise expression.error(
                "The BETWEEN operator requires upper bound to be greater than or equal"
                " to lower bound; lower bound operand: AttributeValue:"
                f" {{{kind_of(low)}:{low[kind_of(low)]}}}, upper bound operand:"
                f" AttributeValue: {{{kind_of(high)}:{high[kind_of(high)]}}}"
            )
