"""Condition and filter expressions: read once, then asked of each item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.expressions import (
    Expression,
    Path,
    Placeholders,
    resolve,
    shown,
)
from grader.cloud.dynamodb.values import (
    TYPES,
    Attributes,
    Value,
    comparable,
    kind_of,
    same,
)

Comparison = Callable[[Any, Any], bool]
Condition = Callable[[Attributes | None], bool]

_ORDERED = ("S", "N", "B")
_COMPARISONS: dict[str, Comparison] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# How many operands each function takes.
_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}


@dataclass(frozen=True)
class Operand:
    """A path, the size at a path, or a literal value."""

    path: Path | None = None
    literal: Value | None = None
    sized: bool = False

    def of(self, item: Attributes | None) -> Value | None:
        """Return this operand's value in an item."""
        if self.path is None:
            return self.literal
        found = resolve(item, self.path)
        if not self.sized or found is None:
            return found
        return _size(found)


def _size(value: Value) -> Value | None:
    content = value[kind_of(value)]
    match kind_of(value):
        case "N" | "BOOL" | "NULL":
            return None
        case "B":
            return {"N": str(len(comparable(value)))}
        case "S":
            return {"N": str(len(content.encode()))}
    return {"N": str(len(content))}


def condition(kind: str, text: str | None, names: Placeholders) -> Condition:
    """Read an expression; an absent one is true of every item."""
    if text is None:
        return lambda item: True
    return _Reader(Expression(kind, text, names)).whole()


def filter_condition(
    text: str | None, names: Placeholders, keys: tuple[str, ...] = ()
) -> Condition:
    """Read a filter, which can't test the ``keys`` of what a query reads."""
    if text is None:
        return lambda item: True
    expression = Expression("FilterExpression", text, names)
    found = _Reader(expression).whole()
    for path in expression.paths:
        if path[0] in keys:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: Primary"
                f" key attribute: {path[0]}"
            )
    return found


