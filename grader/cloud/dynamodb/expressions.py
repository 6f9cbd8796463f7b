"""What DynamoDB's expressions have in common: tokens, document paths, placeholders.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html. moto
reads them too, but answers mistakes in them with HTTP 500 or with words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.values import Attributes, Value, normal

Path = tuple[str | int, ...]

_TOKEN = re.compile(r"\s*([#:][A-Za-z0-9_]+|[A-Za-z_]\w*|\d+|<>|<=|>=|\S)")
_NAME = re.compile(r"#[A-Za-z0-9_]+")
_VALUE = re.compile(r":[A-Za-z0-9_]+")
_WORD = re.compile(r"[A-Za-z_]\w*")
# Bytes of one expression.
_LONGEST = 4096


@dataclass
class Placeholders:
    """A request's names and values, and which of them its expressions used."""

    names: Mapping[str, str]
    values: Attributes
    used: set[str] = field(default_factory=set)

    def check_used(self) -> None:
        """Raises: AWSError where a placeholder occurs in no expression."""
        for kind, given in (("Names", self.names), ("Values", self.values)):
            unused = [one for one in given if one not in self.used]
            if unused:
                raise invalid(
                    f"Value provided in ExpressionAttribute{kind} unused in"
                    f" expressions: keys: {{{', '.join(unused)}}}"
                )


def placeholders(members: Mapping[str, Any], *expressions: str) -> Placeholders:
    """Read the placeholders of a request (or part of one) that takes ``expressions``.

    Raises: AWSError for placeholders that no expression could use, or that are none.
    """
    given = [name for name in expressions if members.get(name) is not None]
    names, values = (
        members.get(f"ExpressionAttribute{kind}") for kind in ("Names", "Values")
    )
    if names is not None and not given:
        raise invalid(
            "ExpressionAttributeNames can only be specified when using expressions"
        )
    with_values = [name for name in expressions if name != "ProjectionExpression"]
    if values is not None and not set(with_values) & set(given):
        missing = " and ".join(with_values)
        are = "are" if len(with_values) > 1 else "is"
        raise invalid(
            "ExpressionAttributeValues can only be specified when using expressions:"
            f" {missing} {are} null"
        )
    _check_keys("Names", names, _NAME)
    _check_keys("Values", values, _VALUE)
    return Placeholders(names or {}, _normal_values(values or {}))


def _check_keys(kind: str, given: Mapping[str, Any] | None, form: Any) -> None:
    if given is None:
        return
    if not given:
        raise invalid(f"ExpressionAttribute{kind} must not be empty")
    for key in given:
        if not form.fullmatch(key):
            raise invalid(
                f"ExpressionAttribute{kind} contains invalid key: Syntax error; key:"
                f' "{key}"'
            )


def _normal_values(values: Mapping[str, Any]) -> Attributes:
    found: Attributes = {}
    for key, value in values.items():
        try:
            found[key] = normal(value)
        except AWSError as error:
            if error.code != "ValidationException":
                raise
            raise invalid(
                f"ExpressionAttributeValues contains invalid value: {error.message} for"
                f" key {key}"
            ) from None
    return found


