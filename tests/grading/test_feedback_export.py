"""nbgrader's own command for feedback, and formgrader's button, give our pages."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from grader.grading import gradebook, pipeline
from grader.grading.course import Course
from grader.grading.journal import Journal
from tests.grading.gradebooks import change, graded, released, settings

SAID = "I put a note under b/c.txt, and read something else."


@pytest.fixture(scope="module")
def work(toy: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of two in a gradebook; only one has a result in the journal."""
    from grader.grading.bundle import make_bundle

    folder = tmp_path_factory.mktemp("export")
    url = pipeline.sqlite(folder / "gradebook.db")
    released(toy, folder, url)
    bundle = make_bundle(toy, "toy")
    results = [graded(bundle, student) for student in ("lena", "otto")]
    for result in results:
        for at, cell in enumerate(result["notebooks"]["toy"]["executed"]["cells"]):
            cell["id"] = f"cell-{at}"
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
    for mark in results[0]["notebooks"]["toy"]["marks"]:
        if mark["grade_id"] == "test-put":
            mark |= {"outcome": "failed", "points": 0.0, "message": SAID}
    with gradebook.opened(
        url, settings(toy), autograded_folder=folder / "autograded"
    ) as book:
        for result in results:
            book.record(result)
    with Journal(folder / "journal.jsonl") as journal:
        journal.append(results[0])
    change(url, "update grade set manual_score = 3.5 where auto_score is null")
    change(url, "update comment set manual_comment = 'Well said.'")
    return folder


@pytest.fixture(scope="module")
def pages(toy: Course, work: Path) -> dict[str, str]:
    """What `nbgrader generate_feedback` made, by student."""
    api: Any = pipeline.api(
        toy, gradebook=pipeline.sqlite(work / "gradebook.db"), work=work
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Object of type <\w+> not in session")
        made = api.generate_feedback("toy")
    assert made["success"], made["log"]
    return {
        student: (work / "feedback" / student / "toy" / "toy.html").read_text()
        for student in ("lena", "otto")
    }


def test_the_page_is_made_of_the_journals_result(pages: dict[str, str]) -> None:
    """With what the examiner said, and the gradebook's marks and comments."""
    assert SAID in pages["lena"]
    assert "✎</span> marked by your instructor" in pages["lena"]
    assert "Your instructor writes:</strong> Well said." in pages["lena"]
    assert "10.5 of 14 points" in pages["lena"]


def test_without_a_result_the_notebooks_outputs_tell(pages: dict[str, str]) -> None:
    """As after `nbgrader autograde`: points, what passed, comments."""
    assert "17 of 17 points" in pages["otto"]
    assert "✔</span> passed" in pages["otto"]
    assert "Well said." in pages["otto"]


def test_hidden_tests_stay_hidden(pages: dict[str, str]) -> None:
    """nbgrader's own page would show them."""
    for page in pages.values():
        assert "square(-2)" not in page and "grüße" not in page
        assert "MARK SCHEME" not in page and "One point each" not in page
        assert "put_note" in page and "Draw what you built" in page
