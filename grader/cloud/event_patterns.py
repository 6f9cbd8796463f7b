"""Event patterns: which events a rule, or an event source mapping's filter, takes.

Follows "Comparison operators for use in event patterns" in the EventBridge user
guide, and event-ruler, the engine that AWS published, in what a pattern means for
arrays and for fields that are missing, and in the words of its refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.event_pattern_operators import Test, test
from grader.cloud.event_pattern_text import InvalidPattern, Node, PatternText, read

__all__ = ["InvalidPattern", "Pattern", "compile_pattern"]

_OR = "$or"
_NOTHING = object()
"""The value of a field that an event doesn't have."""

Check = Callable[[Any, Any], bool]
"""Tells whether the value of a field fits, in a whole event."""
Path = tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """A pattern that is ready to be compared with events.

    ``fields`` have to fit all; of each group of ``alternatives`` one has to.
    """

    fields: tuple[tuple[str, Check], ...]
    alternatives: tuple[tuple[Pattern, ...], ...] = ()

    def matches(self, event: Any) -> bool:
        """Say whether an event (JSON, as Python reads it) fits."""
        return self.fits(event, event)

    def fits(self, value: Any, event: Any) -> bool:
        """Say whether an object fits that lies within an event."""
        if isinstance(value, list) and value:
            # One element has to fit as a whole.
            return any(self.fits(element, event) for element in value)
        members: Mapping[str, Any] = value if isinstance(value, dict) else {}
        return all(
            check(members.get(name, _NOTHING), event) for name, check in self.fields
        ) and all(
            any(pattern.fits(members, event) for pattern in group)
            for group in self.alternatives
        )


def compile_pattern(text: str) -> Pattern:
    """Make a pattern of its JSON text.

    Raises:
        InvalidPattern: with the reason that EventBridge gives after
            "Event pattern is not valid. Reason: ".
    """
    source = read(text)
    if not isinstance(source.root.value, dict):
        raise source.refused("Filter is not an object", source.root.begun)
    return _object(source, source.root, ())


def _object(source: PatternText, node: Node, path: Path) -> Pattern:
    assert isinstance(node.value, dict)
    fields: list[tuple[str, Check]] = []
    alternatives: list[tuple[Pattern, ...]] = []
    for name, inner in node.value.items():
        if name == _OR:
            alternatives.append(_alternatives(source, inner, path))
        elif isinstance(inner.value, dict):
            fields.append((name, _object(source, inner, (*path, name)).fits))
        elif isinstance(inner.value, list):
            fields.append((name, _values(source, inner, (*path, name))))
        else:
            raise source.refused(f'"{name}" must be an object or an array', inner.begun)
    if not node.value:
        raise source.refused("Empty objects are not allowed", node.end)
    return Pattern(tuple(fields), tuple(alternatives))


def _alternatives(source: PatternText, node: Node, path: Path) -> tuple[Pattern, ...]:
    if not isinstance(node.value, list):
        raise source.refused(f"It must be an Array followed with {_OR}.", node.begun)
    patterns = []
    for inner in node.value:
        if not isinstance(inner.value, dict):
            raise source.refused(
                f"Only JSON object is allowed in array of {_OR} relationship.",
                inner.begun,
            )
        patterns.append(_object(source, inner, path))
    if len(patterns) < 2:
        raise source.refused(
            f"There must have at least 2 Objects in {_OR} relationship.", node.end
        )
    return tuple(patterns)


def _values(source: PatternText, node: Node, path: Path) -> Check:
    """Check a field against what its array allows."""
    assert isinstance(node.value, list)
    tests: list[Test] = []
    absent = False
    for inner in node.value:
        found = test(source, inner)
        if found is None:
            absent = True
        else:
            tests.append(found)
    if not node.value:
        raise source.refused("Empty arrays are not allowed", node.end)

    def check(value: Any, event: Any) -> bool:
        leaves = list(_leaves(value))
        if not leaves:
            # Of a field in an array's elements none may have it.
            return absent and not list(_leaves(_at(event, path)))
        return any(fits(leaf) for leaf in leaves for fits in tests)

    return check


def _at(value: Any, path: Path) -> Any:
    """Return what an event has at a path: of an array, what its elements have."""
    if not path:
        return value
    if isinstance(value, list):
        return [_at(element, path) for element in value]
    if isinstance(value, dict):
        return _at(value.get(path[0], _NOTHING), path[1:])
    return _NOTHING


def _leaves(value: Any) -> Iterator[Any]:
    """Go through the values of a field; those of an object are fields of their own."""
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    elif value is not _NOTHING and not isinstance(value, dict):
        yield value
