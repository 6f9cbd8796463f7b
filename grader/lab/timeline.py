"""`cloud.timeline()`: what one event caused, as a waterfall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grader.lab.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WAITING, INIT, RUNNING, FAILED, CALL = "waiting", "INIT", "running", "failed", "call"
# Wong's palette, which colour-blind readers tell apart; hatches tell the rest.
_LOOKS = {
    WAITING: ("#ffffff", "..."),
    INIT: ("#e69f00", "///"),
    RUNNING: ("#56b4e9", ""),
    FAILED: ("#d55e00", "xxx"),
    CALL: ("#009e73", ""),
}
_ROWS_AT_MOST = 40
"""In the picture; the text has them all."""
_LABEL_AT_MOST = 52
_QUIET = 1.0
"""Seconds in which nothing happened, from which on the picture leaves them out."""
_LEAST = 0.004
"""Of the width, so that a short call is seen."""
_NOTHING = "No event has run a function yet."


@dataclass(frozen=True)
class Span:
    """Some time of a row, in seconds since the chain began."""

    kind: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True)
class Row:
    """A call, or an event with every attempt of its function."""

    label: str
    start: float
    spans: tuple[Span, ...]
    error: str = ""

    @property
    def told(self) -> str:
        """Its spans in words."""
        words = [f"{_WORDS[span.kind]} {_shown(span.seconds)}" for span in self.spans]
        if self.error:
            words.append(self.error)
        return ", ".join(words)


_WORDS = {
    WAITING: "waited",
    INIT: "INIT",
    RUNNING: "ran",
    FAILED: "failed after",
    CALL: "took",
}


class Timeline(Picture):
    """What one event caused: calls and invocations, from the first to the last."""

    def __init__(self, rows: Sequence[Row], began: datetime | None) -> None:
        self.rows = list(rows)
        self.began = began
        """When the chain of events began, in the lab's time."""

    @property
    def seconds(self) -> float:
        """From the first moment of the chain to its last one."""
        return max((span.end for row in self.rows for span in row.spans), default=0.0)

    @property
    def title(self) -> str:
        """When it began, and how long it took."""
        if self.began is None:
            return _NOTHING
        return f"From {self.began:%Y-%m-%d %H:%M:%S} UTC, {_shown(self.seconds)} in all"

    @property
    def text(self) -> str:
        """A line for each row."""
        width = max((len(row.label) for row in self.rows), default=0)
        lines = [
            f"  {'+' + _shown(row.start):>9}  {row.label:<{width}}  {row.told}"
            for row in self.rows
        ]
        return "\n".join([self.title, *lines])

    def _drawn(self) -> Figure:
        from matplotlib.figure import Figure

        rows = self.rows[:_ROWS_AT_MOST]
        figure = Figure(figsize=(10, 1.5 + 0.32 * max(2, len(rows))))
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        more = len(self.rows) - len(rows)
        rest = f" ({more} more rows in the text)" if more else ""
        axes.set_title(self.title + rest, loc="left", fontsize=10, parse_math=False)
        if not rows:
            axes.text(0.5, 0.5, "nothing", transform=axes.transAxes, ha="center")
            axes.set_axis_off()
            return figure
        scale = Scale(span for row in rows for span in row.spans)
        drawn: set[str] = set()
        for place, row in enumerate(rows):
            for span in row.spans:
                _draw(axes, place, span, scale, first=span.kind not in drawn)
                drawn.add(span.kind)
        for at, seconds in scale.gaps:
            axes.axvline(at, color="#999999", linestyle=":", linewidth=1)
            axes.text(at, -0.9, f"{_shown(seconds)} later", ha="center", fontsize=7)
        labels = [_cut(row.label) for row in rows]
        axes.set_yticks(range(len(rows)), labels, fontsize=8, parse_math=False)
        axes.set_ylim(len(rows) - 0.4, -1.2)
        axes.set_xlim(0, scale.width * 1.02)
        axes.set_xlabel("seconds in which something happened")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower right", ncols=len(_LOOKS))
        return figure


