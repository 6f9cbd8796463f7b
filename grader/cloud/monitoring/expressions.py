"""Metric math: expressions over the metrics of a request, parsed and evaluated.

moto answers with nothing. Follows "Using metric math" in the CloudWatch user guide.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.cloud.monitoring import expression_functions
from grader.cloud.monitoring.errors import Refusal, unmodelled
from grader.cloud.monitoring.expression_values import (
    OPERATORS,
    Array,
    Grid,
    Value,
    combined,
    wrong,
)

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<id>[a-z][A-Za-z0-9_]*)
    |(?P<word>[A-Z][A-Z0-9_]*)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]])
    )""",
    re.VERBOSE,
)
_LOGIC = {"&&": "AND", "||": "OR"}
# From what binds least to what binds most; ^ is apart, as it binds to the right.
_LEVELS = (
    ("OR",),
    ("AND",),
    ("==", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
)
_ARGUMENTS = (*expression_functions.WORDS, *expression_functions.REDUCTIONS)


class Scope(ABC):
    """What an expression can refer to."""

    grid: Grid

    @abstractmethod
    def named(self, name: str) -> Value:
        """The value of a metric or of another expression, by its id."""

    @abstractmethod
    def metrics(self, part: str) -> Array:
        """The metrics of the request whose ids have a part, expressions left out."""


Evaluate = Callable[[Scope], Value]


@dataclass(frozen=True)
class Expression:
    """A parsed expression; ``names`` are the ids that it refers to."""

    evaluate: Evaluate
    names: tuple[str, ...]


@lru_cache(maxsize=256)
def parse_expression(text: str) -> Expression:
    """Parse an expression.

    Raises:
        Refusal: ValidationError, InvalidParameterValue for what isn't modelled.
    """
    if re.match(r"\s*SELECT\b", text):
        raise unmodelled("Metrics Insights queries (SELECT)")
    parser = _Parser(text)
    evaluate = parser.whole()
    return Expression(evaluate, tuple(dict.fromkeys(parser.names)))


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self.names: list[str] = []

    def whole(self) -> Evaluate:
        evaluate = self._level(0)
        if self._tokens:
            raise _unexpected(self._tokens[0][1])
        return evaluate

    def _next(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self) -> tuple[str, str]:
        if not self._tokens:
            raise wrong("Syntax error: the expression ends too early")
        return self._tokens.pop(0)

    def _expect(self, sign: str) -> None:
        taken = self._take()[1]
        if taken != sign:
            raise _unexpected(taken)

    def _level(self, level: int) -> Evaluate:
        """An operation of a level: operands are of the next one, left comes first."""
        if level == len(_LEVELS):
            return self._power()
        evaluate = self._level(level + 1)
        while self._next() in _LEVELS[level]:
            operator = self._take()[1]
            evaluate = _operation(operator, evaluate, self._level(level + 1))
        return evaluate

    def _power(self) -> Evaluate:
        if self._next() == "-":
            self._take()
            return _operation("*", lambda scope: -1.0, self._power())
        evaluate = self._primary()
        if self._next() == "^":
            self._take()
            evaluate = _operation("^", evaluate, self._power())
        return evaluate

    def _primary(self) -> Evaluate:
        kind, text = self._take()
        if kind == "number":
            number = float(text)
            return lambda scope: number
        if kind == "id":
            self.names.append(text)
            return lambda scope: scope.named(text)
        if kind == "text":
            return lambda scope: text[1:-1]
        if kind == "word":
            if self._next() == "(":
                return self._call(text)
            if text in _ARGUMENTS:
                return lambda scope: text
        if text == "(":
            evaluate = self._level(0)
            self._expect(")")
            return evaluate
        if text == "[":
            parts = self._listed("]")
            return lambda scope: expression_functions.joined(
                part(scope) for part in parts
            )
        raise _unexpected(text)

    def _call(self, name: str) -> Evaluate:
        self._take()
        arguments = self._listed(")")
        if name == "METRICS":
            return _metrics(arguments)
        call = expression_functions.function(name)
        return lambda scope: call(
            [argument(scope) for argument in arguments], scope.grid
        )

    def _listed(self, end: str) -> Sequence[Evaluate]:
        parts: list[Evaluate] = []
        if self._next() == end:
            self._take()
            return parts
        while True:
            parts.append(self._level(0))
            sign = self._take()[1]
            if sign == end:
                return parts
            if sign != ",":
                raise _unexpected(sign)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unexpected(text[place:].lstrip()[:1])
        assert found.lastgroup is not None
        token = found[found.lastgroup]
        tokens.append((found.lastgroup, _LOGIC.get(token, token)))
        place = found.end()
    return tokens


def _unexpected(token: str) -> Refusal:
    return wrong(f"Syntax error: unexpected '{token}'")


def _operation(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    apply = OPERATORS[operator]
    return lambda scope: combined(apply, left(scope), right(scope))


def _metrics(arguments: Sequence[Evaluate]) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        parts = [argument(scope) for argument in arguments]
        if len(parts) > 1 or any(not isinstance(part, str) for part in parts):
            raise wrong("Function 'METRICS' takes one text or nothing")
        return scope.metrics(str(parts[0]) if parts else "")

    return evaluate
