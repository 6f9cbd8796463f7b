"""CSV files that a spreadsheet opens and never obeys."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

Cell = str | float | None
_OBEYED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, unless it is alone.

https://owasp.org/www-community/attacks/CSV_Injection
"""
# Where the comma is the decimal sign, a spreadsheet begins a cell behind each of these.
_PARTED = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@])")


def write(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Write rows as UTF-8; text that looks like a formula gets an apostrophe before it.

    Numbers stay numbers, also negative ones; None is an empty cell.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows(map(cell, row) for row in rows)


def cell(value: Cell) -> str:
    """One cell's text."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.replace("\0", "")
        is_formula = len(text) > 1 and text.lstrip(" ").startswith(_OBEYED)
        parted = text[:1] + _PARTED.sub(r"\1'", text[1:])
        return f"'{parted}" if is_formula else parted
    return f"{round(value, 4):g}"