class _Reader:
    """Reads a condition: OR of ANDs of NOTs of comparisons and functions."""

    def __init__(self, expression: Expression) -> None:
        self._expression = expression
        # What the parentheses that were closed last held.
        self._closed: Condition | None = None

    def whole(self) -> Condition:
        found = self._or()
        self._expression.end()
        return found

    def _or(self) -> Condition:
        left = self._and()
        while self._expression.accept("OR"):
            left = _either(left, self._and())
        return left

    def _and(self) -> Condition:
        left = self._not()
        while self._expression.accept("AND"):
            left = _both(left, self._not())
        return left

    def _not(self) -> Condition:
        if self._expression.accept("NOT"):
            negated = self._not()
            return lambda item: not negated(item)
        if self._expression.peek() == "(":
            return self._parenthesised()
        return self._test()

    def _parenthesised(self) -> Condition:
        self._expression.expect("(")
        self._closed = None
        found = self._or()
        self._expression.expect(")")
        if found is self._closed:
            raise self._expression.error("The expression has redundant parentheses;")
        self._closed = found
        return found

    def _test(self) -> Condition:
        name = self._expression.peek()
        if self._expression.peek(1) == "(" and name != "size":
            return self._function()
        left = self._operand()
        if comparator := self._expression.accept("=", "<>", *_COMPARISONS):
            right = self._operand()
            self._check_distinct(comparator, left, right)
            return self._comparison(comparator, left, right)
        if self._expression.accept("BETWEEN"):
            return self._between(left)
        if self._expression.accept("IN"):
            return self._in(left)
        if left.sized:
            raise self._expression.error(
                "The function is not allowed to be used this way in an expression;"
                " function: size"
            )
        raise self._expression.syntax_error()

    def _operand(self) -> Operand:
        expression = self._expression
        if expression.at_value():
            return Operand(literal=expression.value())
        if expression.peek(1) == "(":
            name = expression.peek()
            self._check_function(name)
            if name != "size":
                raise expression.error(
                    "The function is not allowed to be used this way in an expression;"
                    f" function: {name}"
                )
            (operand,) = self._operands(name)
            if operand.path is None:
                assert operand.literal is not None
                kind = kind_of(operand.literal)
                if kind in ("N", "BOOL", "NULL"):
                    raise self._wrong_type("size", kind)
                return Operand(literal=_size(operand.literal))
            return Operand(path=operand.path, sized=True)
        return Operand(path=expression.path())

    def _function(self) -> Condition:
        name = self._expression.peek()
        self._check_function(name)
        operands = self._operands(name)
        first = operands[0]
        if name.startswith("attribute_") and first.path is None:
            raise self._expression.error(
                "Operator or function requires a document path; operator or function:"
                f" {name}"
            )
        if name == "attribute_exists":
            return lambda item: first.of(item) is not None
        if name == "attribute_not_exists":
            return lambda item: first.of(item) is None
        self._check_distinct(name, *operands)
        second = operands[1]
        if name == "attribute_type":
            return self._attribute_type(first, second)
        if name == "begins_with":
            for operand in operands:
                self._check_type(name, operand, ("S", "B"))
            return lambda item: _begins_with(first.of(item), second.of(item))
        return lambda item: _contains(first.of(item), second.of(item))

    def _check_function(self, name: str) -> None:
        if name not in _FUNCTIONS:
            raise self._expression.error(f"Invalid function name; function: {name}")

    def _operands(self, name: str) -> list[Operand]:
        self._expression.take()
        self._expression.expect("(")
        operands = [self._operand()]
        while self._expression.accept(","):
            operands.append(self._operand())
        self._expression.expect(")")
        if len(operands) != _FUNCTIONS[name]:
            raise self._expression.error(
                "Incorrect number of operands for operator or function; operator or"
                f" function: {name}, number of operands: {len(operands)}"
            )
        return operands

    def _attribute_type(self, first: Operand, second: Operand) -> Condition:
        self._check_type("attribute_type", second, ("S",))
        wanted = (second.literal or {}).get("S")
        if wanted not in TYPES:
            raise self._expression.error(
                f"Invalid attribute type name found; type: {wanted}, valid types:"
                " {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            )

        def of_type(item: Attributes | None) -> bool:
            value = first.of(item)
            return value is not None and kind_of(value) == wanted

        return of_type

    def _comparison(self, sign: str, left: Operand, right: Operand) -> Condition:
        if sign == "=":
            return lambda item: same(left.of(item), right.of(item))
        if sign == "<>":
            return lambda item: not same(left.of(item), right.of(item))
        for operand in (left, right):
            self._check_type(sign, operand, _ORDERED)
        compare = _COMPARISONS[sign]
        return lambda item: _ordered(compare, left.of(item), right.of(item))

    def _between(self, operand: Operand) -> Condition:
        low = self._operand()
        self._expression.expect("AND")
        high = self._operand()
        for one in (operand, low, high):
            self._check_type("BETWEEN", one, _ORDERED)
        if low.literal is not None and high.literal is not None:
            self._check_bounds(low.literal, high.literal)

        def between(item: Attributes | None) -> bool:
            value = operand.of(item)
            return _ordered(operator.ge, value, low.of(item)) and _ordered(
                operator.le, value, high.of(item)
            )

        return between

    def _check_bounds(self, low: Value, high: Value) -> None:
        bounds = (
            f"lower bound operand: {_written(low)}, upper bound operand:"
            f" {_written(high)}"
        )
        if kind_of(low) != kind_of(high):
            raise self._expression.error(
                "The BETWEEN operator requires same data type for lower and upper"
                f" bounds; {bounds}"
            )
        if comparable(low) > comparable(high):
            raise self._expression.error(
                "The BETWEEN operator requires upper bound to be greater than or equal"
                f" to lower bound; {bounds}"
            )

    def _in(self, operand: Operand) -> Condition:
        self._expression.expect("(")
        members = [self._operand()]
        while self._expression.accept(","):
            members.append(self._operand())
        self._expression.expect(")")
        return lambda item: any(
            same(operand.of(item), member.of(item)) for member in members
        )

    def _check_distinct(self, name: str, *operands: Operand) -> None:
        first, *others = operands
        if first.path is not None and first in others:
            raise self._expression.error(
                "The first operand must be distinct from the remaining operands for"
                f" this operator or function; operator: {name}, first operand:"
                f" {shown(first.path)}"
            )

    def _check_type(self, name: str, operand: Operand, kinds: tuple[str, ...]) -> None:
        if operand.literal is not None and kind_of(operand.literal) not in kinds:
            raise self._wrong_type(name, kind_of(operand.literal))

    def _wrong_type(self, name: str, kind: str) -> AWSError:
        return self._expression.error(
            "Incorrect operand type for operator or function; operator or function:"
            f" {name}, operand type: {kind}"
        )


def _either(left: Condition, right: Condition) -> Condition:
    return lambda item: left(item) or right(item)


def _both(left: Condition, right: Condition) -> Condition:
    return lambda item: left(item) and right(item)


def _ordered(compare: Comparison, left: Value | None, right: Value | None) -> bool:
    if left is None or right is None or kind_of(left) != kind_of(right):
        return False
    return kind_of(left) in _ORDERED and compare(comparable(left), comparable(right))


def _begins_with(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None or kind_of(value) != kind_of(start):
        return False
    if kind_of(value) not in ("S", "B"):
        return False
    return bool(comparable(value).startswith(comparable(start)))


def _contains(value: Value | None, wanted: Value | None) -> bool:
    if value is None or wanted is None:
        return False
    kind, sought = kind_of(value), kind_of(wanted)
    if kind in ("S", "B"):
        return kind == sought and comparable(wanted) in comparable(value)
    if kind in ("SS", "NS", "BS"):
        return kind[0] == sought and comparable(wanted) in comparable(value)
    if kind == "L":
        return any(same(one, wanted) for one in value["L"])
    return False


def _written(value: Value) -> str:
    kind = kind_of(value)
    return f"AttributeValue: {{{kind}:{value[kind]}}}"
