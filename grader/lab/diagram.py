"""The picture of what is deployed: who calls on the left, what is used on the right."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import isclose
from typing import TYPE_CHECKING

from grader.lab.architecture import Architecture, Arrow, Box
from grader.lab.layers import Link
from grader.lab.pictures import Picture
from grader.lab.placement import Area, Line, Size, placed, shelved

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

# Pastels of Wong's palette, which colour-blind readers tell apart; the kind is also
# written.
_ENTRY, _RUNS, _KEEPS, _PASSES_ON, _WATCHES, _WHO = (
    *("#e7d3df", "#fbe3c4", "#cfe8d8", "#d6e9f7", "#f7f0b8", "#e4e0f0"),
)
_FILL = {
    "http api": _ENTRY,
    "rest api": _ENTRY,
    "function url": _ENTRY,
    "function": _RUNS,
    "state machine": _RUNS,
    "bucket": _KEEPS,
    "table": _KEEPS,
    "secret": _KEEPS,
    "archive": _KEEPS,
    "queue": _PASSES_ON,
    "stream": _PASSES_ON,
    "topic": _PASSES_ON,
    "bus": _PASSES_ON,
    "rule": _PASSES_ON,
    "schedule": _PASSES_ON,
    "subscriber": _PASSES_ON,
    "log group": _WATCHES,
    "metric": _WATCHES,
    "alarm": _WATCHES,
    "user": _WHO,
    "group": _WHO,
    "role": _WHO,
}
_BROKEN, _WHOLE, _MAY = "#b00020", "#222222", "#0b5394"
_NAME, _KIND, _LABEL = 9.0, 7.5, 7.5
"""Sizes of letters, in points."""
_LEADING = 1.3
_NAME_WIDTH, _LABEL_WIDTH = 34, 28
"""Characters in a line."""
_LABELS_AT_MOST = 5
_NAMES_AT_MOST = 8
"""In one box."""
_ALONE = "Nothing leads there or from there:"
_MARGIN, _TITLE, _LEGEND = 0.15, 0.45, 0.4
_LEAST_WIDTH = 6.0
_SWING = 0.45
_LEVEL = 0.02
"""A step that nobody sees is no bend."""


@dataclass(frozen=True)
class _Node:
    """Boxes of a kind that are joined to the same in the same way, drawn as one."""

    kind: str
    boxes: tuple[Box, ...]
    notes: tuple[str, ...] = ()
    """What it does to itself."""

    @property
    def lines(self) -> list[tuple[str, float, str]]:
        """Text, size and weight of each line."""
        names = [(_short(box.name), _NAME, "bold") for box in self.boxes]
        if len(self.boxes) > 1:
            about = f"{len(self.boxes)} {_plural(self.kind)}"
        else:
            detail = self.boxes[0].detail
            about = f"{self.kind} ({detail})" if detail else self.kind
        kind = [(line, _KIND, "normal") for line in _wrapped(about, _NAME_WIDTH)]
        return [*names, *kind, *((note, _KIND, "normal") for note in self.notes)]

    @property
    def missing(self) -> bool:
        return self.boxes[0].detail == "missing"


@dataclass(frozen=True)
class _Link:
    """Arrows with the same ends and the same fate, drawn as one."""

    arrows: tuple[Arrow, ...]

    @property
    def broken(self) -> bool:
        return self.arrows[0].broken is not None

    @property
    def calls(self) -> bool:
        """Whether something goes that way, or would if it were permitted."""
        return not self.arrows[0].permission

    @property
    def style(self) -> str:
        """The line's."""
        if self.broken:
            return ":"
        return "-" if self.calls else "--"

    @property
    def colour(self) -> str:
        if self.broken:
            return _BROKEN
        return _WHOLE if self.calls else _MAY

    @property
    def lines(self) -> list[str]:
        """The label."""
        labels = list(dict.fromkeys(arrow.label for arrow in self.arrows))
        words = [
            line
            for label in labels[:_LABELS_AT_MOST]
            for line in _wrapped(label, _LABEL_WIDTH)
        ]
        if len(labels) > _LABELS_AT_MOST:
            words.append(f"… {len(labels) - _LABELS_AT_MOST} more")
        return ["✗ NOT PERMITTED", *words] if self.broken else words


