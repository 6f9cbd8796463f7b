"""The report's pictures: SVG that follows the page's colours, with words for all.

Bars differ by pattern too, and each picture's text says what it shows; the tables
beside them have the numbers.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from grader.grading.class_figures import Band, Success, Times
from grader.grading.pages import points

# matplotlib writes colours as numbers, the page has names for them.
_INK, _LINE, _GOOD, _WAIT, _BAD, _PLAIN, _LINK = (
    f"#0{at}0{at}0{at}" for at in range(1, 8)
)
_NAMES = {
    _INK: "--ink",
    _LINE: "--line",
    _GOOD: "--good",
    _WAIT: "--wait",
    _BAD: "--bad",
    _PLAIN: "--plain",
    _LINK: "--link",
}
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _LINE,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "hatch.color": _INK,
    "hatch.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_WIDTH = 8.0
_ROW = 0.28
"""Inches: a picture, and a bar in it."""


def of_distribution(bands: Sequence[Band], pass_mark: float | None = None) -> str:
    """How many students have how many points, with the mark to pass."""

    def draw(axes: Any) -> None:
        centres = [(band.low + band.high) / 2 for band in bands]
        width = (bands[0].high - bands[0].low) * 0.92
        counts = [band.count for band in bands]
        bars = axes.bar(centres, counts, width=width, color=_LINK)
        axes.bar_label(bars, [count or "" for count in counts], padding=2)
        axes.set(xlabel="points", ylabel="students")
        axes.set_xticks([band.low for band in bands] + [bands[-1].high])
        axes.yaxis.get_major_locator().set_params(integer=True)
        if pass_mark is not None:
            axes.axvline(pass_mark, color=_INK, linestyle="--", linewidth=1.2)
            axes.annotate(
                f"{points(pass_mark)} to pass",
                (pass_mark, axes.get_ylim()[1]),
                (5, 0),
                textcoords="offset points",
                va="top",
            )

    said = "; ".join(
        f"{points(band.low)} to {points(band.high)} points: {band.count}"
        for band in bands
        if band.count
    )
    return _drawn("How many students have how many points", said, 2.6, draw)


def of_success(successes: Sequence[Success]) -> str:
    """Per exercise how many passed, are partly there, failed, never tried, wait."""
    kinds = (
        ("passed", _GOOD, ""),
        ("partly", _WAIT, "//"),
        ("failed", _BAD, "xx"),
        ("untried", _LINE, ""),
        ("waiting", _PLAIN, ".."),
    )
    labels = {"partly": "partly there", "failed": "not yet", "untried": "not tried"}

    def draw(axes: Any) -> None:
        rows = range(len(successes))
        left = [0] * len(successes)
        for kind, colour, hatch in kinds:
            counts = [getattr(each, kind) for each in successes]
            if any(counts):
                label = labels.get(kind, kind)
                bars = axes.barh(rows, counts, 0.75, left, color=colour, label=label)
                for bar in bars:
                    bar.set_hatch(hatch)
            left = [a + b for a, b in zip(left, counts, strict=True)]
        _name_rows(axes, [each.exercise for each in successes])
        axes.set(xlabel="students")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=5, frameon=False)

    said = "; ".join(
        f"{each.exercise}: {each.passed} of {each.handed_in}" for each in successes
    )
    height = 0.9 + _ROW * len(successes)
    return _drawn("How many passed each exercise", said, height, draw)


def of_times(times: Sequence[Times]) -> str:
    """Per exercise the median of seconds as a bar, and a line up to the longest."""

    def draw(axes: Any) -> None:
        rows = range(len(times))
        axes.barh(rows, [each.median for each in times], 0.7, color=_LINK)
        axes.hlines(
            rows,
            [each.median for each in times],
            [each.longest for each in times],
            color=_PLAIN,
            linewidth=1.5,
        )
        axes.plot([each.longest for each in times], rows, "|", color=_PLAIN)
        _name_rows(axes, [each.exercise for each in times])
        axes.set(xlabel="seconds: median (bar) and longest (line)")

    said = "; ".join(
        f"{each.exercise}: {each.median:.1f} s, at most {each.longest:.1f} s"
        for each in times
    )
    height = 0.7 + _ROW * len(times)
    return _drawn("How long each exercise took to grade", said, height, draw)


def _name_rows(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _drawn(title: str, said: str, height: float, draw: Callable[[Any], None]) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        draw(axes)
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var({name})")
    words = html.escape(f"{title}. {said}", quote=True)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
    dense = re.sub(r">\s+<", "><", svg)
    return f"<figure>{dense}</figure>"
