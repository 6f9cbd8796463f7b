"""Files that somebody handed in, and the notebooks that they are."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest

from grader.grading.assignment import SourceNotebook, assignment_of
from grader.grading.candidates import handed_in

Document = dict[str, Any]
OTHER = "# Another lesson"


@pytest.fixture
def notebooks(toy_bundle: Document) -> dict[str, SourceNotebook]:
    """The toy, and a second notebook with other cells."""
    second = copy.deepcopy(toy_bundle["notebooks"]["toy"])
    for cell in second["cells"]:
        cell["grade_id"] = cell["grade_id"] and f"other-{cell['grade_id']}"
        cell["source"] = f"{OTHER}\n{cell['source']}"
        cell.pop("released", None)
    toy_bundle["notebooks"]["other"] = second
    return dict(assignment_of(toy_bundle).notebooks)


def _file(source: SourceNotebook, answers: int = 0, *, bare: bool = False) -> str:
    """A learner's file, with some answers written."""
    cells = []
    for cell in source.cells:
        text = cell.released
        if cell.solution and answers:
            text, answers = f"{text}\n# mine", answers - 1
        metadata = {} if bare else {"nbgrader": {"grade_id": cell.grade_id}}
        cells.append(
            {"cell_type": cell.cell_type, "metadata": metadata, "source": text}
        )
    return _encoded(json.dumps({"cells": cells}).encode())


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("name", ["toy", "toy (1)", "my solution, final", "other"])
def test_a_file_is_known_by_its_cells(
    notebooks: dict[str, SourceNotebook], name: str, bare: bool
) -> None:
    """Whatever it is called, and without any metadata."""
    found = handed_in({name: _file(notebooks["toy"], bare=bare)}, notebooks)
    assert list(found) == ["toy"]
    kinds = [note.kind for note in found["toy"].notes]
    assert kinds == ([] if name == "toy" else ["file name"])


@pytest.mark.parametrize(
    "name", ["toy", "Toy (2)", "toy-Copy1", "toy - Copy", "toy_copy 2", "toy-1"]
)
def test_an_unreadable_file_is_known_by_its_name(
    notebooks: dict[str, SourceNotebook], name: str
) -> None:
    """Also by what browsers and editors make of a name."""
    found = handed_in({name: _encoded(b"<<")}, notebooks)
    assert list(found) == ["toy"]
    assert found["toy"].notebook is None
    assert "isn't JSON" in found["toy"].unreadable


def test_the_file_with_most_answers_counts(
    notebooks: dict[str, SourceNotebook],
) -> None:
    """The untouched original beside it is left aside, and both are told."""
    files = {
        "toy": _file(notebooks["toy"]),
        "toy (1)": _file(notebooks["toy"], 2),
        "toy (2)": _file(notebooks["toy"], 1),
        "toy (3)": _encoded(b""),
    }
    found = handed_in(files, notebooks)["toy"]
    assert [note.kind for note in found.notes] == ["file name", "several files"]
    assert found.notes[1].message == (
        "toy (1).ipynb counts, with the most answers; left aside: toy (3).ipynb, "
        "toy.ipynb, toy (2).ipynb"
    )
    assert found.notebook is not None
    assert sum("# mine" in cell.source for cell in found.notebook.cells) == 2


def test_the_notebooks_own_name_decides_where_nothing_else_does(
    notebooks: dict[str, SourceNotebook],
) -> None:
    """Two files with as many answers."""
    files = {name: _file(notebooks["toy"], 1) for name in ("toy", "toy (1)")}
    found = handed_in(files, notebooks)["toy"]
    assert [note.kind for note in found.notes] == ["several files"]


def test_what_is_no_notebook_of_the_assignment_is_told(
    notebooks: dict[str, SourceNotebook],
) -> None:
    """It stops nobody; the others are found."""
    own = _encoded(json.dumps({"cells": []}).encode())
    found = handed_in({"scratch": own, "other": _file(notebooks["other"])}, notebooks)
    assert list(found) == ["other"]
    assert [note.kind for note in found["other"].notes] == ["extra file"]


def test_the_only_file_is_what_was_handed_in(
    notebooks: dict[str, SourceNotebook],
) -> None:
    """For an assignment of one notebook, whatever is in it."""
    own = _encoded(json.dumps({"cells": []}).encode())
    alone = {"toy": notebooks["toy"]}
    assert list(handed_in({"homework": own}, alone)) == ["toy"]
    assert handed_in({"homework": "é"}, alone)["toy"].notebook is None
    assert handed_in({}, alone) == {}
