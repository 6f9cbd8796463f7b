"""Patterns of JSON events: { $.level = "ERROR" && ($.n > 3 || $.x NOT EXISTS) }."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from grader.cloud.logs.pattern_errors import invalid_pattern
from grader.cloud.logs.pattern_logic import Condition, LogicParser, Token, tokens
from grader.cloud.logs.pattern_words import (
    COMPARED,
    number,
    regex,
    unquoted,
    wildcard,
)

_SELECTOR = r"\$(?:\.[\w-]+|\[\d+\])+"
_WORD = r"[\w.*+\-]+"
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_ABSENT = object()
_TRUTHS: dict[str, Any] = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True)
class JsonMatch:
    """A document that a pattern matches."""

    document: Any
    selectors: tuple[str, ...]

    @cached_property
    def extracted(self) -> Mapping[str, Any]:
        """The values of the selectors of the pattern, as text."""
        found = {name: self.value(name) for name in self.selectors}
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in found.items()
            if value is not None
        }

    def value(self, name: str) -> Any:
        """The string, number or truth that a selector points to; None for none."""
        if not re.fullmatch(_SELECTOR, name):
            return None
        found = _select(self.document, name)
        return None if isinstance(found, dict | list) or found is _ABSENT else found


@dataclass(frozen=True)
class JsonPattern:
    """A condition on documents; what isn't a JSON object doesn't match."""

    condition: Condition
    selectors: tuple[str, ...]
    has_fields: bool = True

    def match(self, message: str) -> JsonMatch | None:
        """Match a message."""
        if not message.lstrip().startswith(("{", "[")):
            return None
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return None
        if not self.condition(document):
            return None
        return JsonMatch(document, self.selectors)


def is_selector(text: str) -> bool:
    """Say whether text names a place in a document, such as ``$.users[0].id``."""
    return re.fullmatch(_SELECTOR, text) is not None


def parse(text: str) -> JsonPattern:
    """Parse what stands between the braces.

    Raises:
        AWSError: InvalidParameterException.
    """
    parser = _Parser(tokens(_SELECTOR, _WORD, text))
    condition = parser.parse()
    return JsonPattern(condition, tuple(dict.fromkeys(parser.selectors)))


class _Parser(LogicParser):
    """Conditions on the places of a document that selectors point to."""

    def __init__(self, split: list[Token]) -> None:
        super().__init__(split)
        self.selectors: list[str] = []

    def comparison(self, kind: str, text: str) -> Condition:
        """Parse a selector and what its value has to be."""
        if kind != "selector":
            raise invalid_pattern()
        self.selectors.append(text)
        selector, (kind, text) = text, self.take()
        if kind == "operator":
            holds = _comparing(text, *self.take())
            return lambda document: holds(_select(document, selector))
        wanted = self.take()[1].upper()
        if kind == "word" and text.upper() == "IS" and wanted in _TRUTHS:
            truth = _TRUTHS[wanted]
            return lambda document: _select(document, selector) is truth
        if kind == "word" and text.upper() == "NOT" and wanted == "EXISTS":
            return lambda document: _select(document, selector) is _ABSENT
        raise invalid_pattern()


def _comparing(operator: str, kind: str, text: str) -> Condition:
    """Make a comparison with what stands right of an operator."""
    if kind == "regex" and operator in ("=", "!="):
        expression = regex(text)
        return _of_text(operator, lambda value: bool(expression.search(value)))
    if kind == "word" and (wanted := number(text)) is not None:
        compare = COMPARED[operator]
        return lambda found: (
            (value := _number(found)) is not None and compare(value, wanted)
        )
    if kind not in ("word", "quoted") or operator not in ("=", "!="):
        raise invalid_pattern()
    return _of_text(operator, wildcard(unquoted(text) if kind == "quoted" else text))


def _of_text(operator: str, matches: Callable[[str], bool]) -> Condition:
    wanted = operator == "="

    def holds(found: Any) -> bool:
        text = _text(found)
        return text is not None and matches(text) == wanted

    return holds


def _text(found: Any) -> str | None:
    """The text of a value; objects, lists and null are none, and so never match."""
    if isinstance(found, str):
        return found
    if isinstance(found, bool | int | float):
        return json.dumps(found)
    return None


def _number(found: Any) -> float | None:
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return float(found)
    return number(found) if isinstance(found, str) else None


def _select(document: Any, selector: str) -> Any:
    for name, index in _steps(selector):
        if name is not None:
            if not isinstance(document, dict) or name not in document:
                return _ABSENT
            document = document[name]
        elif isinstance(document, list) and index < len(document):
            document = document[index]
        else:
            return _ABSENT
    return document


@lru_cache(maxsize=1024)
def _steps(selector: str) -> tuple[tuple[str | None, int], ...]:
    return tuple(
        (name or None, int(index or 0)) for name, index in _STEP.findall(selector)
    )
