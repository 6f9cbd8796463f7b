"""Grading plain nbgrader test cells, partial credit, sentences and tasks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.grading.course import Course
from grader.grading.grade import grade

Document = dict[str, Any]
NAMES = ("test-square", "test-put", "test-table", "explain", "draw")
ALWAYS_EQUAL = """\
class Anything:
    def __eq__(self, other):
        return True

def square(number):
    return Anything()
"""


pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture
def graded(submitted: Any) -> Callable[..., Document]:
    """The result of a submission of the toy; answers may be written by name."""

    def made(student: str, **answers: str) -> Document:
        def write(cells: list[Document]) -> None:
            for cell in cells:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                cell["source"] = answers.get(name.replace("-", "_"), cell["source"])

        result: Document = submitted(student, write)
        return result

    return made


@pytest.fixture
def submitted(toy: Course, toy_bundle: Document) -> Callable[..., Document]:
    """The result of a submission of the toy whose cells were changed."""

    def made(student: str, change: Callable[[list[Document]], None]) -> Document:
        path = toy.submitted / student / "toy" / "toy.ipynb"
        document = json.loads(path.read_text("utf-8"))
        change(document["cells"])
        text = json.dumps(document).encode()
        given = {
            "student": student,
            "assignment": "toy",
            "timestamp": None,
            "notebooks": {"toy": base64.b64encode(text).decode()},
            "files": {},
        }
        return grade(given, toy_bundle)

    return made


def _marks(result: Document) -> dict[str, tuple[str, float | None]]:
    return {
        mark["grade_id"]: (mark["outcome"], mark["points"])
        for mark in result["notebooks"]["toy"]["marks"]
    }


def _message(result: Document, name: str) -> str:
    marks = result["notebooks"]["toy"]["marks"]
    found: str = next(one["message"] for one in marks if one["grade_id"] == name)
    return found


def test_right_work_has_all_points(graded: Any) -> None:
    """What a person marks waits."""
    result = graded("right")
    assert _marks(result) == {
        "test-square": ("passed", 2.0),
        "test-put": ("passed", 3.0),
        "test-table": ("passed", 5.0),
        "explain": ("manual", None),
        "draw": ("manual", None),
    }
    assert (result["problems"], result["integrity"]) == ([], [])


def test_a_part_that_is_right_has_a_part_of_the_points(graded: Any) -> None:
    """And nobody is told what is hidden."""
    result = graded("partly")
    assert _marks(result)["test-square"] == ("failed", 0.0)
    assert _marks(result)["test-put"] == ("passed", 3.0)
    assert _marks(result)["test-table"] == ("failed", 2.0)
    assert "hidden test" in _message(result, "test-square")
    assert "-2" not in _message(result, "test-square")
    assert "2 of 5 points" in _message(result, "test-table")


def test_stubs_were_not_attempted(graded: Any) -> None:
    """The sentence neither; a task is a person's to look at."""
    found = _marks(graded("untouched"))
    assert found == {
        **dict.fromkeys(NAMES[:-1], ("unattempted", 0.0)),
        "draw": ("manual", None),
    }


@pytest.mark.parametrize(
    ("square", "outcome"),
    [
        (
            "import logging\ndef square(n):\n    logging.error('!')\n    return n * n",
            "passed",
        ),
        (ALWAYS_EQUAL, "failed"),
        ("import os\ndef square(n):\n    os._exit(0)", "failed"),
        ("def square(n):\n    raise SystemExit", "failed"),
    ],
)
def test_only_the_end_of_the_test_is_a_pass(
    graded: Any, square: str, outcome: str
) -> None:
    """Noise costs nothing, tricks and deaths earn nothing, the others go on."""
    found = _marks(graded("right", square=square))
    assert found["test-square"][0] == outcome
    assert found["test-put"] == ("passed", 3.0)


def test_a_value_that_is_no_share_earns_nothing(graded: Any) -> None:
    """`points` of the learner's own decides nothing."""
    more = "class P(int):\n    pass\n\ndef make_table(name, stock):\n    return P(5)"
    assert _marks(graded("right", make_table=more))["test-table"][1] == 0.0


@pytest.mark.parametrize("change", ["deleted", "moved", "text", "changed"])
def test_what_the_lesson_sets_up_is_there_for_its_tests(
    submitted: Any, change: str
) -> None:
    """Its first cell isn't locked; in the learner's kernel the names lived on."""

    def damage(cells: list[Document]) -> None:
        cell = cells.pop(1)
        if change == "moved":
            cells.append(cell)
        elif change == "text":
            cells.insert(1, {**cell, "cell_type": "markdown"})
        elif change == "changed":
            cells.insert(1, {**cell, "source": "import boto3"})

    result = submitted("right", damage)
    assert [points for _, points in _marks(result).values()][:3] == [2.0, 3.0, 5.0]
    assert [note["kind"] for note in result["problems"]] == ["missing cell"]


def test_what_was_tried_out_is_in_no_tests_way(submitted: Any) -> None:
    """A table of the test's name was made before it; names that are read stay."""

    def try_out(cells: list[Document]) -> None:
        at = next(at for at, cell in enumerate(cells) if cell.get("id") == "test-table")
        made = 'make_table("stock", {"apples": 1})'
        cells.insert(at, {"cell_type": "code", "id": "mine", "source": made})
        cells.insert(2, {"cell_type": "code", "id": "two", "source": "two = 2"})
        cells[4]["source"] = "def square(number):\n    return number**two"

    result = submitted("right", try_out)
    assert [points for _, points in _marks(result).values()][:3] == [2.0, 3.0, 5.0]
    assert [note["kind"] for note in result["problems"]] == ["tried out"]


@pytest.mark.parametrize(
    ("square", "error"),
    [
        ("import not_there\ndef square(n):\n    return n * n", "ModuleNotFoundError"),
        ("def square(n:\n    return n * n", "SyntaxError"),
    ],
)
def test_a_test_without_its_answer_says_what_became_of_that(
    graded: Any, square: str, error: str
) -> None:
    """That a name isn't defined is the end of the story, not its beginning."""
    message = _message(graded("right", square=square), "test-square")
    assert "name 'square' is not defined" in message
    assert f". The answer above it, square, had ended in {error}" in message
