"""What the lessons and the examiner have to agree on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import checks, facts, lab
from grader.checks import exercise, predictions
from tests.checks.conftest import ROOT

LESSONS = sorted((ROOT / "solutions").glob("phase*/*.ipynb"))
checks.load()
EXERCISES = sorted(
    known.name
    for known in exercise.exercises()
    # Tests of the examiner register checks of their own beside the course's.
    if known.check.__module__.startswith("grader.checks.")
)

each_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=lambda path: path.parent.name
)
each_exercise = pytest.mark.parametrize("name", EXERCISES)


def cells(lesson: Path) -> list[dict[str, Any]]:
    """The lesson's cells."""
    found: list[dict[str, Any]] = json.loads(lesson.read_text("utf-8"))["cells"]
    return found


def code(lesson: Path) -> Iterator[str]:
    """The texts of the lesson's code cells."""
    for cell in cells(lesson):
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])


def asked(lesson: Path) -> list[str]:
    """The questions that a lesson asks, in its order."""
    return re.findall(r'^predict\("([\w-]+)"\)$', "\n".join(code(lesson)), re.M)


def test_every_prediction_is_asked_once(cloud: lab.Cloud) -> None:
    """The lessons ask what the examiner knows, in the same order."""
    in_order = [name for lesson in LESSONS for name in asked(lesson)]

    # Asked in the lab's own process, where no test has added any.
    assert in_order == cloud.http("GET", "/_lab/checks").json()["predictions"]


@each_lesson
def test_exercises_are_registered_in_the_order_of_the_lesson(
    cloud: lab.Cloud, lesson: Path
) -> None:
    """`progress()` lists them in the order in which they are met."""
    known = [
        one["name"] for one in cloud.http("GET", "/_lab/checks").json()["exercises"]
    ]
    met = re.findall(r'^check\("([\w-]+)", [^\n]*\)$', "\n".join(code(lesson)), re.M)

    in_order = list(dict.fromkeys(met))
    assert in_order == [name for name in known if name in in_order]


@each_lesson
def test_right_answers_have_no_favourite_letter(lesson: Path) -> None:
    """Whoever always takes the same letter is wrong more often than right."""
    letters = [
        letter
        for name in asked(lesson)
        for letter, option in predictions.find(name).lettered().items()
        if option.right
    ]

    assert max(letters.count(letter) for letter in letters) <= len(letters) / 2


@each_exercise
def test_each_exercise_has_four_rungs(name: str) -> None:
    """Where to look, a step with blanks, and a question to explain it back.

    A capstone has the first rung only: what was observed.
    """
    found = exercise.find(name)
    if found.capstone:
        assert (found.hints, found.explain_back) == ((), None)
        return

    assert len(found.hints) == 2
    assert "____" in found.hints[1]
    assert predictions.find(str(found.explain_back))


@each_exercise
def test_each_misconception_is_corrected(name: str) -> None:
    """It is told as a thought that many have, and what is true instead."""
    for correction in exercise.find(name).misconceptions.values():
        assert correction.startswith("You may think that ")
        assert correction.count(". ") >= 1


@each_lesson
def test_runtimes_of_a_lesson_are_supported(lesson: Path) -> None:
    """A dated runtime in a cell is a lesson that fails at its first step."""
    named = set(re.findall(r"\b(python3\.\d+|nodejs\d+\.x)\b", "\n".join(code(lesson))))

    assert named <= facts.aws_lambda.RUNTIME_END_OF_SUPPORT.keys()
