"""Submissions whose cells were changed, by learners and by their editors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.assignment import SourceNotebook, assignment_of
from grader.grading.repairing import Repaired, repaired
from grader.grading.submitted_notebooks import read

Document = dict[str, Any]
TESTS = ["test-square", "test-put", "test-table"]


@pytest.fixture
def source(toy_bundle: Document) -> SourceNotebook:
    return assignment_of(toy_bundle).notebooks["toy"]


@pytest.fixture
def right() -> Document:
    """A right submission of the toy, as JupyterLab saved it."""
    path = Path(__file__).parent / "toy/data/submitted/right/toy/toy.ipynb"
    document: Document = json.loads(path.read_text("utf-8"))
    return document


@pytest.fixture
def repair(source: SourceNotebook) -> Callable[[Document], Repaired]:
    return lambda document: repaired(read(json.dumps(document).encode()).cells, source)


def _at(document: Document, name: str) -> int:
    return next(
        index
        for index, cell in enumerate(document["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


def _cell(document: Document, name: str) -> Any:
    return document["cells"][_at(document, name)]


def _own(source: str) -> Document:
    return {"cell_type": "code", "id": "own", "metadata": {}, "source": source}


def _order(found: Repaired) -> list[str]:
    """The cells by name; the learner's own by their text."""
    return [
        cell.origin.id or "" if cell.origin else f"own: {cell.source}"
        for cell in found.cells
    ]


def _kinds(found: Repaired) -> list[str]:
    return [note.kind for note in found.problems]


def _tests(found: Repaired) -> list[str]:
    return [cell.name for cell in found.cells if cell.is_test]


def test_an_honest_notebook_stays_as_it_is(
    right: Document, repair: Any, source: SourceNotebook
) -> None:
    """Only the hidden tests and the mark scheme come back; nothing is told."""
    found = repair(right)
    assert _order(found) == [cell.id for cell in source.cells]
    assert [cell.source for cell in found.cells if cell.origin.locked] == [
        cell.source for cell in source.cells if cell.locked
    ]
    assert (found.problems, found.integrity) == ((), ())
    assert [cell.name for cell in found.cells if cell.is_written] == [
        *("square", "test-square", "put-note", "test-put", "make-table"),
        *("test-table", "explain", "draw"),
    ]


def _tag(cell: Document) -> None:
    cell["metadata"]["tags"] = ["skip-execution"]


def _edit(cell: Document) -> None:
    cell["source"] = "pass"


def _give_points(cell: Document) -> None:
    cell["metadata"]["nbgrader"]["points"] = 1000


def _misprint_points(cell: Document) -> None:
    cell["metadata"]["nbgrader"]["points"] = "abc"


def _make_answer(cell: Document) -> None:
    cell["metadata"]["nbgrader"] |= {"solution": True, "locked": False}


def _ungrade(cell: Document) -> None:
    cell["metadata"]["nbgrader"]["grade"] = False


def _make_text(cell: Document) -> None:
    cell["cell_type"] = "markdown"


def _make_raw(cell: Document) -> None:
    cell["cell_type"] = "raw"


def _rename(cell: Document) -> None:
    cell["metadata"]["nbgrader"]["grade_id"] = "something-else"


def _age(cell: Document) -> None:
    cell["metadata"]["nbgrader"]["schema_version"] = 99


def _strip(cell: Document) -> None:
    cell["metadata"] = {}


@pytest.mark.parametrize(
    ("damage", "kind", "is_tried"),
    [
        (_tag, "tagged test", True),
        (_edit, "edited test", True),
        (_give_points, "changed points", True),
        (_misprint_points, "changed points", True),
        (_make_answer, "changed kind", True),
        (_ungrade, "changed kind", True),
        (_make_text, "changed type", False),
        (_make_raw, "changed type", False),
        (_rename, "lost metadata", False),
        (_strip, "lost metadata", False),
    ],
)
def test_a_test_cell_is_the_courses_own_again(
    right: Document, repair: Any, damage: Any, kind: str, is_tried: bool
) -> None:
    """Whatever was done to it, and it is told; what may be meant, as such."""
    honest = repair(right)
    damage(_cell(right, "test-put"))
    found = repair(right)
    assert found.cells == honest.cells
    assert kind in _kinds(found)
    assert bool(found.integrity) is is_tried