class Diagram(Picture):
    """What is deployed, as boxes and arrows."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture

    @property
    def text(self) -> str:
        """The same picture in words, one line for each arrow and lone box."""
        architecture = self.architecture
        lines = [f"Deployed in {architecture.region}:"]
        for arrow in architecture.arrows:
            sign = "-✗->" if arrow.broken else "--->"
            line = f"  {arrow.source} {sign} {arrow.target}  [{arrow.label}]"
            lines.append(line + (f"  BROKEN: {arrow.broken}" if arrow.broken else ""))
        joined = {box for arrow in architecture.arrows for box in _ends(arrow)}
        lone = [box for box in architecture.boxes if box not in joined]
        lines += [f"  {box}  [nothing calls it, and it uses nothing]" for box in lone]
        return "\n".join(lines) if len(lines) > 1 else f"{lines[0]} nothing yet"

    def _drawn(self) -> Figure:
        from matplotlib.figure import Figure

        nodes, lone = _nodes(self.architecture)
        links = _links(self.architecture, nodes)
        ends = [Link(source, target, link.calls) for source, target, link in links]
        drawn = [link for _, _, link in links]
        joined = placed(
            [_size(node) for node in nodes],
            ends,
            [
                _measured([(line, _LABEL, "normal") for line in link.lines])
                for link in drawn
            ],
        )
        width = max(joined.width, _LEAST_WIDTH)
        shelf = shelved([_size(node) for node in lone], width)
        width = max(width, shelf.width)
        below = joined.height + (_TITLE if nodes and lone else 0.0)
        height = below + shelf.height
        figure = Figure(
            figsize=(width + 2 * _MARGIN, height + 2 * _MARGIN + _TITLE + _LEGEND)
        )
        # One unit is one inch, so that what was measured is what is drawn.
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-_MARGIN, width + _MARGIN)
        axes.set_ylim(height + _MARGIN + _LEGEND, -_MARGIN - _TITLE)
        axes.text(
            0,
            -_TITLE / 2,
            f"Deployed in {self.architecture.region}",
            size=12,
            va="center",
        )
        for link, line in zip(drawn, joined.lines, strict=True):
            _draw_link(axes, link, line)
        for node, area in zip(nodes, joined.boxes, strict=True):
            _draw_node(axes, node, area)
        if nodes and lone:
            axes.text(0, below - _TITLE / 2, _ALONE, size=_NAME, va="center")
        for node, area in zip(lone, shelf.boxes, strict=True):
            moved = Area(area.x, area.y + below, area.width, area.height)
            _draw_node(axes, node, moved)
        if not nodes and not lone:
            axes.text(width / 2, 0, "nothing yet", ha="center", va="center")
        _draw_legend(axes, drawn, height + _LEGEND / 2 + _MARGIN / 2)
        return figure


def _ends(arrow: Arrow) -> tuple[Box, Box]:
    return arrow.source, arrow.target


def _nodes(architecture: Architecture) -> tuple[list[_Node], list[_Node]]:
    """What is joined to something, and what isn't; alike boxes together."""
    joins: dict[Box, list[tuple[object, ...]]] = {box: [] for box in architecture.boxes}
    notes: dict[Box, list[str]] = {}
    for arrow in architecture.arrows:
        source, target = _ends(arrow)
        if source == target:
            notes.setdefault(source, []).append(f"↺ {arrow.label}")
            continue
        fate = (arrow.label, arrow.broken is None, arrow.permission)
        joins.setdefault(source, []).append(("to", target, *fate))
        joins.setdefault(target, []).append(("from", source, *fate))
    alike: dict[object, list[Box]] = {}
    for box, ends in joins.items():
        own = tuple(notes.get(box, ()))
        detail = box.detail if box.detail == "missing" else ""
        alike.setdefault((box.kind, frozenset(ends), own, detail), []).append(box)
    joined: list[_Node] = []
    lone: list[_Node] = []
    for boxes in alike.values():
        for at in range(0, len(boxes), _NAMES_AT_MOST):
            some = tuple(boxes[at : at + _NAMES_AT_MOST])
            node = _Node(some[0].kind, some, tuple(notes.get(some[0], ())))
            (joined if joins[some[0]] else lone).append(node)
    lone.sort(key=lambda node: node.kind)
    return joined, lone


