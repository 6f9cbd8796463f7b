"""Patterns of space-delimited events: [ip, user, ..., status=4*, size > 1000]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.logs.pattern_errors import invalid_pattern
from grader.cloud.logs.pattern_logic import Condition, LogicParser, Token, tokens
from grader.cloud.logs.pattern_words import (
    COMPARED,
    QUOTED,
    REGEX,
    check_regexes,
    number,
    regex,
    unquoted,
    wildcard,
)

_COLUMN = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')
_PIECE = re.compile(rf"{QUOTED}|{REGEX}|,|[^,]")
_WORD = r"[\w.*+\-/:@]+"
# No selectors here: nothing is one.
_NO_SELECTOR = r"(?!)"
_NAME = re.compile(r"\w+")
_REST = "..."


@dataclass(frozen=True)
class Column:
    """One column: its name, "" for none, and what its value has to be."""

    name: str
    holds: Condition


@dataclass(frozen=True)
class ColumnMatch:
    """A message whose columns a pattern matches."""

    extracted: Mapping[str, Any]

    def value(self, name: str) -> Any:
        """The value of a column, such as ``$size``; None for none."""
        return self.extracted.get(name)


@dataclass(frozen=True)
class ColumnPattern:
    """Columns from the front and, after an ellipsis, from the back."""

    front: tuple[Column, ...]
    back: tuple[Column, ...] | None
    has_fields: bool = True

    def match(self, message: str) -> ColumnMatch | None:
        """Match a message; without an ellipsis it has exactly these columns."""
        values = [
            next((part for part in parts if part), "")
            for parts in _COLUMN.findall(message.strip())
        ]
        least = len(self.front) + len(self.back or ())
        if len(values) < least or (self.back is None and len(values) > least):
            return None
        columns = list(self.front)
        if self.back is not None:
            columns += [_ANY] * (len(values) - least) + list(self.back)
        extracted = {}
        for place, (column, value) in enumerate(zip(columns, values, strict=True), 1):
            if not column.holds(value):
                return None
            extracted[f"${column.name or place}"] = value
        return ColumnMatch(extracted)


def parse(text: str) -> ColumnPattern:
    """Parse what stands between the brackets.

    Raises:
        AWSError: InvalidParameterException.
    """
    pieces = [""]
    for piece in _PIECE.findall(text):
        if piece == ",":
            pieces.append("")
        else:
            pieces[-1] += piece
    pieces = [piece.strip() for piece in pieces]
    if pieces == [""] or pieces.count(_REST) > 1:
        raise invalid_pattern()
    check_regexes(len(re.findall(REGEX, text)))
    if _REST not in pieces:
        return ColumnPattern(tuple(map(_column, pieces)), None)
    middle = pieces.index(_REST)
    return ColumnPattern(
        tuple(map(_column, pieces[:middle])),
        tuple(map(_column, pieces[middle + 1 :])),
    )


_ANY = Column("", lambda value: True)


def _column(piece: str) -> Column:
    if not piece:
        return _ANY
    if _NAME.fullmatch(piece):
        return Column(piece, _ANY.holds)
    parser = _Parser(tokens(_NO_SELECTOR, _WORD, piece))
    holds = parser.parse()
    return Column(parser.names[0], holds)


class _Parser(LogicParser):
    """Conditions of one column; each comparison names the column again."""

    def __init__(self, split: list[Token]) -> None:
        super().__init__(split)
        self.names: list[str] = []

    def comparison(self, kind: str, text: str) -> Condition:
        """Parse the column's name and what its value has to be."""
        if kind != "word" or not _NAME.fullmatch(text):
            raise invalid_pattern()
        self.names.append(text)
        # The guide itself writes w1=ERROR || W1=WARNING.
        if text.lower() != self.names[0].lower():
            raise invalid_pattern()
        kind, operator = self.take()
        if kind != "operator":
            raise invalid_pattern()
        return _comparing(operator, *self.take())


def _comparing(operator: str, kind: str, text: str) -> Condition:
    if kind == "word" and (wanted := number(text)) is not None:
        compare = COMPARED[operator]
        return lambda value: (
            (found := number(value)) is not None and compare(found, wanted)
        )
    if operator not in ("=", "!=") or kind in ("logic", "operator"):
        raise invalid_pattern()
    alike = operator == "="
    if kind == "regex":
        expression = regex(text)
        return lambda value: (expression.search(value) is not None) == alike
    matches = wildcard(unquoted(text) if kind == "quoted" else text)
    return lambda value: matches(value) == alike