class Expression:
    """One expression being read, from left to right.

    ``kind`` is the parameter's name, which begins each of its errors; ``paths`` are
    those that were read.
    """

    def __init__(self, kind: str, text: str, placeholders: Placeholders) -> None:
        self.kind = kind
        self.paths: list[Path] = []
        self._text = text
        self._placeholders = placeholders
        if not text.strip():
            raise self.error("The expression can not be empty;")
        size = len(text.encode())
        if size > _LONGEST:
            raise self.error(
                "Expression size has exceeded the maximum allowed size; expression"
                f" size: {size}"
            )
        self._spans = [found.span(1) for found in _TOKEN.finditer(text)]
        self._at = 0

    def error(self, what: str) -> AWSError:
        """Make this expression's error."""
        return invalid(f"Invalid {self.kind}: {what}")

    def syntax_error(self) -> AWSError:
        """Make the error for a token that can't stand where it does."""
        token = self.peek() or "<EOF>"
        first = max(self._at - 1, 0)
        last = min(self._at + 1, len(self._spans) - 1)
        near = self._text[self._spans[first][0] : self._spans[last][1]]
        return self.error(f'Syntax error; token: "{token}", near: "{near}"')

    def peek(self, ahead: int = 0) -> str:
        """Return the next token without taking it; "" at the end."""
        place = self._at + ahead
        if place >= len(self._spans):
            return ""
        start, end = self._spans[place]
        return self._text[start:end]

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def accept(self, *tokens: str) -> str:
        """Take the next token if it is one of these words or signs; "" if not."""
        if self.peek().upper() in tokens:
            return self.take().upper()
        return ""

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise self.syntax_error()

    def end(self) -> None:
        """Raises: AWSError where something is left."""
        if self.peek():
            raise self.syntax_error()

    def at_value(self) -> bool:
        return self.peek().startswith(":")

    def value(self) -> Value:
        """Take a value's placeholder."""
        token = self.peek()
        if not _VALUE.fullmatch(token):
            raise self.syntax_error()
        self.take()
        found = self._placeholders.values.get(token)
        if found is None:
            raise self.error(
                "An expression attribute value used in expression is not defined;"
                f" attribute value: {token}"
            )
        self._placeholders.used.add(token)
        return found

    def path(self) -> Path:
        """Take a document path, such as ``a.#b[0]``."""
        parts: list[str | int] = [self._name()]
        while True:
            if self.accept("."):
                parts.append(self._name())
            elif self.accept("["):
                if not self.peek().isdigit():
                    raise self.syntax_error()
                parts.append(int(self.take()))
                self.expect("]")
            else:
                self.paths.append(tuple(parts))
                return self.paths[-1]

    def _name(self) -> str:
        token = self.peek()
        if _NAME.fullmatch(token):
            self.take()
            found = self._placeholders.names.get(token)
            if found is None:
                raise self.error(
                    "An expression attribute name used in the document path is not"
                    f" defined; attribute name: {token}"
                )
            self._placeholders.used.add(token)
            return found
        if not _WORD.fullmatch(token):
            raise self.syntax_error()
        if token.upper() in ReservedKeywords.get_reserved_keywords():
            raise self.error(
                f"Attribute name is a reserved keyword; reserved keyword: {self.take()}"
            )
        return self.take()


def resolve(attributes: Attributes | None, path: Path) -> Value | None:
    """Return the value that a path leads to, if there is one."""
    if not attributes:
        return None
    found = attributes.get(str(path[0]))
    for part in path[1:]:
        if found is None:
            return None
        if isinstance(part, int):
            elements = found.get("L", [])
            found = elements[part] if part < len(elements) else None
        else:
            found = found.get("M", {}).get(part)
    return found


def shown(path: Path) -> str:
    """Write a path as DynamoDB's errors do: ``[a, b, [0]]``."""
    parts = (f"[{part}]" if isinstance(part, int) else part for part in path)
    return f"[{', '.join(parts)}]"


def check_overlaps(expression: Expression, paths: Sequence[Path]) -> None:
    """Raises: AWSError where one path is, or leads into, another."""
    for place, later in enumerate(paths):
        for earlier in paths[:place]:
            common = min(len(earlier), len(later))
            if earlier[:common] == later[:common]:
                raise expression.error(
                    "Two document paths overlap with each other; must remove or rewrite"
                    f" one of these paths; path one: {shown(earlier)}, path two:"
                    f" {shown(later)}"
                )
            _check_conflict(expression, earlier, later)


def _check_conflict(expression: Expression, earlier: Path, later: Path) -> None:
    for one, other in zip(earlier, later, strict=False):
        if isinstance(one, int) != isinstance(other, int):
            raise expression.error(
                "Two document paths conflict with each other; must remove or rewrite"
                f" one of these paths; path one: {shown(earlier)}, path two:"
                f" {shown(later)}"
            )
        if one != other:
            return
