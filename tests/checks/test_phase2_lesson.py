"""What the lesson and the examiner have to agree on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from grader import checks, facts, lab
from grader.checks import exercise, predictions
from tests.checks.conftest import LESSON

PHASE = ("hello-python", "hello-node", "no-leaking-baskets", "word-count", "notes-api")


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """The examiner knows its exercises once its modules are imported."""
    checks.load()


def asked() -> list[str]:
    """The questions that the lesson asks, in its order."""
    return re.findall(r'^predict\("([\w-]+)"\)$', "\n".join(sources("code")), re.M)


def sources(kind: str) -> Iterator[str]:
    """The texts of the lesson's cells of one kind."""
    for cell in json.loads(LESSON.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"])


def test_every_prediction_is_asked_once(cloud: lab.Cloud) -> None:
    """The lesson asks what the examiner knows, in the same order."""
    # Asked in the lab's own process, where no test has added any.
    assert asked() == cloud.http("GET", "/_lab/checks").json()["predictions"]


def test_right_answers_have_no_favourite_letter() -> None:
    """Whoever always takes the same letter is wrong more often than right."""
    letters = [
        letter
        for name in asked()
        for letter, option in predictions.find(name).lettered().items()
        if option.right
    ]

    assert max(letters.count(letter) for letter in letters) <= len(letters) / 2


@pytest.mark.parametrize("name", PHASE)
def test_each_exercise_has_four_rungs(name: str) -> None:
    """Where to look, a step with blanks, and a question to explain it back."""
    found = exercise.find(name)

    assert len(found.hints) == 2
    assert "____" in found.hints[1]
    assert predictions.find(str(found.explain_back))


@pytest.mark.parametrize("name", PHASE)
def test_each_misconception_is_corrected(name: str) -> None:
    """It is told as a thought that many have, and what is true instead."""
    for correction in exercise.find(name).misconceptions.values():
        assert correction.startswith("You may think that ")
        assert correction.count(". ") >= 1


def test_runtimes_of_the_lesson_are_supported() -> None:
    """A dated runtime in a cell is a lesson that fails at its first step."""
    named = set(
        re.findall(r"\b(python3\.\d+|nodejs\d+\.x)\b", "\n".join(sources("code")))
    )

    assert named
    assert named <= facts.aws_lambda.RUNTIME_END_OF_SUPPORT.keys()
