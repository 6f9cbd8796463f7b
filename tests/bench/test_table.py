"""The Markdown table."""

from bench.figures import Figure, Missing
from bench.rows import MINISTACK, MOTO, OURS, Row, at_most
from bench.table import markdown


def figure(value, note=""):
    return Figure(value, value, value, 1, note)


def line_of(readings, **options):
    row = Row("cold", "ms", readings, at_most(60, "ms"), **options)
    text = markdown([row], [MINISTACK, MOTO], ["2026-01-01"])
    return next(line for line in text.splitlines() if line.startswith("| cold")), text


def test_cell_has_value_and_ratio():
    """A peer's cell has its value and how many times better ours is."""
    line, _ = line_of({OURS: figure(40.0), MINISTACK: figure(120.0)})
    assert line == "| cold | **40.0 ms** | ≤ 60 ms | yes: 40.0 ms | 120 ms (3.00×) |"


def test_missed_goal_is_plain():
    """A missed goal can't be overlooked."""
    line, _ = line_of({OURS: figure(61.0)})
    assert "| NO: 61.0 ms |" in line


def test_absent_peer_has_its_reason():
    """A peer that could not take part has a note with the reason, not a number."""
    line, text = line_of({OURS: figure(40.0), MINISTACK: Missing("no network")})
    assert line.endswith("| — [1] |")
    assert "[1] MiniStack: no network" in text


def test_column_nobody_filled_is_left_out():
    """Only who appears in a row has a column."""
    _, text = line_of({OURS: figure(40.0), MINISTACK: figure(120.0)})
    assert MOTO not in text
