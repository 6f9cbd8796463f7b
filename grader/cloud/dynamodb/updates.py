"""Update expressions: SET, REMOVE, ADD and DELETE, applied to a copy of an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html.
moto changes the stored item in place, so that of two updates at once one is lost, and a
failing one stays half done.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

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
        left, _ = self._operand()
        sign = self._expression.accept("+", "-")
        if not sign:
            self._update.sets.append((path, left))
            return
        right, _ = self._operand()
        self._update.sets.append((path, self._calculated(sign, left, right)))

    def _operand(self) -> tuple[Operand, Path | None]:
        expression = self._expression
        if expression.accept("("):
            inner = self._operand()
            expression.expect(")")
            return inner
        if expression.at_value():
            value = expression.value()
            return (lambda item: value), None
        if expression.peek(1) == "(":
            return self._function(), None
        path = expression.path()
        return (lambda item: _existing(item, path)), path

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
        (first, path), (second, _) = operands
        if name == "list_append":
            return self._appended(first, second)
        if path is None:
            raise expression.error(
                "Operator or function requires a document path; operator or function:"
                " if_not_exists"
            )
        return lambda item: resolve(item, path) or second(item)

    def _calculated(self, sign: str, left: Operand, right: Operand) -> Operand:
        def calculate(item: Attributes) -> Value:
            first, second = left(item), right(item)
            for value in (first, second):
                if kind_of(value) != "N":
                    raise self._wrong_type(sign, value)
            number = added(first["N"], second["N"], sign=1 if sign == "+" else -1)
            return {"N": number}

        return calculate

    def _appended(self, first: Operand, second: Operand) -> Operand:
        def append(item: Attributes) -> Value:
            parts = first(item), second(item)
            for value in parts:
                if kind_of(value) != "L":
                    raise self._wrong_type("list_append", value)
            return {"L": [*parts[0]["L"], *parts[1]["L"]]}

        return append

    def _wrong_type(self, name: str, value: Value) -> AWSError:
        return self._expression.error(
            "Incorrect operand type for operator or function; operator or function:"
            f" {name}, operand type: {kind_of(value)}"
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
