"""Projection expressions: which attributes of an item are given back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from grader.cloud.dynamodb.expressions import (
    Expression,
    Path,
    Placeholders,
    check_overlaps,
)
from grader.cloud.dynamodb.values import Attributes, Value, kind_of

Projection = Callable[[Attributes], Attributes]


def projection_paths(text: str, names: Placeholders) -> list[Path]:
    """Read the paths of a projection expression."""
    expression = Expression("ProjectionExpression", text, names)
    paths = [expression.path()]
    while expression.accept(","):
        paths.append(expression.path())
    expression.end()
    check_overlaps(expression, paths)
    return paths


def projection(text: str | None, names: Placeholders) -> Projection:
    """Read an expression; an absent one keeps every attribute."""
    if text is None:
        return lambda item: item
    paths = projection_paths(text, names)
    return lambda item: projected(item, paths)


def projected(item: Attributes, paths: Iterable[Path]) -> Attributes:
    """Return what of an item the paths lead to.

    A list keeps the elements that were asked for, in their order, and closes up.
    """
    found = _picked({"M": item}, list(paths))
    return found["M"] if found is not None else {}


def _picked(value: Value, paths: list[Path]) -> Value | None:
    if any(not path for path in paths):
        return value
    kind = kind_of(value)
    if kind not in ("M", "L"):
        return None
    wanted: dict[Any, list[Path]] = {}
    for path in paths:
        if isinstance(path[0], int) == (kind == "L"):
            wanted.setdefault(path[0], []).append(path[1:])
    if kind == "M":
        pairs = {
            name: _picked(value["M"][name], wanted[name])
            for name in value["M"]
            if name in wanted
        }
        kept = {name: one for name, one in pairs.items() if one is not None}
        return {"M": kept} if kept else None
    elements = [
        _picked(value["L"][place], wanted[place])
        for place in sorted(wanted)
        if place < len(value["L"])
    ]
    present = [one for one in elements if one is not None]
    return {"L": present} if present else None
