"""Which cells of a submission run."""

from __future__ import annotations

from grader.grading.assignment import SourceCell
from grader.grading.needed_cells import needed
from grader.grading.repairing import RepairedCell

SETUP = "import json\ncloud = start()"
ANSWER = "def deploy(cloud):\n    return make(cloud, json)"
TEST = "check('deploy', deploy)"


def _lesson(source: str, *, kind: str = "", idle: bool = False) -> RepairedCell:
    cell = SourceCell(
        grade_id=kind or None,
        cell_type="code",
        source=source,
        released=source,
        grade=kind == "test",
        solution=kind == "answer",
        locked=kind == "test",
        task=False,
        points=None,
        checksum=None,
    )
    return RepairedCell("code", source, cell, idle=idle)


def _own(source: str) -> RepairedCell:
    return RepairedCell("code", source)


def _needed(*cells: RepairedCell | str) -> list[int]:
    """Where texts are demonstrations; a setup goes before, an answer and test after."""
    made = [_lesson(cell) if isinstance(cell, str) else cell for cell in cells]
    all_of = [
        _lesson(SETUP),
        *made,
        _lesson(ANSWER, kind="answer"),
        _lesson(TEST, kind="test"),
    ]
    found = needed(all_of)
    assert {0, len(all_of) - 2, len(all_of) - 1} <= found
    return [at - 1 for at in sorted(found) if 0 < at <= len(made)]


def test_a_demonstration_that_nothing_reads_is_left_out() -> None:
    """It would take time and earn nobody anything."""
    assert _needed("print(1)", "said = cloud.invoke('a')", "said") == []


def test_what_an_answer_calls_runs_first() -> None:
    """Also what that needs in turn, and what changes it."""
    assert _needed(
        "SHELF = {}",
        "def make(cloud, json):\n    return SHELF[cloud]",
        "SHELF['a'] = path",
        "path = 1",
        "path = 2",
        "other = path",
    ) == [0, 1, 2]
    assert _needed("path = 1", "path = 2", "make = str(path)") == [1, 2]


def test_an_import_of_the_same_is_no_reason() -> None:
    """A demonstration that imports json again changes nothing for those who use it."""
    after = _lesson("import json\nprint(json.dumps([]))")
    cells = [_lesson(SETUP), _lesson(ANSWER, kind="answer"), after]
    assert needed([*cells, _lesson(TEST, kind="test")]) == {0, 1, 3}
    other = _lesson("json = 7")
    cells[2] = other
    assert needed([*cells, _lesson(TEST, kind="test")]) == {0, 1, 2, 3}


def test_the_learners_own_and_changed_cells_run() -> None:
    """They are part of the work, and so is what they read."""
    changed = _lesson("x = 1")
    changed = RepairedCell("code", "x = 2", changed.origin)
    assert _needed("a = 1", _own("print(a)"), changed) == [0, 1, 2]


def test_what_nobody_can_tell_runs() -> None:
    """A magic of the lesson's may be what everything else needs."""
    assert _needed("%matplotlib inline", "print(1)") == [0]


def test_everything_runs_where_everything_may_be_read() -> None:
    """`globals()` in a learner's cell leaves nothing out."""
    assert _needed("a = 1", _own("print(globals())"), "print(2)") == [0, 1, 2]


def test_a_stub_that_must_not_run_does_not() -> None:
    """Nor does text, nor a cell without any."""
    idle = _lesson("def deploy(cloud):\n    raise E", kind="answer", idle=True)
    text = RepairedCell("markdown", "globals()")
    assert _needed(idle, text, _own("  ")) == []
