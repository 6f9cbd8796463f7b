"""Tables that read the same as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import ClassVar, Self, SupportsIndex, TypeVar, overload

Row = TypeVar("Row")


class Listing(list[Row]):
    """A list that shows as a table, in text and in HTML; so does a slice of it."""

    columns: ClassVar[tuple[str, ...]]
    empty: ClassVar[str]
    """What is shown instead of a table without rows."""

    def row(self, item: Row) -> list[str]:
        """The cells of one item: its attributes of the columns' names."""
        return [_shown(getattr(item, name)) for name in self.columns]

    @overload
    def __getitem__(self, index: SupportsIndex) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Row | Self:
        if isinstance(index, slice):
            return type(self)(super().__getitem__(index))
        return super().__getitem__(index)

    def __repr__(self) -> str:
        if not self:
            return self.empty
        return as_text(self.columns, [self.row(item) for item in self])

    def _repr_html_(self) -> str:
        if not self:
            return html.escape(self.empty)
        return as_html(self.columns, [self.row(item) for item in self])


def as_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width; numbers and dollars to the right."""
    widths = [
        max([len(name)] + [len(row[at]) for row in rows])
        for at, name in enumerate(columns)
    ]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if _number(cell) else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def as_html(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain HTML table with every cell escaped."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _number(cell: str) -> bool:
    digits = cell.removeprefix("$").replace(",", "")
    return digits.replace(".", "", 1).isdigit()
