"""Plain test cells that leave something behind for later ones."""

from __future__ import annotations

import pytest

from grader.grading.repairing import RepairedCell
from grader.grading.shared_state import leave_something

SETUP = """\
import json
s3, table = connect(), connect()

def put(key):
    s3.put(key)

def read(key):
    return json.loads(s3.get(key))
"""
SQUARE = "def square(n):\n    return n * n"


@pytest.mark.parametrize(
    ("first", "second", "leaves"),
    [
        ("assert square(2) == 4", "assert square(3) == 9", False),
        ("s3.put('a')", "table.get('a')", False),
        ("s3.put('a')", "s3.get('a')", True),
        ("put('a')", "assert read('a')", True),
        ("found = square(2)", "assert found", True),
        ("found = square(2)", "assert square(2)", False),
        ("square.calls = 1", "assert square", True),
        ("put('a')", "%run other.py", True),
    ],
)
def test_what_a_later_cell_may_see(first: str, second: str, leaves: bool) -> None:
    """A name that it binds, or an object that both work with, if by functions."""
    sources = (SETUP, SQUARE, first, second)
    cells = [RepairedCell("code", source) for source in sources]
    assert leave_something(cells, range(4), {2}) == ({2} if leaves else set())


def test_what_runs_before_sees_nothing() -> None:
    """Nor does a cell that doesn't run."""
    sources = ("print(s3)", SETUP, "s3.put('a')", "s3.get('a')")
    cells = [RepairedCell("code", source) for source in sources]
    assert leave_something(cells, {0, 1, 2}, {2}) == set()
