"""Where boxes, labels and arrows of a picture lie, in inches; y grows downwards.

Every arrow has a row of its own at each of its ends, and its label stands in the row
where it leaves: so labels touch nothing. Between two columns of boxes lies a gutter in
which arrows bend; past other columns they go through rows of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.lab.layers import Item, Layers, Link, Pass, arranged

GAP = 0.26
"""Between a box and the next one below it."""
PAD = 0.1
"""Between a box and a label, and between a label and where its arrow bends."""
_ROW = 0.2
"""The least height of an arrow's row."""
_BEND, _BEND_MORE, _BEND_MOST = 0.5, 0.06, 1.8
"""The width in which arrows bend: at least, more for each arrow, and at most."""
_PASSES = 10
_STRAIGHT = 4.0
"""How much more a passing arrow minds a bend than a box does."""


@dataclass(frozen=True)
class Size:
    """How large a box's text or a label is."""

    width: float
    height: float


@dataclass(frozen=True)
class Area:
    """A rectangle: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """The way of an arrow from its source, in points between which it goes smoothly."""

    points: tuple[tuple[float, float], ...]
    label: Area


@dataclass(frozen=True)
class Placement:
    """The areas of the boxes and the lines of the arrows, in the order given."""

    boxes: tuple[Area, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def placed(
    boxes: Sequence[Size], arrows: Sequence[Link], labels: Sequence[Size]
) -> Placement:
    """Place boxes that are joined by arrows.

    What isn't joined at all stands below one another, in the same columns.
    """
    layers = arranged(len(boxes), arrows)
    rows = _rows(layers, labels)
    heights = _heights(layers, boxes, rows)
    columns = _columns(layers, boxes, labels)
    middles, bottom = _middles(layers, heights, rows)
    areas = {
        item: Area(
            column.x, middles[item] - heights[item] / 2, column.width, heights[item]
        )
        for row, column in zip(layers.rows, columns.boxes, strict=True)
        for item in row
    }
    lines = [
        _line(at, layers, areas, rows, columns, label)
        for at, label in enumerate(labels)
    ]
    placed_boxes = tuple(areas[box] for box in range(len(boxes)))
    return Placement(placed_boxes, tuple(lines), columns.width, bottom)


def shelved(boxes: Sequence[Size], width: float) -> Placement:
    """Place boxes that nothing joins: side by side, in lines of at most `width`."""
    areas: list[Area] = []
    x = y = tallest = widest = 0.0
    for size in boxes:
        if x and x + size.width > width:
            x, y, tallest = 0.0, y + tallest + GAP, 0.0
        areas.append(Area(x, y, size.width, size.height))
        x, tallest = x + size.width + GAP, max(tallest, size.height)
        widest = max(widest, x - GAP)
    return Placement(tuple(areas), (), widest, y + tallest)


_End = tuple[int, Item]
"""An arrow, and one of the items on its way."""


@dataclass(frozen=True)
class _Rows:
    """How far below an item's middle each arrow's row is, left and right of it."""

    left: dict[_End, float]
    right: dict[_End, float]
    heights: dict[Item, float]
    """What the rows of an item take, the taller side."""


def _rows(layers: Layers, labels: Sequence[Size]) -> _Rows:
    height = {item: at for row in layers.rows for at, item in enumerate(row)}
    sides: tuple[dict[Item, list[tuple[int, Item]]], ...] = ({}, {})
    for at, way in enumerate(layers.ways):
        for left, right in pairwise(way):
            # Within a layer an arrow leaves and arrives on the right.
            arrives = sides[1 if at in layers.level else 0]
            arrives.setdefault(right, []).append((at, left))
            sides[1].setdefault(left, []).append((at, right))
    offsets: tuple[dict[_End, float], ...] = ({}, {})
    taken: dict[Item, float] = {}
    for side, offset in zip(sides, offsets, strict=True):
        for item, ends in side.items():
            # The rows stand in the order of where their arrows lead.
            ends.sort(key=lambda end: (height[end[1]], end[0]))
            sizes = [_row(at, item, layers, labels, side is sides[1]) for at, _ in ends]
            total, below = sum(sizes), 0.0
            for (at, _), size in zip(ends, sizes, strict=True):
                offset[at, item] = below + size / 2 - total / 2
                below += size
            taken[item] = max(total, taken.get(item, 0.0))
    return _Rows(offsets[0], offsets[1], taken)


def _row(
    at: int, item: Item, layers: Layers, labels: Sequence[Size], right: bool
) -> float:
    """A row's height: that of the label, where the arrow leaves its source."""
    source = layers.ways[at][-1 if at in layers.turned else 0]
    leaves = item == source and right is (at not in layers.turned)
    return max(_ROW, labels[at].height + 0.06 if leaves else 0.0)


def _heights(layers: Layers, boxes: Sequence[Size], rows: _Rows) -> dict[Item, float]:
    return {
        item: _ROW
        if isinstance(item, Pass)
        else max(boxes[item].height, rows.heights.get(item, 0.0))
        for row in layers.rows
        for item in row
    }


