"""Update expressions: SET, REMOVE, ADD and DELETE, applied to a copy of an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html.
moto changes the stored item in place, so that of two updates at once one is lost, and a
failing one stays half done.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.expressions import (
    Expression,
    Path,
    Placeholders,
    check_overlaps,
    resolve,
)
from grader.cloud.dynamodb.numbers import added
from grader.cloud.dynamodb.values import Attributes, Value, kind_of

Operand = Callable[[Attributes], Value]


class _Part(NamedTuple):
    """An operand: what it is in an item, and the path or the value that it is."""

    of: Operand
    path: Path | None = None
    literal: Value | None = None


_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "M": "MAP",
    "L": "LIST",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
}
_SETS = ("SS", "NS", "BS")


@dataclass
class Update:
    """What an expression does, each part in the order in which it is applied."""

    sets: list[tuple[Path, Operand]] = field(default_factory=list)
    adds: list[tuple[Path, Value]] = field(default_factory=list)
    deletes: list[tuple[Path, Value]] = field(default_factory=list)
    removes: list[Path] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        """Every path that is changed."""
        pairs = [*self.sets, *self.adds, *self.deletes]
        return [path for path, _ in pairs] + self.removes

    def apply(self, item: Attributes) -> Attributes:
        """Return the item as it becomes; every operand is read from it as it was.

        Raises: AWSError where a path or an operand doesn't fit the item.
        """
        changed = copy.deepcopy(item)
        values = [(path, operand(item)) for path, operand in self.sets]
        for path, value in values:
            _put(changed, path, copy.deepcopy(value))
        for path, value in self.adds:
            _put(changed, path, _sum(resolve(item, path), value))
        for path, value in self.deletes:
            left = _difference(resolve(item, path), value)
            if left is not None:
                _put(changed, path, left)
            else:
                _drop(changed, path)
        # From the end, so that an index means what it meant in the expression.
        for path in sorted(self.removes, key=_position, reverse=True):
            _drop(changed, path)
        return changed


def _position(path: Path) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(part, int), part) for part in path)


def update(text: str, names: Placeholders) -> Update:
    """Read an update expression. Raises: AWSError in AWS's words."""
    return _Reader(Expression("UpdateExpression", text, names)).whole()


class _Reader:
    def __init__(self, expression: Expression) -> None:
        self._expression = expression
        self._update = Update()

    def whole(self) -> Update:
        expression = self._expression
        clauses: dict[str, Callable[[], None]] = {
            "SET": self._set,
            "REMOVE": lambda: self._update.removes.append(expression.path()),
            "ADD": self._add,
            "DELETE": self._delete,
        }
        seen = set()
        while clause := expression.accept(*clauses):
            if clause in seen:
                raise expression.error(
                    f'The "{clause}" section can only be used once in an update'
                    " expression;"
                )
            seen.add(clause)
            clauses[clause]()
            while expression.accept(","):
                clauses[clause]()
        if not seen:
            raise expression.syntax_error()
        expression.end()
        check_overlaps(expression, self._update.paths)
        return self._update

    def _set(self) -> None:
        path = self._expression.path()
        self._expression.expect("=")
        left = self._operand()
        sign = self._expression.accept("+", "-")
        if not sign:
            self._update.sets.append((path, left.of))
            return
        right = self._operand()
        self._check_types(sign, "N", left, right)
        self._update.sets.append((path, _calculated(sign, left.of, right.of)))

    def _operand(self) -> _Part:
        expression = self._expression
        if expression.accept("("):
            inner = self._operand()
            expression.expect(")")
            return inner
        if expression.at_value():
            value = expression.value()
            return _Part(lambda item: value, literal=value)
        if expression.peek(1) == "(":
            return _Part(self._function())
        path = expression.path()
        return _Part(lambda item: _existing(item, path), path=path)

    def _function(self) -> Operand:
        expression = self._expression
        name = expression.peek()
        if name not in ("if_not_exists", "list_append"):
            raise expression.error(f"Invalid function name; function: {name}")
        expression.take()
        expression.expect("(")
        operands = [self._operand()]
        while expression.accept(","):
            operands.append(self._operand())
        expression.expect(")")
        if len(operands) != 2:
            raise expression.error(
                "Incorrect number of operands for operator or function; operator or"
                f" function: {name}, number of operands: {len(operands)}"
            )
        first, second = operands
        if name == "list_append":
            self._check_types(name, "L", first, second)
            return _appended(first.of, second.of)
        path = first.path
        if path is None:
            raise expression.error(
                "Operator or function requires a document path; operator or function:"
                " if_not_exists"
            )
        return lambda item: resolve(item, path) or second.of(item)

    def _check_types(self, name: str, kind: str, *parts: _Part) -> None:
        """Refuse values of another type; what an item has is looked at later."""
        for part in parts:
            if part.literal is not None and kind_of(part.literal) != kind:
                raise self._expression.error(
                    "Incorrect operand type for operator or function; operator or"
                    f" function: {name}, operand type: {kind_of(part.literal)}"
                )

    def _add(self) -> None:
        self._update.adds.append(self._path_and_value("ADD", ("N", *_SETS)))

    def _delete(self) -> None:
        self._update.deletes.append(self._path_and_value("DELETE", _SETS))

    def _path_and_value(
        self, clause: str, kinds: tuple[str, ...]
    ) -> tuple[Path, Value]:
        path = self._expression.path()
        value = self._expression.value()
        if kind_of(value) not in kinds:
            raise self._expression.error(
                "Incorrect operand type for operator or function; operator:"
                f" {clause}, operand type: {_NAMES[kind_of(value)]}, typeSet:"
                f" ALLOWED_FOR_{clause}_OPERAND"
            )
        return path, value