def _draw(axes: Axes, place: int, span: Span, scale: Scale, *, first: bool) -> None:
    colour, hatch = _LOOKS[span.kind]
    left, right = scale.at(span.start), scale.at(span.end)
    axes.barh(
        place,
        max(right - left, scale.width * _LEAST),
        left=left,
        height=0.6,
        color=colour,
        edgecolor="#333333",
        linewidth=0.6,
        hatch=hatch,
        label=span.kind if first else None,
        # A short failure isn't hidden by the long wait after it.
        zorder=3 + list(_LOOKS).index(span.kind) / 10,
    )


@dataclass
class Scale:
    """Seconds along a picture that leaves out those in which nothing happened."""

    spans: Iterable[Span]
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """Where something is left out, and how many seconds that are."""
    width: float = 0.0

    def __post_init__(self) -> None:
        busy: list[list[float]] = []
        # While an event waits nothing happens.
        active = [span for span in self.spans if span.kind != WAITING]
        for span in sorted(active, key=lambda one: one.start):
            if busy and span.start <= busy[-1][1] + _QUIET:
                busy[-1][1] = max(busy[-1][1], span.end)
            else:
                busy.append([span.start, span.end])
        self._pieces: list[tuple[float, float, float]] = []
        lasting = sum(end - start for start, end in busy)
        between = max(lasting * 0.05, 0.001)
        at = 0.0
        for number, (start, end) in enumerate(busy):
            if number:
                self.gaps.append((at + between / 2, start - busy[number - 1][1]))
                at += between
            self._pieces.append((start, end, at))
            at += end - start
        self.width = max(at, 0.001)

    def at(self, second: float) -> float:
        """Where a moment is drawn."""
        place = 0.0
        for start, end, at in self._pieces:
            if second < start:
                break
            place = at + min(second, end) - start
        return place


def timeline(parts: Sequence[dict[str, Any]]) -> Timeline:
    """The chain of events that the lab told the parts of."""
    if not parts:
        return Timeline([], None)
    began = min(part["at"] for part in parts)
    events: dict[str, list[dict[str, Any]]] = {}
    rows = []
    for part in parts:
        if part["kind"] == "call":
            rows.append(_of_call(part, began))
        elif part["kind"] == "request":
            rows.append(_of_request(part, began))
        else:
            events.setdefault(part["request_id"], []).append(part)
    rows += [_of_event(some, began) for some in events.values()]
    rows.sort(key=lambda row: row.start)
    return Timeline(rows, datetime.fromtimestamp(began, UTC))


def _of_call(part: dict[str, Any], began: float) -> Row:
    start = part["at"] - began
    kind, name = part["principal"].rpartition(":")[2].split("/", 1)[0], ""
    if kind == "assumed-role":
        name = part["principal"].rpartition("/")[2]
    who = name or "you"
    label = f"{who}: {part['action']} {_short(part['resource'])}"
    spans = (Span(CALL, start, start + part["seconds"]),)
    return Row(label, start, spans, part["error"])


def _of_request(part: dict[str, Any], began: float) -> Row:
    """A request to an API or a function URL; what it was answered is told if bad."""
    start = part["at"] - began
    error = f"answered with {part['status']}" if part["status"] >= 400 else ""
    spans = (Span(CALL, start, start + part["seconds"]),)
    return Row(part["asked"], start, spans, error)


def _of_event(parts: Sequence[dict[str, Any]], began: float) -> Row:
    """An event that was delivered, or an invocation that somebody waited for."""
    first = parts[0]
    start = free = first["at"] - began
    spans: list[Span] = []
    error = ""
    for part in parts:
        if part["kind"] != "invocation":
            continue
        at = part["at"] - began
        if at > free:
            spans.append(Span(WAITING, free, at))
        ready = at + part["init"]
        if part["init"]:
            spans.append(Span(INIT, at, ready))
        free = ready + part["seconds"]
        failed = part["status"] != "success"
        spans.append(Span(FAILED if failed else RUNNING, ready, free))
        error = part["error"] if failed else ""
    delivered = first["kind"] == "delivery"
    source = f"{first['source']} → " if delivered else ""
    return Row(f"{source}{first['function']}", start, tuple(spans), error)


def _short(resource: str) -> str:
    """The end of an ARN, which tells one resource from another."""
    return resource.split(":", 5)[-1] if resource.startswith("arn:") else resource


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL_AT_MOST else label[: _LABEL_AT_MOST - 1] + "…"


def _shown(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"
