"""The part of JSONPath that EventBridge knows: dots, indices and asterisks.

Follows "Amazon EventBridge input transformation" in the EventBridge user guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_STEP = re.compile(r"\.([\w\-/]+|\*)|\[(\d+|\*)\]")

MISSING = object()
"""What a path leads to where there is nothing."""


def is_path(path: str) -> bool:
    """Say whether a text is a path in EventBridge's syntax."""
    return path.startswith("$") and _steps(path) is not None


def find(path: str, body: Any) -> Any:
    """Return what a path leads to; a list for a path with asterisks; or MISSING."""
    steps = _steps(path)
    if steps is None:
        return MISSING
    found = list(_followed(body, steps))
    if "*" in steps:
        return found or MISSING
    return found[0] if found else MISSING


def _steps(path: str) -> list[str] | None:
    steps, at = [], 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        steps.append(step[1] or step[2])
        at = step.end()
    return steps


def _followed(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        inner = value.values() if isinstance(value, dict) else value
        for one in inner if isinstance(value, dict | list) else ():
            yield from _followed(one, rest)
    elif isinstance(value, dict) and step in value:
        yield from _followed(value[step], rest)
    elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        yield from _followed(value[int(step)], rest)
