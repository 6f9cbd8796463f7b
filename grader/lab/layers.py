"""Nodes in layers from left to right, so that few links cross.

The steps are Sugiyama's: give each node a layer, give links that pass a layer a place
in it, and order each layer by where its neighbours are. Only strong links lead to the
right; a weak one goes wherever its ends are, so that it makes no picture wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import median_low

_SWEEPS = 12


@dataclass(frozen=True)
class Link:
    """From a node to another, by their numbers."""

    source: int
    target: int
    strong: bool = True


@dataclass(frozen=True)
class Pass:
    """The place in a layer through which a longer link goes."""

    link: int
    layer: int


Item = int | Pass
"""A node by its number, or a link that passes."""


@dataclass(frozen=True)
class Layers:
    """What stands in each layer, and the way of each link."""

    parts: tuple[tuple[tuple[Item, ...], ...], ...]
    """What stands in each layer from top to bottom, for each part that hangs together.

    The largest part comes first; each has all layers.
    """
    ways: tuple[tuple[Item, ...], ...]
    """The items that each link joins, from left to right; within a layer its ends."""
    turned: frozenset[int]
    """Links whose source is on the right."""
    level: frozenset[int]
    """Links within a layer."""

    @property
    def rows(self) -> tuple[tuple[Item, ...], ...]:
        """What stands in each layer, in all parts."""
        layers = zip(*self.parts, strict=True)
        return tuple(tuple(chain.from_iterable(rows)) for rows in layers)


def arranged(nodes: int, links: Sequence[Link]) -> Layers:
    """Arrange nodes 0 … nodes - 1. No link joins a node to itself."""
    layer = _layers(nodes, links)
    ways: list[tuple[Item, ...]] = []
    turned, level = set(), set()
    for at, link in enumerate(links):
        left, right = link.source, link.target
        if layer[left] == layer[right]:
            level.add(at)
        elif layer[left] > layer[right]:
            turned.add(at)
            left, right = right, left
        between = range(layer[left] + 1, layer[right])
        ways.append((left, *(Pass(at, one) for one in between), right))
    rows: list[list[Item]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(nodes):
        rows[layer[node]].append(node)
    for way in ways:
        for item in way[1:-1]:
            assert isinstance(item, Pass)
            rows[item.layer].append(item)
    joins = [
        pair for at, way in enumerate(ways) if at not in level for pair in pairwise(way)
    ]
    parts = []
    for part in _parts(nodes, ways):
        some = [[item for item in row if item in part] for row in rows]
        parts.append(_ordered(some, [pair for pair in joins if pair[0] in part]))
    return Layers(tuple(parts), tuple(ways), frozenset(turned), frozenset(level))


def _parts(nodes: int, ways: Sequence[Sequence[Item]]) -> list[set[Item]]:
    """Items that hang together, the most first."""
    part: dict[Item, set[Item]] = {node: {node} for node in range(nodes)}
    for way in ways:
        joined = set(way).union(*(part[item] for item in way if item in part))
        part.update(dict.fromkeys(joined, joined))
    found = {id(items): items for items in part.values()}
    return sorted(found.values(), key=len, reverse=True)


def _layers(nodes: int, links: Sequence[Link]) -> list[int]:
    """As far left as strong links allow; others beside those that they are joined to.

    What only weak links lead to stands right of all that strong ones join; what leads
    on by weak links stands left of all its targets.
    """
    ahead = _acyclic(sorted(links, key=lambda link: not link.strong))
    strong = [(left, right) for left, right, is_strong in ahead if is_strong]
    layer = {node: 0 for pair in strong for node in pair}
    for _ in range(len(layer)):
        for left, right in strong:
            layer[right] = max(layer[right], layer[left] + 1)
    lefts: dict[int, list[int]] = {node: [] for node in range(nodes)}
    rights: dict[int, list[int]] = {node: [] for node in range(nodes)}
    for left, right, _ in ahead:
        lefts[right].append(left)
        rights[left].append(right)
    others = [node for node in range(nodes) if node not in layer]
    ends = [node for node in others if not rights[node]]
    known = {node: [layer[one] for one in lefts[node] if one in layer] for node in ends}
    layer |= {node: max(some) + 1 for node, some in known.items() if some}
    # The column in which most ends stand is that of the others, too.
    column = median_low([layer[node] for node in ends if node in layer] or [1])
    layer |= {node: column for node in ends if node not in layer}
    for _ in others:
        for node in others:
            if rights[node] and all(one in layer for one in rights[node]):
                layer[node] = min(layer[one] for one in rights[node]) - 1
    # No layer is empty, and the first one is 0.
    used = {one: at for at, one in enumerate(sorted(set(layer.values())))}
    return [used[layer[node]] for node in range(nodes)]


def _acyclic(links: Sequence[Link]) -> list[tuple[int, int, bool]]:
    """Left, right and strength of links; who would close a cycle is turned."""
    after: dict[int, set[int]] = {}
    found = []
    for link in links:
        left, right = link.source, link.target
        if _leads(right, left, after):
            left, right = right, left
        after.setdefault(left, set()).add(right)
        found.append((left, right, link.strong))
    return found


def _leads(start: int, end: int, after: dict[int, set[int]]) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        node = ahead.pop()
        if node == end:
            return True
        fresh = after.get(node, set()) - seen
        seen |= fresh
        ahead += fresh
    return False


def _ordered(
    rows: list[list[Item]], joins: Sequence[tuple[Item, Item]]
) -> tuple[tuple[Item, ...], ...]:
    lefts: dict[Item, list[Item]] = {}
    rights: dict[Item, list[Item]] = {}
    for left, right in joins:
        lefts.setdefault(right, []).append(left)
        rights.setdefault(left, []).append(right)
    best, fewest = [list(row) for row in rows], _crossings(rows, joins)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = lefts if forward else rights
        for row in rows if forward else reversed(rows):
            _sort(row, rows, neighbours)
        crossings = _crossings(rows, joins)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return tuple(tuple(row) for row in best)


def _sort(
    row: list[Item], rows: list[list[Item]], neighbours: dict[Item, list[Item]]
) -> None:
    height = {item: at for other in rows for at, item in enumerate(other)}

    def mean(item: Item) -> float:
        heights = [height[other] for other in neighbours.get(item, ())]
        return sum(heights) / len(heights) if heights else height[item]

    row.sort(key=mean)


def _crossings(rows: list[list[Item]], joins: Sequence[tuple[Item, Item]]) -> int:
    place = {item: (x, y) for x, row in enumerate(rows) for y, item in enumerate(row)}
    by_layer: dict[int, list[tuple[int, int]]] = {}
    for left, right in joins:
        (x, y), (_, end) = place[left], place[right]
        by_layer.setdefault(x, []).append((y, end))
    crossed = 0
    for ends in by_layer.values():
        ends.sort()
        for at, (y, end) in enumerate(ends):
            crossed += sum(b < end for a, b in ends[at + 1 :] if a > y)
    return crossed