def _calculated(sign: str, left: Operand, right: Operand) -> Operand:
    def calculate(item: Attributes) -> Value:
        first, second = left(item), right(item)
        if not kind_of(first) == kind_of(second) == "N":
            raise _wrong_data()
        number = added(first["N"], second["N"], sign=1 if sign == "+" else -1)
        return {"N": number}

    return calculate


def _appended(left: Operand, right: Operand) -> Operand:
    def append(item: Attributes) -> Value:
        first, second = left(item), right(item)
        if not kind_of(first) == kind_of(second) == "L":
            raise _wrong_data()
        return {"L": [*first["L"], *second["L"]]}

    return append


def _existing(item: Attributes, path: Path) -> Value:
    found = resolve(item, path)
    if found is None:
        raise invalid(
            "The provided expression refers to an attribute that does not exist in the"
            " item"
        )
    return found


def _sum(current: Value | None, value: Value) -> Value:
    kind = kind_of(value)
    if current is None:
        return value
    if kind_of(current) != kind:
        raise _wrong_data()
    if kind == "N":
        return {"N": added(current["N"], value["N"])}
    return {
        kind: [
            *current[kind],
            *(one for one in value[kind] if one not in current[kind]),
        ]
    }


def _difference(current: Value | None, value: Value) -> Value | None:
    if current is None:
        return None
    kind = kind_of(value)
    if kind_of(current) != kind:
        raise _wrong_data()
    left = [one for one in current[kind] if one not in value[kind]]
    # There are no empty sets: the attribute goes with its last member.
    return {kind: left} if left else None


def _wrong_data() -> AWSError:
    return invalid("An operand in the update expression has an incorrect data type")


def _put(attributes: Attributes, path: Path, value: Value) -> None:
    if len(path) == 1:
        attributes[str(path[0])] = value
        return
    parent, last = resolve(attributes, path[:-1]), path[-1]
    if isinstance(last, int) and parent is not None and "L" in parent:
        elements = parent["L"]
        # Beyond the end is at the end.
        elements[last : last + 1] = [value]
    elif isinstance(last, str) and parent is not None and "M" in parent:
        parent["M"][last] = value
    else:
        raise _bad_path()


def _drop(attributes: Attributes, path: Path) -> None:
    if len(path) == 1:
        attributes.pop(str(path[0]), None)
        return
    parent, last = resolve(attributes, path[:-1]), path[-1]
    if isinstance(last, int) and parent is not None and "L" in parent:
        del parent["L"][last : last + 1]
    elif isinstance(last, str) and parent is not None and "M" in parent:
        parent["M"].pop(last, None)
    else:
        raise _bad_path()


def _bad_path() -> AWSError:
    return invalid(
        "The document path provided in the update expression is invalid for update"
    )
