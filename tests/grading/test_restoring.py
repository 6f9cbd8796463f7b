"""Submissions whose cells were damaged, made gradable."""

from __future__ import annotations

import json
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


@pytest.fixture
def restore(course: Course, tmp_path: Path) -> Any:
    """Runs RestoreCells on a submission, beside a gradebook of the course."""
    gradebook = tmp_path / "gradebook.db"
    generate(course, into=tmp_path / "released", gradebook=gradebook)
    resources = {
        "nbgrader": {
            "assignment": "phase2",
            "notebook": "greeting",
            "db_url": f"sqlite:///{gradebook}",
        }
    }

    def run(document: Document) -> Document:
        notebook = nbformat.from_dict(json.loads(json.dumps(document)))
        restored, _ = RestoreCells().preprocess(notebook, resources)
        nbformat.validate(restored)
        return dict(restored)

    return run


def _released(tmp_path: Path) -> Document:
    text = (tmp_path / "released" / "phase2" / "greeting.ipynb").read_text()
    return dict(json.loads(text))


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
    restore: Any, tmp_path: Path, damage: Any
) -> None:
    """Whatever was done to its metadata, it is graded, locked and worth its points."""
    document = _released(tmp_path)
    damage(document["cells"][3])
    restored = restore(document)
    assert len(restored["cells"]) == 4
    metadata = restored["cells"][3]["metadata"]
    assert set(metadata) == {"nbgrader"}
    about = metadata["nbgrader"]
    assert (about["grade_id"], about["points"]) == ("hello-python", 4)
    assert (about["grade"], about["locked"], about["solution"]) == (True, True, False)


def test_a_deleted_test_cell_comes_back_with_its_hidden_test(
    restore: Any, tmp_path: Path
) -> None:
    """It stands at the end, where everything that it needs was run."""
    document = _released(tmp_path)
    del document["cells"][3]
    restored = restore(document)
    last = restored["cells"][-1]
    assert last["metadata"]["nbgrader"]["grade_id"] == "hello-python"
    assert "variation=True" in last["source"]


def test_cells_of_the_learner_stay_theirs(restore: Any, tmp_path: Path) -> None:
    """A cell that nbgrader doesn't know gets no metadata and keeps its source."""
    document = _released(tmp_path)
    document["cells"].insert(0, {**document["cells"][1], "id": "a", "source": "a = 1"})
    restored = restore(document)
    assert len(restored["cells"]) == 5
    assert restored["cells"][0]["source"] == "a = 1"
    assert restored["cells"][0]["metadata"] == {}
