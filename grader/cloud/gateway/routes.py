"""Which route a path takes: exact before ``{variable}`` before ``{greedy+}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_EXACT, _VARIABLE, _GREEDY = range(3)


@dataclass(frozen=True)
class Route(Generic[T]):
    """A path template such as ``/pets/{id}`` with what it leads to."""

    template: str
    target: T


@dataclass(frozen=True)
class Match(Generic[T]):
    """The route that a path took, with the values of its variables."""

    route: Route[T]
    variables: Mapping[str, str]


def best_match(routes: Iterable[Route[T]], path: str) -> Match[T] | None:
    """Return the most specific of the routes that match, segment by segment.

    Of two routes with the same template the first one wins.
    """
    segments = path.split("/")[1:]
    best: tuple[list[int], Match[T]] | None = None
    for route in routes:
        found = _follow(route.template.split("/")[1:], segments)
        if found is not None and (best is None or found[0] < best[0]):
            best = found[0], Match(route, found[1])
    return best[1] if best else None


def _follow(
    template: list[str], segments: list[str]
) -> tuple[list[int], dict[str, str]] | None:
    ranks: list[int] = []
    variables: dict[str, str] = {}
    for position, part in enumerate(template):
        if position >= len(segments):
            return None
        if part.startswith("{") and part.endswith("+}"):
            rest = "/".join(segments[position:])
            if not rest:
                return None
            variables[part[1:-2]] = rest
            return [*ranks, _GREEDY], variables
        segment = segments[position]
        if part.startswith("{") and part.endswith("}"):
            if not segment:
                return None
            variables[part[1:-1]] = segment
            ranks.append(_VARIABLE)
        elif part == segment:
            ranks.append(_EXACT)
        else:
            return None
    return (ranks, variables) if len(template) == len(segments) else None
