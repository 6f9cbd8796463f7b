"""The tables of the report, and what unfolds when there is more of it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

NAMED_AT_MOST = 12
"""Students that are named in a table; the others unfold."""
Row = Sequence[str]
"""The cells of a row, as HTML."""


def table(
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    numbers: frozenset[int] | set[int] = frozenset(),
) -> str:
    """A table; cells are HTML, and the columns of `numbers` stand to the right.

    The first cell of a row says what the row is about.
    """
    kinds = [' class="number"' if at in numbers else "" for at, _ in enumerate(columns)]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(name)}</th>'
        for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(
            f"<td{kind}>{cell}</td>"
            for cell, kind in zip(row[1:], kinds[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    label = html.escape(f"Table by {columns[0]}")
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def folded(title: str, body: str) -> str:
    """HTML that unfolds."""
    return f"<details><summary>{html.escape(title)}</summary>{body}</details>"


def people(names: Sequence[str]) -> str:
    """Students' names; of many the first, and the others unfold."""
    first = html.escape(", ".join(names[:NAMED_AT_MOST]))
    others = names[NAMED_AT_MOST:]
    if not others:
        return first
    return first + folded(f"and {len(others)} more", html.escape(", ".join(others)))


def duration(seconds: float) -> str:
    """A time as people say it."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
