"""The picture of what is deployed: callers on the left, functions, what they use."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from grader.lab.architecture import Architecture, Arrow, Box
from grader.lab.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Wong's palette, which colour-blind readers tell apart; the kind is also written.
_FILL = {
    "bucket": "#d9ead3",
    "function": "#fce5cd",
    "http api": "#ead1dc",
    "rest api": "#ead1dc",
    "function url": "#ead1dc",
}
_BROKEN, _WHOLE, _MAY = "#b00020", "#222222", "#0b5394"
_WIDTH, _HEIGHT = 2.9, 0.62
_STEP_X, _STEP_Y = 6.2, 1.55
_INCH = 0.7
_LABEL_AT = 0.3
_LABELS_AT_MOST = 4
_LABEL_WIDTH = 24
# Where permitted and refused calls of one pair share a way, the labels stand apart.
_STANDS = {False: "bottom", True: "top"}


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

        columns = _columns(self.architecture)
        places = _places(columns)
        depth = _STEP_Y * max(1, *(len(column) for column in columns))
        width = 2 * _STEP_X + _WIDTH + 0.4
        figure = Figure(
            figsize=(width * _INCH, (depth + 0.5) * _INCH), layout="constrained"
        )
        axes = figure.add_subplot()
        axes.set_axis_off()
        # Bent arrows are computed in inches: an inch has to be one in both directions.
        axes.set_aspect("equal")
        axes.set_xlim(-_WIDTH / 2 - 0.2, 2 * _STEP_X + _WIDTH / 2 + 0.2)
        axes.set_ylim(0.7 - depth, 0.7)
        axes.set_title(f"Deployed in {self.architecture.region}", loc="left")
        for arrows in _bundles(self.architecture.arrows):
            _draw_arrow(axes, arrows, places)
        for box, at in places.items():
            _draw_box(axes, box, at)
        if not places:
            axes.text(_STEP_X, 0, "nothing yet", ha="center", va="center")
        return figure


def _ends(arrow: Arrow) -> tuple[Box, Box]:
    return arrow.source, arrow.target


def _columns(architecture: Architecture) -> tuple[list[Box], list[Box], list[Box]]:
    """Callers, functions, and what is only used; neighbours at the same height."""
    functions = [box for box in architecture.boxes if box.kind == "function"]
    others = [box for box in architecture.boxes if box.kind != "function"]
    calling = {arrow.source for arrow in architecture.arrows}
    callers = [box for box in others if box in calling]
    functions = _beside(functions, callers, architecture)
    used = _beside(
        [box for box in others if box not in calling], functions, architecture
    )
    return _beside(callers, functions, architecture), functions, used


def _beside(boxes: list[Box], column: list[Box], of: Architecture) -> list[Box]:
    """Boxes in the order of what they are joined to in another column."""
    height = {box: at for at, box in enumerate(column)}

    def mean(box: Box) -> float:
        heights = [
            height[end]
            for arrow in of.arrows
            if box in _ends(arrow)
            for end in _ends(arrow)
            if end in height and end != box
            # What a role may use says less about the place than what calls.
            if box.kind != "function" or arrow.target == box
        ]
        return sum(heights) / len(heights) if heights else len(height)

    return sorted(boxes, key=mean)


def _places(columns: tuple[list[Box], ...]) -> dict[Box, tuple[float, float]]:
    rows = max(1, *(len(column) for column in columns))
    return {
        box: (at * _STEP_X, -_STEP_Y * (row + (rows - len(column)) / 2))
        for at, column in enumerate(columns)
        for row, box in enumerate(column)
    }


def _bundles(arrows: Iterable[Arrow]) -> list[list[Arrow]]:
    """Arrows with the same ends and the same fate, which are drawn as one."""
    bundles: dict[tuple[Box, Box, bool], list[Arrow]] = {}
    for arrow in arrows:
        key = (arrow.source, arrow.target, arrow.broken is None)
        bundles.setdefault(key, []).append(arrow)
    return list(bundles.values())


def _draw_box(axes: Axes, box: Box, at: tuple[float, float]) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = at
    axes.add_patch(
        FancyBboxPatch(
            (x - _WIDTH / 2, y - _HEIGHT / 2),
            _WIDTH,
            _HEIGHT,
            boxstyle="round,pad=0.04",
            facecolor=_FILL.get(box.kind, "#eeeeee"),
            edgecolor=_BROKEN if box.detail == "missing" else "#666666",
            linestyle=":" if box.detail == "missing" else "-",
            zorder=3,
        )
    )
    detail = f"  ({box.detail})" if box.detail else ""
    kind, name = f"{box.kind}{detail}", _short(box.name, 22)
    axes.text(x, y + 0.13, name, ha="center", va="center", weight="bold", zorder=4)
    axes.text(x, y - 0.17, kind, ha="center", va="center", fontsize=8, zorder=4)


def _draw_arrow(
    axes: Axes, arrows: list[Arrow], places: dict[Box, tuple[float, float]]
) -> None:
    from matplotlib.patches import FancyArrowPatch

    source, target = _ends(arrows[0])
    broken = arrows[0].broken is not None
    may = source.kind == "function"
    colour = _BROKEN if broken else _MAY if may else _WHOLE
    path = _path(places[source], places[target], lower=broken)
    axes.add_patch(
        FancyArrowPatch(
            path[0],
            path[2],
            connectionstyle=f"arc3,rad={path[3]}",
            arrowstyle="-|>",
            mutation_scale=14,
            linestyle=":" if broken else "--" if may else "-",
            linewidth=2.0 if broken else 1.3,
            color=colour,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    words = [
        line
        for arrow in arrows[:_LABELS_AT_MOST]
        for line in textwrap.wrap(arrow.label, _LABEL_WIDTH, max_lines=2)
    ]
    if len(arrows) > _LABELS_AT_MOST:
        words.append(f"… {len(arrows) - _LABELS_AT_MOST} more")
    if broken:
        words = ["✗ NOT PERMITTED", *words]
    x, y = _point(path, _LABEL_AT)
    axes.text(
        x,
        y,
        "\n".join(words),
        color=colour,
        fontsize=7.5,
        ha="center",
        va=_STANDS[broken] if len(words) > 1 else "center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        zorder=5,
    )


def _path(
    source: tuple[float, float], target: tuple[float, float], *, lower: bool
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], float]:
    """Start, control point, end and bend of an arrow between two boxes' sides.

    An arrow back to the left leaves and arrives lower and hangs through, so that it
    stays apart from the one that it answers.
    """
    (x0, y0), (x1, y1) = source, target
    side = _WIDTH / 2 + 0.06
    if x1 > x0:
        bend, drop = 0.0, 0.2 if lower else 0.0
        start, end = (x0 + side, y0 - drop), (x1 - side, y1 - drop)
    else:
        bend, drop = -0.12, 0.24
        start, end = (x0 - side, y0 - drop), (x1 + side, y1 - drop)
    across, down = end[0] - start[0], end[1] - start[1]
    control = (
        (start[0] + end[0]) / 2 + bend * down,
        (start[1] + end[1]) / 2 - bend * across,
    )
    return start, control, end, bend


def _point(
    path: tuple[tuple[float, float], tuple[float, float], tuple[float, float], float],
    at: float,
) -> tuple[float, float]:
    """The point of a quadratic Bézier curve at a share of its way."""
    start, control, end, _bend = path
    x, y = (
        (1 - at) ** 2 * start[axis]
        + 2 * at * (1 - at) * control[axis]
        + at**2 * end[axis]
        for axis in (0, 1)
    )
    return x, y


def _short(name: str, limit: int) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"
