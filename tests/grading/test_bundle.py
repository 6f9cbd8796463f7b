"""Bundles: all that grading takes, from solutions/ alone."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import ReleaseFailed, WrongUse
from grader.grading.assignment import assignment_of
from grader.grading.bundle import digest, make_bundle, needs_lab
from grader.grading.course import Course
from grader.grading.release import generate


def test_a_bundle_says_what_the_gradebook_is_told(
    toy: Course, toy_bundle: dict[str, Any], tmp_path: Path
) -> None:
    """Sources, checksums and points are those of `nbgrader generate_assignment`."""
    book = f"sqlite:///{tmp_path}/gradebook.db"
    generate(toy, into=tmp_path / "released", gradebook=book)
    from nbgrader.api import Gradebook

    with Gradebook(book) as gradebook:
        source = gradebook.find_notebook("toy", "toy")
        told = {
            cell.name: (cell.cell_type, cell.locked, cell.source, cell.checksum)
            for cell in source.source_cells
        }
        marked = [*source.grade_cells, *source.task_cells]
        points = {cell.name: cell.max_score for cell in marked}
    cells = [cell for cell in _cells(toy_bundle) if cell["grade_id"]]
    assert told == {
        cell["grade_id"]: (
            *(cell["cell_type"], cell["locked"], cell["source"], cell["checksum"]),
        )
        for cell in cells
    }
    assert points == {
        cell["grade_id"]: cell["points"] for cell in cells if cell["points"]
    }


def test_a_bundle_knows_what_learners_got(
    toy: Course, toy_bundle: dict[str, Any], tmp_path: Path
) -> None:
    """Cell by cell the text of the release, without hidden tests and mark schemes."""
    generate(toy, into=tmp_path)
    released = json.loads((tmp_path / "toy" / "toy.ipynb").read_text("utf-8"))
    source = assignment_of(toy_bundle).notebooks["toy"]
    assert [cell.released for cell in source.cells] == [
        "".join(cell["source"]) for cell in released["cells"]
    ]
    assert dict(source.metadata) == released["metadata"]


def test_a_bundle_is_json_and_has_no_solution(toy_bundle: dict[str, Any]) -> None:
    """It goes to workers as it is; an answer cell in it is a stub."""
    assert json.loads(json.dumps(toy_bundle)) == toy_bundle
    assert "number * number" not in json.dumps(toy_bundle)


def test_a_digest_is_of_all_that_is_in_a_bundle(
    toy: Course, toy_bundle: dict[str, Any]
) -> None:
    """The same course has the same one, and a changed hidden test another."""
    assert make_bundle(toy, "toy") == toy_bundle
    body = {key: value for key, value in toy_bundle.items() if key != "digest"}
    assert toy_bundle["digest"] == digest(body)
    changed = json.loads(json.dumps(body).replace("square(-2)", "square(-3)"))
    assert digest(changed) != toy_bundle["digest"]


def test_a_bundle_has_the_files_that_notebooks_read(course: Course) -> None:
    """Those beside the notebook and in data/; no submissions, nothing hidden."""
    for name in (
        *("solutions/phase2/shop/photo.txt", "solutions/phase2/.ipynb_checkpoints/a"),
        *("data/events/s3.json", "data/submitted/anna/secret.txt", "data/.hidden"),
    ):
        path = course.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    made = make_bundle(course, "phase2")
    assert {**made["files"], **made["data"]} == {
        "shop/photo.txt": base64.b64encode(b"photo.txt").decode(),
        "events/s3.json": base64.b64encode(b"s3.json").decode(),
    }


def test_stubs_are_those_of_the_instructor(course: Course) -> None:
    """An untouched answer is known by what nbgrader_config.py makes of solutions."""
    config = course.root / "nbgrader_config.py"
    stub = 'c.ClearSolutions.code_stub = {"python": "pass  # yours"}'
    config.write_text(f"{config.read_text()}\n{stub}\n")
    (notebook,) = make_bundle(course, "phase2")["notebooks"].values()
    (answer,) = [cell for cell in notebook["cells"] if cell["solution"]]
    assert "pass  # yours" in answer["source"]


def test_a_broken_source_is_named(course: Course) -> None:
    """A hidden test without its end is told with the notebook that has it."""
    path = course.solutions / "phase2" / "greeting.ipynb"
    path.write_text(path.read_text().replace("### END HIDDEN TESTS", ""))
    with pytest.raises(ReleaseFailed, match=r"phase2/greeting\.ipynb: .*hidden tests"):
        make_bundle(course, "phase2")


def test_a_cell_that_is_too_long_is_named(course: Course) -> None:
    """Checks in it would not be found; data belongs into a file."""
    path = course.solutions / "phase2" / "greeting.ipynb"
    document = json.loads(path.read_text())
    document["cells"][3]["source"] = "# " + "x" * 20_000
    path.write_text(json.dumps(document))
    with pytest.raises(ReleaseFailed, match="'hello-python' has 20002 characters"):
        make_bundle(course, "phase2")


def test_too_many_hidden_tests_are_counted(course: Course) -> None:
    """Each waits in a process, and of those a kernel has so many."""
    path = course.solutions / "phase2" / "greeting.ipynb"
    document = json.loads(path.read_text())
    test = document["cells"][3]
    hidden = "\n### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS"
    for number in range(129):
        cell = copy.deepcopy(test)
        cell["id"] = f"more-{number}"
        cell["metadata"]["nbgrader"]["grade_id"] = f"more-{number}"
        cell["source"] += hidden
        document["cells"].append(cell)
    path.write_text(json.dumps(document))
    with pytest.raises(ReleaseFailed, match=r"1(29|30) test cells have hidden tests"):
        make_bundle(course, "phase2")


def test_an_assignment_that_isnt_there_is_wrong_use(course: Course) -> None:
    """The message names those that are."""
    with pytest.raises(WrongUse, match="phase2"):
        make_bundle(course, "phase9")


def test_a_bundle_of_another_version_is_refused(toy_bundle: dict[str, Any]) -> None:
    """A worker with another package says so instead of guessing."""
    with pytest.raises(WrongUse, match="make the bundle again"):
        assignment_of({**toy_bundle, "version": 2})


def _cells(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = bundle["notebooks"]["toy"]["cells"]
    return cells


def test_a_bundle_with_checks_needs_a_lab(toy_bundle: dict[str, Any]) -> None:
    """Those of test cells; what an answer or a text says of them doesn't count."""
    assert not needs_lab(toy_bundle)
    test = next(cell for cell in _cells(toy_bundle) if cell["grade"])
    elsewhere = [{**test, "solution": True}, {**test, "cell_type": "markdown"}]
    for cells, expected in (([test], True), (elsewhere, False)):
        checks = [{**cell, "source": 'check("toy")'} for cell in cells]
        bundle = {**toy_bundle, "notebooks": {"toy": {"cells": checks}}}
        assert needs_lab(bundle) is expected
