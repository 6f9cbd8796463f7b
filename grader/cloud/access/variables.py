"""Policy variables: the parts of a text that a request fills in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

from grader.cloud.access.request import Context

_VARIABLE = re.compile(
    r"\$\{(?:(?P<special>[*?$])|(?P<key>[^{}]+?)(?:, '(?P<default>[^']*)')?)\}"
)


class Text(NamedTuple):
    """A piece of text; * and ? may be wildcards only where it isn't literal.

    Literal are `${*}` and the values of variables.
    """

    text: str
    literal: bool = False


@dataclass(frozen=True)
class Variable:
    """`${key}` or `${key, 'default'}`, the key in lower case and as it was spelt."""

    key: str
    spelling: str
    default: str | None


Filled = tuple[Text, ...]


@dataclass(frozen=True)
class Template:
    """A text of a document, read into its parts."""

    text: str
    parts: tuple[Text | Variable, ...]
    fixed: Filled | None
    """The parts where no request changes them."""

    @classmethod
    def of(cls, text: str, parts: tuple[Text | Variable, ...]) -> Self:
        """A template of parts that are known."""
        fixed = tuple(part for part in parts if not isinstance(part, Variable))
        return cls(text, parts, fixed if len(fixed) == len(parts) else None)

    def condition_keys(self) -> Iterator[str]:
        """The keys of its variables."""
        for part in self.parts:
            if isinstance(part, Variable):
                yield part.key

    def filled(self, context: Context) -> Filled | None:
        """The parts with the request's values; None when one has no value.

        "When policy variables reference a condition context key that has no value […]
        the value is effectively null. There is no equal or like value." A multivalued
        key can't be used as a variable.
        """
        if self.fixed is not None:
            return self.fixed
        filled: list[Text] = []
        for part in self.parts:
            if isinstance(part, Variable):
                value = context.get(part.key)
                if not isinstance(value, str):
                    value = part.default
                if value is None:
                    return None
                filled.append(Text(value, literal=True))
            else:
                filled.append(part)
        return tuple(filled)

    def plain(self, context: Context) -> str | None:
        """The text for a comparison without wildcards."""
        filled = self.filled(context)
        return None if filled is None else "".join(part.text for part in filled)


def template(text: str, *, variables: bool) -> Template:
    """Read a text; without `variables` a `${…}` is what it looks like."""
    return Template.of(text, tuple(_parts(text)) if variables else (Text(text),))


def _parts(text: str) -> Iterator[Text | Variable]:
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            yield Text(text[end : found.start()])
        if special := found["special"]:
            yield Text(special, literal=True)
        else:
            key = found["key"].strip()
            yield Variable(key.lower(), key, found["default"])
        end = found.end()
    if end < len(text) or not text:
        yield Text(text[end:])