def _middles(
    layers: Layers, heights: dict[Item, float], rows: _Rows
) -> tuple[dict[Item, float], float]:
    """The heights of all middles, and where the lowest item ends."""
    joins: dict[Item, list[tuple[Item, float]]] = {}
    for at, way in enumerate(layers.ways):
        for left, right in pairwise(way) if at not in layers.level else ():
            # How much higher the right one should stand for the arrow to be straight.
            step = rows.right[at, left] - rows.left[at, right]
            joins.setdefault(right, []).append((left, step))
            joins.setdefault(left, []).append((right, -step))
    middles: dict[Item, float] = {}
    bottom = 0.0
    for part in layers.parts:
        found = _middles_of_part(part, heights, joins)
        top = min(found[item] - heights[item] / 2 for item in found)
        start = bottom + GAP if bottom else 0.0
        middles |= {item: middle - top + start for item, middle in found.items()}
        bottom = max(middles[item] + heights[item] / 2 for item in found)
    return middles, bottom


def _middles_of_part(
    part: Sequence[Sequence[Item]],
    heights: dict[Item, float],
    joins: dict[Item, list[tuple[Item, float]]],
) -> dict[Item, float]:
    """Near their neighbours', and far enough apart."""
    middles: dict[Item, float] = {}
    for row in part:
        middles.update(zip(row, _apart(row, [0.0] * len(row), heights), strict=True))
    for turn in range(_PASSES):
        for row in part if turn % 2 else reversed(part):
            wanted = []
            for item in row:
                ends = joins.get(item)
                wanted.append(
                    sum(middles[other] + step for other, step in ends) / len(ends)
                    if ends
                    else middles[item]
                )
            middles.update(zip(row, _apart(row, wanted, heights), strict=True))
    return middles


def _apart(
    row: Sequence[Item], wanted: Sequence[float], heights: dict[Item, float]
) -> list[float]:
    """The middles nearest to the wanted ones that leave a gap between neighbours.

    Isotonic regression by pooling adjacent violators.
    """
    steps = [0.0] * len(row)
    for at, (above, below) in enumerate(pairwise(row)):
        steps[at + 1] = steps[at] + (heights[above] + heights[below]) / 2 + GAP
    pools: list[list[float]] = []
    for item, want, step in zip(row, wanted, steps, strict=True):
        weight = _STRAIGHT if isinstance(item, Pass) else 1.0
        pools.append([want - step, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, weight, count = pools.pop()
            pool = pools[-1]
            pool[0] = (pool[0] * pool[1] + value * weight) / (pool[1] + weight)
            pool[1] += weight
            pool[2] += count
    levels = [value for value, _, count in pools for _ in range(int(count))]
    return [level + step for level, step in zip(levels, steps, strict=True)]


@dataclass(frozen=True)
class _Columns:
    """The columns of boxes, and of the labels right and left of them."""

    boxes: tuple[Area, ...]
    labels_after: tuple[float, ...]
    labels_before: tuple[float, ...]
    """The width that labels take there; 0 where there are none."""
    width: float


def _columns(layers: Layers, boxes: Sequence[Size], labels: Sequence[Size]) -> _Columns:
    layer = {item: at for at, row in enumerate(layers.rows) for item in row}
    count = len(layers.rows)
    after, before, bends = [0.0] * count, [0.0] * count, [0] * count
    for at, way in enumerate(layers.ways):
        for left, _ in pairwise(way):
            bends[layer[left]] += 1
        if at in layers.turned:
            column = layer[way[-1]]
            before[column] = max(before[column], labels[at].width + 2 * PAD)
        else:
            column = layer[way[0]]
            after[column] = max(after[column], labels[at].width + 2 * PAD)
    areas, x = [], 0.0
    for at, row in enumerate(layers.rows):
        width = max(
            (boxes[one].width for one in row if isinstance(one, int)), default=0
        )
        areas.append(Area(x, 0.0, width, 0.0))
        bend = min(_BEND + _BEND_MORE * bends[at], _BEND_MOST) if bends[at] else 0.0
        x += width + after[at] + bend + (before[at + 1] if at < count - 1 else 0.0)
    return _Columns(tuple(areas), tuple(after), tuple(before), x)


def _line(
    at: int,
    layers: Layers,
    areas: dict[Item, Area],
    rows: _Rows,
    columns: _Columns,
    label: Size,
) -> Line:
    layer = {item: one for one, row in enumerate(layers.rows) for item in row}
    way = layers.ways[at]
    points: list[tuple[float, float]] = []
    for left, right in pairwise(way):
        bends_at = areas[left].right + columns.labels_after[layer[left]]
        start = areas[left].middle + rows.right[at, left]
        points += [(areas[left].right, start), (bends_at, start)]
        if at in layers.level:
            end = areas[right].middle + rows.right[at, right]
            points += [(bends_at, end), (areas[right].right, end)]
        else:
            end = areas[right].middle + rows.left[at, right]
            before = columns.labels_before[layer[right]]
            points += [(areas[right].x - before, end), (areas[right].x, end)]
    if at in layers.turned:
        points.reverse()
        x = points[0][0] - PAD - label.width
    else:
        x = points[0][0] + PAD
    y = points[0][1] - label.height / 2
    return Line(tuple(points), Area(x, y, label.width, label.height))
