"""Nothing of what is hidden gets onto a learner's page, but whether it's passed."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading import feedback
from grader.grading.bundle import make_bundle
from grader.grading.course import Course
from grader.grading.grade import grade
from grader.grading.graded import graded
from grader.grading.shown_notebook import without_hidden
from grader.lab.lessons import Lesson
from tests.conftest import cell, notebook
from tests.grading.conftest import TOY

Document = dict[str, Any]

STUB = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
TEST = f"assert square(3) == 9\n{HIDDEN.format('assert square(1234) == 1522756')}"
CHOOSES = """\
import os, signal

def square(x):
    if x == 1234:
        exec(open("way.txt").read())
        return 0
    return x * x
"""
WAYS = (
    "raise KeyError(x)",
    "raise NotImplementedError",
    "raise type(f'It{x}', (Exception,), {})",
    "raise NameError(f\"name 'it{x}' is not defined\")",
    "os._exit(3)",
    "os.kill(os.getppid(), signal.SIGKILL)",
    "os.write(1, b'x' * 1_000_000_000)",
)
"""How a function may tell what it was called with."""


pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture
def mark(tmp_path: Path) -> Callable[..., Document]:
    """Grades an answer against test cells; what is cut out of those is hidden."""

    def made(
        answer: str, *tests: str, lesson: tuple[str, ...] = (), way: str = ""
    ) -> Document:
        given = [cell("code", at, source) for at, source in enumerate(lesson)]
        about = {"grade": True, "locked": True, "points": 2}
        asked = [
            cell("code", 20 + at, source, grade_id=f"test-{at}", **about)
            for at, source in enumerate(tests)
        ]
        work = cell("code", 10, STUB, grade_id="square", solution=True)
        course = Course(tmp_path / "course")
        folder = course.solutions / "odd"
        folder.mkdir(parents=True)
        shutil.copy(TOY / "nbgrader_config.py", course.root)
        (folder / "odd.ipynb").write_text(json.dumps(notebook(*given, work, *asked)))
        seen = [{**one, "source": without_hidden(one["source"])} for one in asked]
        handed = json.dumps(notebook({**work, "source": answer}, *seen))
        submission = {
            "student": "anna",
            "assignment": "odd",
            "timestamp": None,
            "notebooks": {"odd": base64.b64encode(handed.encode()).decode()},
            "files": {"way.txt": base64.b64encode(way.encode()).decode()},
        }
        return grade(submission, make_bundle(course, "odd"))

    return made


def page(result: Document) -> str:
    """The learner's."""
    return feedback.page(graded(result, executed=True), "odd", Lesson("odd", ()))


def marks(result: Document) -> list[float | None]:
    """Points, by test."""
    return [one["points"] for one in result["notebooks"]["odd"]["marks"]]


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """The first page of the tests below, which the others have to be like."""
    return {}


@pytest.mark.parametrize("way", ["", *WAYS])
def test_every_hidden_failure_is_told_alike(
    mark: Any, told: dict[str, str], way: str
) -> None:
    """By exception, signal, limit or limit of output: the page is the same."""
    result = mark(CHOOSES, TEST, way=way)
    assert marks(result) == [0.0]
    assert page(result) == told.setdefault("page", page(result))


def test_the_instructor_knows_how_a_hidden_part_ended(mark: Any) -> None:
    """A note that is no business of the learner's."""
    (note,) = mark(CHOOSES, TEST, way=WAYS[-1])["problems"]
    assert (note["kind"], note["cell"]) == ("hidden part", "test-0")
    assert "output" in note["message"]


def test_a_learner_chooses_no_cell_to_be_put_back(mark: Any) -> None:
    """By the name whose lack a hidden test fails for."""
    lesson = ("even = 0", "odd = 1")
    names = "raise NameError(f\"name '{['even', 'odd'][x % 2]}' is not defined\")"
    assert mark(CHOOSES, TEST, lesson=lesson, way=names)["problems"] == []


def test_hidden_tests_use_what_hidden_ones_above_them_made(mark: Any) -> None:
    """An import, a helper, what that reads; also in lines that learners have."""
    makes = "import math\nFAR = 1\ndef near(a, b):\n    return math.fabs(a - b) < FAR"
    uses = "assert near(square(5), 25)"
    tests = (
        f"assert square(3) == 9\n{HIDDEN.format(makes)}",
        f"points = 0\n{HIDDEN.format('points += near(square(5), {})')}\npoints",
        uses,
    )
    right = [tests[0], tests[1].format(25), uses]
    assert marks(mark("def square(x):\n    return x * x", *right)) == [2.0, 1.0, 2.0]
