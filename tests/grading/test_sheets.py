"""CSV files that are opened in spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.grading import sheets


@pytest.mark.parametrize(
    "wicked",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '=HYPERLINK("http://x")'],
)
def test_a_formula_becomes_text(wicked: str) -> None:
    """With an apostrophe before it, which spreadsheets don't show."""
    assert sheets.cell(wicked) == f"'{wicked}"


@pytest.mark.parametrize("mark", [";", "\t", "\n", "; "])
def test_a_formula_behind_another_separator_becomes_text(mark: str) -> None:
    """Spreadsheets of many countries begin a new cell behind a semicolon."""
    assert sheets.cell(f"Ada{mark}=1+1{mark}b") == f"Ada{mark}'=1+1{mark}b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.5, "-1.5"),
        (4.0, "4"),
        (1 / 3, "0.3333"),
        (None, ""),
        ("-", "-"),
        ("Zoë O'Neil, M.", "Zoë O'Neil, M."),
        ("a\0b", "ab"),
    ],
)
def test_everything_else_stays(value: sheets.Cell, text: str) -> None:
    """Numbers are numbers, also negative ones, and names are names."""
    assert sheets.cell(value) == text


def test_a_sheet_is_read_back(tmp_path: Path) -> None:
    """Quotes, lines and letters of any alphabet come through; halves of pairs don't."""
    path = tmp_path / "exports" / "a.csv"
    rows = [["name", "note"], ["Łukasz 東", 'said "so",\ntwice'], ["\ud83d", "x"]]
    sheets.write(path, rows)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [*rows[:2], ["?", "x"]]
