"""One thing that a request needs to be allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from grader.cloud.access.request import Context


@dataclass(frozen=True)
class Need:
    """An action on a resource, with the condition keys that this pair alone has."""

    action: str
    resource: str
    context: Context | Callable[[], Context] = field(default_factory=dict)


class UnknownOperation(Exception):
    """Nothing is known of an operation's actions, so that nobody can be allowed it."""