def _links(
    architecture: Architecture, nodes: Sequence[_Node]
) -> list[tuple[int, int, _Link]]:
    """Source, target and arrows; what calls comes before what only may."""
    at = {box: number for number, node in enumerate(nodes) for box in node.boxes}
    bundles: dict[tuple[int, int, bool, bool], list[Arrow]] = {}
    for arrow in architecture.arrows:
        if arrow.source != arrow.target:
            key = (at[arrow.source], at[arrow.target], arrow.permission)
            bundles.setdefault((*key, arrow.broken is None), []).append(arrow)
    ordered = sorted(bundles.items(), key=lambda bundle: bundle[0][2])
    return [
        (source, target, _Link(tuple(arrows)))
        for (source, target, _, _), arrows in ordered
    ]


def _size(node: _Node) -> Size:
    size = _measured(node.lines)
    return Size(size.width + 0.24, size.height + 0.16)


def _measured(lines: Iterable[tuple[str, float, str]]) -> Size:
    """How large lines of text are drawn, in inches."""
    measured = [(_width(text, size, weight), size) for text, size, weight in lines]
    return Size(
        max((width for width, _ in measured), default=0.0),
        sum(size * _LEADING / 72 for _, size in measured),
    )


@cache
def _width(text: str, size: float, weight: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(weight=weight, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def _draw_node(axes: Axes, node: _Node, area: Area) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (area.x, area.y),
            area.width,
            area.height,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=_FILL.get(node.kind, "#eeeeee"),
            edgecolor=_BROKEN if node.missing else "#666666",
            linestyle=":" if node.missing else "-",
            zorder=3,
        )
    )
    y = area.middle - _measured(node.lines).height / 2
    for text, size, weight in node.lines:
        height = size * _LEADING / 72
        axes.text(
            area.x + area.width / 2,
            y + height / 2,
            text.replace("$", r"\$"),
            size=size,
            weight=weight,
            ha="center",
            va="center_baseline",
            zorder=4,
        )
        y += height


def _draw_link(axes: Axes, link: _Link, line: Line) -> None:
    from matplotlib.patches import FancyArrowPatch

    axes.add_patch(
        FancyArrowPatch(
            path=_path(line.points),
            arrowstyle="-|>",
            mutation_scale=11,
            linestyle=":"
            if link.broken
            else "--"
            if link.arrows[0].permission
            else "-",
            linewidth=1.8 if link.broken else 1.1,
            color=link.colour,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    axes.text(
        line.label.x + line.label.width / 2,
        line.label.middle,
        "\n".join(link.lines).replace("$", r"\$"),
        color=link.colour,
        size=_LABEL,
        linespacing=_LEADING - 0.12,
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        zorder=5,
    )


def _path(points: Sequence[tuple[float, float]]) -> Path:
    """A smooth path: level at every point, bent only between two that differ."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        if isclose(x0, x1) and isclose(y0, y1):
            continue
        if isclose(y0, y1, abs_tol=_LEVEL):
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
        else:
            # An arrow that turns back swings out a little.
            out = x0 + _SWING if isclose(x0, x1) else (x0 + x1) / 2
            vertices += [(out, y0), (out, y1), (x1, y1)]
            codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _draw_legend(axes: Axes, links: Sequence[_Link], y: float) -> None:
    """What the lines mean, of those that there are."""
    x = 0.0
    meant = {
        "calls or delivers": [link for link in links if link.calls],
        "may, by its policies": [link for link in links if not link.calls],
    }
    meant = {
        words: [link for link in some if not link.broken]
        for words, some in meant.items()
    }
    meant["✗ not permitted"] = [link for link in links if link.broken]
    for words, some in meant.items():
        if some:
            axes.plot(
                [x, x + 0.4],
                [y, y],
                linestyle=some[0].style,
                color=some[0].colour,
                linewidth=1.4,
            )
            axes.text(
                x + 0.48, y, words, size=_LABEL, color=some[0].colour, va="center"
            )
            x += 0.8 + _width(words, _LABEL, "normal")


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=3, placeholder=" …") or [""]


def _short(name: str) -> str:
    if len(name) <= _NAME_WIDTH:
        return name
    # The ends of long names tell them apart.
    half = (_NAME_WIDTH - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
