"""What a case is: a submission made from a released notebook, and what it must earn.

`SUMS` is a notebook of nbgrader's plain test cells, which run in the learner's kernel;
`GREETING` has one exercise of the course, which the examiner judges.
"""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conftest import SOLUTION, TEST_CELL, cell, notebook
from tests.grading.conftest import ANSWER

Document = dict[str, Any]
Marks = Mapping[str, float | None]
SUMS, GREETING = "phase1", "phase2"
STEMS = {SUMS: "sums", GREETING: "greeting"}
HIDDEN = "hidden-case-"
"""Stands in each hidden test, and so nowhere else."""

SOURCES: dict[str, Document] = {
    SUMS: notebook(
        cell("markdown", 0, "# Sums"),
        cell("code", 1, "import math"),
        cell(
            "code",
            2,
            "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n"
            "    ### END SOLUTION\n",
            grade_id="square-answer",
            solution=True,
        ),
        cell(
            "code",
            3,
            "assert square(3) == 9\n### BEGIN HIDDEN TESTS\n"
            f'assert square(-4) == 16, "{HIDDEN}of-square"\n'
            "assert square(1.5) == 2.25\n### END HIDDEN TESTS\n",
            grade_id="square",
            grade=True,
            locked=True,
            points=2,
        ),
        cell(
            "code",
            4,
            "def mean(numbers):\n    ### BEGIN SOLUTION\n"
            "    return sum(numbers) / len(numbers)\n    ### END SOLUTION\n",
            grade_id="mean-answer",
            solution=True,
        ),
        cell(
            "code",
            5,
            "earned = 0\nif mean([1, 2, 3]) == 2:\n    earned += 2\n"
            "### BEGIN HIDDEN TESTS\n"
            f"if mean([2.5, 3.5]) == 3:  # {HIDDEN}of-mean\n    earned += 3\n"
            "### END HIDDEN TESTS\nearned\n",
            grade_id="mean",
            grade=True,
            locked=True,
            points=5,
        ),
        cell(
            "markdown",
            6,
            "What is a mean good for?",
            grade_id="explain",
            grade=True,
            solution=True,
            points=3,
        ),
    ),
    GREETING: notebook(
        cell("markdown", 0, "# Greeting"),
        cell("code", 1, "from grader.lab import check, start\n\ncloud = start()"),
        cell("code", 2, SOLUTION, grade_id="deploy-hello", solution=True),
        cell(
            "code",
            3,
            TEST_CELL,
            grade_id="hello-python",
            grade=True,
            locked=True,
            points=4,
        ),
    ),
}
RIGHT: dict[str, dict[str, str]] = {
    SUMS: {
        "square-answer": "def square(x):\n    return x * x",
        "mean-answer": "def mean(numbers):\n    return sum(numbers) / len(numbers)",
    },
    GREETING: {"deploy-hello": ANSWER},
}
WRONG: dict[str, dict[str, str]] = {
    SUMS: {
        "square-answer": "def square(x):\n    return x + x",
        "mean-answer": "def mean(numbers):\n    return max(numbers) + 1",
    },
    GREETING: {"deploy-hello": "def deploy_hello(cloud):\n    return 'nothing'"},
}
FULL: dict[str, Marks] = {
    SUMS: {"square": 2, "mean": 5, "explain": 0},
    GREETING: {"hello-python": 4},
}
NOTHING: dict[str, Marks] = {
    SUMS: {"square": 0, "mean": 0, "explain": 0},
    GREETING: {"hello-python": 0},
}


@dataclass(frozen=True)
class Case:
    """One submission.

    A marker `@name@` in a text stands for a bait's place (see `baits.py`).
    """

    name: str
    code: str = ""
    """A cell of the learner's own, the first after the imports."""
    assignment: str = SUMS
    answers: Mapping[str, str] = field(default_factory=dict)
    """Sources by grade_id; those that aren't here are right or wrong by `honest`."""
    honest: bool = False
    """Whether the answers are right: then the work has to earn its marks."""
    edit: Callable[[Document], None] = lambda document: None
    """What was done to the notebook as a whole."""
    file: Callable[[bytes], bytes] = lambda raw: raw
    """What was done to the file."""
    stem: str | None = None
    """The name of the notebook's file, where it isn't the released one."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What was handed in beside the notebook."""
    marks: Marks | None = None
    """Points by grade_id; others are full for the honest and 0 for the rest."""
    own_loss: bool = False
    """Whether right work may lose its marks too, by what its learner did."""
    problem: bool | None = None
    """Whether the instructor has to read of a problem; None doesn't matter."""
    integrity: bool | None = None
    """Whether the instructor has to read what was tried; None doesn't matter."""

    @property
    def expected(self) -> Marks:
        """The marks of each cell that earns some."""
        stated = FULL if self.honest else NOTHING
        return {**stated[self.assignment], **(self.marks or {})}

    def document(self, released: Document) -> Document:
        """The notebook as its learner left it."""
        made = copy.deepcopy(released)
        answers = (RIGHT if self.honest else WRONG)[self.assignment]
        for grade_id, source in {**answers, **self.answers}.items():
            named(made, grade_id)["source"] = textwrap.dedent(source).strip()
        if self.code:
            made["cells"].insert(2, own(self.code))
        self.edit(made)
        return made

    def notebook(self, released: Document, baits: Mapping[str, str]) -> bytes:
        """The file that was handed in."""
        text = json.dumps(self.document(released))
        return self.file(planted(text, baits).encode())


def planted(text: str, baits: Mapping[str, str]) -> str:
    """The text with the baits' places in it."""
    for name, place in baits.items():
        text = text.replace(f"@{name}@", place)
    return text


def own(source: str) -> Document:
    """A code cell that the learner added."""
    return cell("code", 99, textwrap.dedent(source).strip())


def named(document: Document, grade_id: str) -> Document:
    """The first cell of a grade_id."""
    for each in document["cells"]:
        if each["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            found: Document = each
            return found
    raise KeyError(grade_id)
