"""Submissions whose cells were damaged, made gradable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.grading.course import Course
from grader.grading.release import generate
from grader.grading.restoring import RestoreCells

Document = dict[str, Any]


def _tags(test: Document) -> None:
    test["metadata"]["tags"] = ["skip-execution", ""]


def _strips(test: Document) -> None:
    test["metadata"] = {}


def _renames(test: Document) -> None:
    test["metadata"]["nbgrader"]["grade_id"] = "another"


def _ages(test: Document) -> None:
    test["metadata"]["nbgrader"]["schema_version"] = 0


def _raises_points(test: Document) -> None:
    test["metadata"]["nbgrader"]["points"] = "a thousand"


def _makes_an_answer(test: Document) -> None:
    test["metadata"]["nbgrader"]["solution"] = True


def _ungrades(test: Document) -> None:
    test["metadata"]["nbgrader"]["grade"] = False


def _empties(test: Document) -> None:
    test["metadata"]["nbgrader"] = {}


@pytest.fixture(scope="module")
def folder(
    make_course: Callable[[Path], Course], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A course's release, and the gradebook that knows it."""
    folder = tmp_path_factory.mktemp("restoring")
    course = make_course(folder / "course")
    gradebook = f"sqlite:///{folder / 'gradebook.db'}"
    generate(course, into=folder / "released", gradebook=gradebook)
    return folder


@pytest.fixture
def released(folder: Path) -> Document:
    """What a learner starts from."""
    path = folder / "released" / "phase2" / "greeting.ipynb"
    return dict(nbformat.read(path, as_version=4))


def _restored(document: Document, folder: Path) -> list[Document]:
    """The cells of a submission after RestoreCells."""
    about = {
        "assignment": "phase2",
        "notebook": "greeting",
        "db_url": f"sqlite:///{folder / 'gradebook.db'}",
    }
    notebook = nbformat.from_dict(document)
    RestoreCells().preprocess(notebook, {"nbgrader": about})
    nbformat.validate(notebook)
    return list(notebook.cells)


@pytest.mark.parametrize(
    "damage",
    [
        _tags,
        _strips,
        _renames,
        _ages,
        _raises_points,
        _makes_an_answer,
        _ungrades,
        _empties,
    ],
)
def test_a_test_cell_is_a_test_cell_again(
    released: Document, folder: Path, damage: Callable[[Document], None]
) -> None:
    """Whatever was done to its metadata, it is graded, locked and worth its points."""
    damage(released["cells"][3])
    cells = _restored(released, folder)
    assert len(cells) == 4
    metadata = cells[3]["metadata"]
    assert set(metadata) == {"nbgrader"}
    about = metadata["nbgrader"]
    assert (about["grade_id"], about["points"]) == ("hello-python", 4)
    assert (about["grade"], about["locked"], about["solution"]) == (True, True, False)


def test_a_deleted_test_cell_comes_back_with_its_hidden_test(
    released: Document, folder: Path
) -> None:
    """It stands at the end, where everything that it needs was run."""
    del released["cells"][3]
    cells = _restored(released, folder)
    last = cells[-1]
    assert last["metadata"]["nbgrader"]["grade_id"] == "hello-python"
    assert "variation=True" in last["source"]


def test_cells_of_the_learner_stay_theirs(released: Document, folder: Path) -> None:
    """A cell that nbgrader doesn't know gets no metadata and keeps its source."""
    released["cells"].insert(0, {**released["cells"][1], "id": "a", "source": "a = 1"})
    cells = _restored(released, folder)
    assert len(cells) == 5
    assert cells[0]["source"] == "a = 1"
    assert cells[0]["metadata"] == {}
