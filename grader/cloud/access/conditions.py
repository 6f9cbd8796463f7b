"""The Condition element: does a request meet it?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.comparisons import COMPARISONS, Comparison
from grader.cloud.access.request import Context
from grader.cloud.access.variables import Template, template

_IF_EXISTS = "IfExists"
_SETS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True)
class Condition:
    """One key of one operator, with the values that a document wants.

    `key` is in lower case, `spelling` is the document's. `comparison` is None for an
    operator that IAM doesn't have: such a condition is never met. `quantifier` is
    ForAllValues, ForAnyValue or empty.
    """

    operator: str
    key: str
    spelling: str
    wanted: tuple[Template, ...]
    comparison: Comparison | None
    quantifier: str
    if_exists: bool

    def holds(self, context: Context) -> bool:
        """Whether the request meets it."""
        found = values(context, self.key)
        if self.comparison is None:
            return False
        if self.comparison.name == "Null":
            absent = "false" if found else "true"
            return any(wanted.text.lower() == absent for wanted in self.wanted)
        if self.quantifier:
            # "A null dataset, such as an empty string" is as good as no key.
            found = tuple(value for value in found if value)
        if not found:
            return self._without_key()
        met = (self._met(self.comparison, value, context) for value in found)
        if self.quantifier == "ForAllValues":
            return all(met)
        if self.comparison.negated and not self.quantifier:
            return all(met)
        return any(met)

    def _without_key(self) -> bool:
        """A key that isn't there, or is there without a value."""
        if self.if_exists or self.quantifier == "ForAllValues":
            return True
        if self.quantifier == "ForAnyValue" or self.comparison is None:
            return False
        return self.comparison.negated

    def _met(self, comparison: Comparison, found: str, context: Context) -> bool:
        """One value of the request against all that are wanted: OR, negated NOR."""
        matched = any(
            comparison.matches(wanted, found, context) for wanted in self.wanted
        )
        return matched is not comparison.negated


def values(context: Context, key: str) -> tuple[str, ...]:
    """What a request has for a key; empty without it."""
    found = context.get(key, ())
    return (found,) if isinstance(found, str) else tuple(found)


def conditions(
    element: Mapping[str, Mapping[str, Any]], *, variables: bool
) -> tuple[Condition, ...]:
    """Read a Condition element."""
    return tuple(
        _condition(operator, key, wanted, variables=variables)
        for operator, keys in element.items()
        for key, wanted in keys.items()
    )


def _condition(operator: str, key: str, wanted: Any, *, variables: bool) -> Condition:
    quantifier, colon, name = operator.partition(":")
    if not colon:
        quantifier, name = "", operator
    if_exists = name.endswith(_IF_EXISTS)
    comparison = COMPARISONS.get(name.removesuffix(_IF_EXISTS).lower())
    if quantifier and quantifier not in _SETS:
        comparison = None
    if comparison and if_exists and comparison.name == "Null":
        comparison = None
    texts = wanted if isinstance(wanted, list) else [wanted]
    takes_variables = variables and comparison is not None and comparison.variables
    return Condition(
        operator,
        key.lower(),
        key,
        tuple(template(text(one), variables=takes_variables) for one in texts),
        comparison,
        quantifier,
        if_exists,
    )


def text(value: Any) -> str:
    """A JSON value as the string that IAM takes it for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
