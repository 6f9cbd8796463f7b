"""The rules of composite alarms: ALARM(a) AND NOT OK("b").

Follows "PutCompositeAlarm" in the CloudWatch API reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader.cloud.monitoring import errors
from grader.facts import cloudwatch

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<function>ALARM|OK|INSUFFICIENT_DATA)\s*
        \(\s*(?:"(?P<quoted>[^"]+)"|(?P<plain>[^\s()"]+))\s*\)
    |(?P<word>AND|OR|NOT|TRUE|FALSE)\b
    |(?P<bracket>[()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_UNDERLYING = cloudwatch.ALARMS_PER_RULE.value

StateOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Rule:
    """A parsed rule; ``alarms`` are the names that it asks about."""

    alarms: tuple[str, ...]
    _holds: Callable[[StateOf], bool]

    def holds(self, state_of: StateOf) -> bool:
        """Evaluate the rule, given the state of each alarm by its name."""
        return self._holds(state_of)


def parse_rule(text: str) -> Rule:
    """Parse an AlarmRule.

    Raises:
        Refusal: ValidationError.
    """
    parser = _Parser(text)
    holds = parser.alternatives()
    if parser.left:
        raise _invalid(text)
    names = tuple(dict.fromkeys(parser.names))
    if len(names) > _UNDERLYING:
        raise errors.validation(
            f"AlarmRule must not contain more than {_UNDERLYING} alarms."
        )
    return Rule(names, holds)


def _invalid(text: str) -> Exception:
    return errors.validation(
        f"Error in AlarmRule expression: Invalid syntax in '{text}'."
    )


Condition = Callable[[StateOf], bool]


class _Parser:
    """Recursive descent: OR binds least, then AND, then NOT."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self.names: list[str] = []

    def _split(self, text: str) -> Iterator[Mapping[str, str | None]]:
        place = 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise _invalid(text)
            yield found.groupdict()
            place = found.end()

    @property
    def left(self) -> bool:
        return bool(self._tokens)

    def _word(self) -> str:
        word = self._tokens[0]["word"] if self._tokens else None
        return (word or "").upper()

    def alternatives(self) -> Condition:
        condition = self._conjunction()
        while self._word() == "OR":
            self._tokens.pop(0)
            condition = _either(condition, self._conjunction())
        return condition

    def _conjunction(self) -> Condition:
        condition = self._term()
        while self._word() == "AND":
            self._tokens.pop(0)
            condition = _both(condition, self._term())
        return condition

    def _term(self) -> Condition:
        if not self._tokens:
            raise _invalid(self._text)
        token = self._tokens.pop(0)
        word = (token["word"] or "").upper()
        if word == "NOT":
            return _negated(self._term())
        if word in ("TRUE", "FALSE"):
            return lambda _: word == "TRUE"
        if token["function"]:
            return self._asked(token)
        if token["bracket"] == "(":
            condition = self.alternatives()
            if self._tokens and self._tokens.pop(0)["bracket"] == ")":
                return condition
        raise _invalid(self._text)

    def _asked(self, token: Mapping[str, str | None]) -> Condition:
        wanted = str(token["function"]).upper()
        name = token["quoted"] or str(token["plain"])
        if name.startswith("arn:"):
            name = name.split(":", 6)[-1]
        self.names.append(name)
        return lambda state_of: state_of(name) == wanted


def _either(one: Condition, other: Condition) -> Condition:
    return lambda state_of: one(state_of) or other(state_of)


def _both(one: Condition, other: Condition) -> Condition:
    return lambda state_of: one(state_of) and other(state_of)


def _negated(one: Condition) -> Condition:
    return lambda state_of: not one(state_of)