def test_an_unknown_schema_is_nothing_to_repair(right: Document, repair: Any) -> None:
    """nbgrader stops the class at it; here its number says nothing."""
    _age(_cell(right, "test-put"))
    assert repair(right).problems == ()


def test_a_test_with_the_hidden_part_is_told(
    right: Document, repair: Any, source: SourceNotebook
) -> None:
    """Nobody but the course has it."""
    hidden = next(cell for cell in source.cells if cell.grade_id == "test-put")
    _cell(right, "test-put")["source"] = hidden.source
    assert [note.kind for note in repair(right).integrity] == ["hidden tests"]


def test_a_test_of_another_release_was_not_edited(right: Document, repair: Any) -> None:
    """Its checksum is that of its text: the course changed, not the learner."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    cell = _cell(right, "test-put")
    cell["source"] = "assert put_note is not None"
    cell["metadata"]["nbgrader"]["checksum"] = compute_checksum(from_dict(cell))
    found = repair(right)
    assert _kinds(found) == ["other release"]
    assert found.integrity == ()


@pytest.mark.parametrize("name", TESTS)
def test_a_deleted_test_cell_stands_where_it_stood(
    right: Document, repair: Any, source: SourceNotebook, name: str
) -> None:
    """With what the learner had added before it still before it."""
    at = _at(right, name)
    right["cells"][at] = _own("mine = 1")
    found = repair(right)
    wanted = [cell.id for cell in source.cells]
    wanted.insert(wanted.index(name), "own: mine = 1")
    assert _order(found) == wanted
    assert ("missing cell", name) in {(note.kind, note.cell) for note in found.problems}


def test_all_tests_deleted_come_back_in_their_order(
    right: Document, repair: Any
) -> None:
    """Each below the answer that it is about."""
    right["cells"] = [
        cell
        for cell in right["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") not in TESTS
    ]
    order = _order(repair(right))
    assert [name for name in order if name in TESTS] == TESTS
    assert order.index("put-note") < order.index("test-put") < order.index("make-table")


def test_a_notebook_without_metadata_and_ids_is_known_by_its_text(
    right: Document, repair: Any
) -> None:
    """As VS Code, Colab and nbstripout may leave it."""
    honest = repair(right)
    for cell in right["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    found = repair(right)
    assert found.cells == honest.cells
    assert _kinds(found) == ["lost metadata"]
    assert found.integrity == ()


def test_a_stripped_answer_is_known_by_its_function(
    right: Document, repair: Any
) -> None:
    """Also with a helper beside it, and when a cell of one's own follows."""
    for cell in right["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    answer = right["cells"][3]
    answer["source"] = "def helper(n):\n    return n\n\n" + "".join(answer["source"])
    right["cells"].insert(4, _own("square(5)"))
    order = _order(repair(right))
    assert order[3:5] == ["square", "own: square(5)"]


def test_a_test_above_its_answer_moves_below(right: Document, repair: Any) -> None:
    """A test that was moved up would fail right work."""
    cells = right["cells"]
    cells.insert(1, cells.pop(_at(right, "test-table")))
    found = repair(right)
    order = _order(found)
    assert order.index("make-table") < order.index("test-table")
    assert [name for name in order if name in TESTS] == TESTS
    assert _kinds(found) == ["moved cell"]


def test_tests_keep_their_order_when_an_answer_moves(
    right: Document, repair: Any
) -> None:
    """The learner's cells stay where they are; what is tested is above its test."""
    cells = right["cells"]
    cells.append(cells.pop(_at(right, "square")))
    order = _order(repair(right))
    assert order[-4:] == ["square", *TESTS]


def test_a_copied_test_runs_once(right: Document, repair: Any) -> None:
    """Where its last copy stands."""
    cells = right["cells"]
    test = _cell(right, "test-put")
    cells.insert(0, {**copy.deepcopy(test), "id": "copy"})
    found = repair(right)
    assert _tests(found) == TESTS
    assert _kinds(found) == ["copied cell"]


def _copy(document: Document, name: str, source: str, offset: int) -> None:
    cell = {**copy.deepcopy(_cell(document, name)), "id": "copy", "source": source}
    document["cells"].insert(_at(document, name) + offset, cell)


@pytest.mark.parametrize(
    ("first", "copied", "offset", "counts"),
    [
        ("stub", "mine", 1, "mine"),
        ("mine", "stub", 1, "mine"),
        ("first", "second", 1, "second"),
        ("mine", "draft below the test", 3, "mine"),
        ("stub", "mine below the test", 3, "mine below the test"),
        ("stub", "stub", 1, "stub"),
    ],
)
def test_which_copy_of_an_answer_counts(
    right: Document, repair: Any, first: str, copied: str, offset: int, counts: str
) -> None:
    """The last above its test that isn't the stub; else the last that isn't it."""
    stub = "def square(number):\n    # YOUR CODE HERE\n    raise NotImplementedError"
    texts = {"stub": stub}
    _cell(right, "square")["source"] = texts.get(first, f"# {first}")
    _copy(right, "square", texts.get(copied, f"# {copied}"), offset)
    found = repair(right)
    answer = next(cell for cell in found.cells if cell.name == "square")
    assert answer.source == texts.get(counts, f"# {counts}")
    order = [cell.name for cell in found.cells]
    assert order.index("square") < order.index("test-square")
    assert _kinds(found)[0] == "copied cell"
    # A stub that runs after what was written would hide it.
    assert [
        cell.idle for cell in found.cells if cell.source == stub and not cell.origin
    ] == [True] * ([first, copied].count("stub") - (counts == "stub"))


MINE = "def square(number):\n    return number**2"


@pytest.mark.parametrize("name", ["setup", "draw", "test-square"])
def test_an_answer_in_a_cell_of_ones_own_counts(
    right: Document, repair: Any, source: SourceNotebook, name: str
) -> None:
    """Above the stub, below the test, at the end; the stub can't hide it."""
    stub = next(cell for cell in source.cells if cell.grade_id == "square").released
    _cell(right, "square")["source"] = stub
    at = next(at for at, it in enumerate(right["cells"]) if it.get("id") == name)
    right["cells"].insert(at + 1, _own(MINE))
    found = repair(right)
    order = _order(found)
    assert order.index("square") < order.index(f"own: {MINE}")
    assert order.index(f"own: {MINE}") < order.index("test-square")
    assert "moved answer" in _kinds(found)


IN_THE_TEST = """\
import functools
@functools.cache
def square(number):
    return number**2  # mine
"""
TRIED = "assert True; assert square(1) == 1\nprint(square(2))\n"


@pytest.mark.parametrize("has_stub", [True, False])
@pytest.mark.parametrize(
    ("more", "accused"),
    [("", False), (TRIED, True), ("def check(*work): ...\n", True)],
)
def test_an_answer_in_the_test_cell_counts(
    right: Document,
    repair: Any,
    source: SourceNotebook,
    has_stub: bool,
    more: str,
    accused: bool,
) -> None:
    """As written in VS Code, or merged: it runs above the course's own test.

    Nobody is accused of that alone.
    """
    stub = next(cell for cell in source.cells if cell.grade_id == "square").released
    _cell(right, "square")["source"] = stub
    if not has_stub:
        del right["cells"][_at(right, "square")]
    test = _cell(right, "test-square")
    test["source"] = IN_THE_TEST + more + "".join(test["source"])
    found = repair(right)
    order = _order(found)
    own = f"own: {IN_THE_TEST}{more if more.startswith('def') else ''}"
    assert order.index(own) == order.index("test-square") - 1
    assert order.count(own) == 1
    assert set(_kinds(found)) == {
        *(["edited test"] if accused else ["moved answer"]),
        *(["moved answer"] if has_stub else []),
    }
    assert bool(found.integrity) == accused


def test_an_answer_where_it_belongs_isnt_replaced_from_a_test(
    right: Document, repair: Any
) -> None:
    """What an edited test defines beside a written answer doesn't run."""
    _cell(right, "test-square")["source"] = "def square(number):\n    return 9"
    assert not [one for one in _order(repair(right)) if one.startswith("own: ")]


def test_two_answers_in_one_cell_both_count(
    right: Document, repair: Any, source: SourceNotebook
) -> None:
    """The second's stub, left where it was, runs first."""
    stub = next(cell for cell in source.cells if cell.grade_id == "put-note").released
    _cell(right, "put-note")["source"] = stub
    _cell(right, "square")["source"] = f"{MINE}\n\ndef put_note(*given): ...\n"
    order = _order(repair(right))
    assert order.index("put-note") < order.index("square")


def test_cells_that_an_editor_laid_out_anew_are_as_they_were(
    right: Document, repair: Any
) -> None:
    """Colab's titles and a formatter's quotes are no edits, and hide no test."""
    honest = repair(right)
    for cell in right["cells"]:
        cell["metadata"] = {}
        cell["id"] = f"{cell['id']}-new"
        if cell["cell_type"] == "code":
            text = "".join(cell["source"]).replace('"', "'")
            cell["source"] = f"#@title A cell\n{text}"
    found = repair(right)
    assert _order(found) == _order(honest)
    assert _tests(found) == TESTS
    assert _kinds(found) == ["lost metadata"]


def test_a_nameless_copy_of_a_test_runs_once(right: Document, repair: Any) -> None:
    """What it makes in the cloud would be in the way of the second run."""
    test = copy.deepcopy(_cell(right, "test-table"))
    right["cells"].append({**test, "id": "copy", "metadata": {}})
    found = repair(right)
    assert _tests(found) == TESTS
    assert len(found.cells) == len(right["cells"]) - 1


def test_the_learners_own_cells_stay_in_place(right: Document, repair: Any) -> None:
    """With their text and their pictures."""
    at = _at(right, "put-note")
    right["cells"].insert(at, _own("import this"))
    picture = {"a.png": {"image/png": "aGFsbG8="}}
    right["cells"].append(
        {"cell_type": "markdown", "source": "![](a)", "attachments": picture}
    )
    found = repair(right)
    order = _order(found)
    assert order.index("own: import this") + 1 == order.index("put-note")
    assert found.cells[-1].attachments == picture


def test_a_locked_text_is_restored(right: Document, repair: Any) -> None:
    """What the task said is what it says."""
    _cell(right, "put-task")["source"] = "Do nothing."
    found = repair(right)
    assert "encoded as UTF-8" in next(
        cell.source for cell in found.cells if cell.name == "put-task"
    )
    assert _kinds(found) == ["edited cell"]
    assert found.integrity == ()


def test_a_missing_answer_of_a_person_is_a_stub(right: Document, repair: Any) -> None:
    """It can be marked; and a missing task stands where its learner's cells are."""
    del right["cells"][_at(right, "explain")]
    del right["cells"][_at(right, "draw")]
    found = repair(right)
    last = found.cells[-2:]
    assert [cell.name for cell in last] == ["explain", "draw"]
    assert not last[0].is_written


def test_cells_of_exercises_that_are_gone_are_the_learners_own(
    right: Document, repair: Any
) -> None:
    """An older release had them."""
    own = _own("assert True")
    own["metadata"] = {"nbgrader": {"grade_id": "old", "grade": True, "points": 9}}
    right["cells"].insert(6, own)
    found = repair(right)
    assert "own: assert True" in _order(found)
    assert _tests(found) == TESTS
    assert _kinds(found) == ["other release"]


def test_an_empty_notebook_has_all_tests(repair: Any) -> None:
    """Each is put back and told."""
    found = repair({"cells": []})
    assert _tests(found) == TESTS
    assert _kinds(found).count("missing cell") == 4


def test_nothing_that_was_given_changes(
    right: Document, source: SourceNotebook
) -> None:
    """The same submission repaired twice gives the same."""
    cells = read(json.dumps(right).encode()).cells
    before = copy.deepcopy(cells)
    assert repaired(cells, source) == repaired(cells, source)
    assert cells == before
