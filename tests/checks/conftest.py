"""A lab, the lesson's own functions, and a judge for answers to exercises."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader import lab
from grader.errors import GraderError

ROOT = Path(__file__).parent.parent.parent
ANSWERS = Path(__file__).parent / "answers"
LESSON = ROOT / "solutions/phase2/lambda_and_serverless_core.ipynb"
TOKEN = "for the tests"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Cloud]:
    """A lab of these tests, in a folder where progress may be noted."""
    here = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("learner"))
    os.environ["LAB_VERDICT_TOKEN"] = TOKEN
    started = lab.start()
    yield started
    started.stop()
    del os.environ["LAB_VERDICT_TOKEN"]
    os.chdir(here)


@pytest.fixture(scope="session")
def lesson() -> dict[str, Any]:
    """The functions that the lesson gives to its learners, by name."""
    cells = json.loads(LESSON.read_text("utf-8"))["cells"]
    given = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and cell["id"] in GIVEN
    ]
    assert len(given) == len(GIVEN)
    functions: dict[str, Any] = {}
    imports = "import base64, io, json, zipfile\nimport boto3\nfrom grader import lab"
    exec(imports, functions)
    for source in given:
        exec(source, functions)
    return functions


GIVEN = {
    "package",
    "trust",
    "make-role",
    "remove-function",
    "make-function",
    "watch",
    "let-bucket-in",
    "allow",
    "close-http-api",
    "open-http-api",
    "let-api-in",
    "invocations",
    "open-rest-api",
    "gallery-zipped",
    "gallery-node-library",
}


@dataclass(frozen=True)
class Judged:
    """What the examiner says, visible and hidden together."""

    outcome: str
    misconception: str | None
    unattempted: bool
    text: str
    """Message, expected, observed and where to look, one below the other."""
    hidden: bool
    """Whether it was the variation that found the mistake."""


@pytest.fixture
def left(cloud: lab.Cloud) -> Callable[[], set[tuple[str, str]]]:
    """Tells which resources there are that weren't there before the test."""

    def there() -> set[tuple[str, str]]:
        return {(row.kind, row.name) for row in cloud.inventory()}

    before = there()
    return lambda: there() - before


@pytest.fixture
def judge(cloud: lab.Cloud) -> Callable[..., Judged]:
    """Run a check as a graded test cell does: as it is shown, then varied."""

    def judged(name: str, *work: Any) -> Judged:
        for variation in (False, True):
            verdict = one(name, work, variation)
            if verdict.outcome != "passed":
                return verdict
        return verdict

    def one(name: str, work: tuple[Any, ...], variation: bool) -> Judged:
        try:
            lab.check(name, *work, variation=variation)
        except GraderError as said:
            refused = str(said)
        else:
            refused = ""
        shown = {"authorization": f"Bearer {TOKEN}"}
        answer = cloud.http("GET", "/_lab/verdicts", headers=shown)
        last = answer.json()["verdicts"][-1]
        assert (last["check"], last["variation"]) == (name, variation), refused
        if last["misconception"] is not None:
            assert last["explanation"], f"{name} has no {last['misconception']}"
        parts = ("message", "expected", "observed", "look", "traceback")
        text = "\n".join(str(last[part]) for part in parts if last[part])
        return Judged(
            last["outcome"], last["misconception"], last["unattempted"], text, variation
        )

    return judged


def starter(*_given: Any) -> Any:
    """What nbgrader leaves of a function whose body was a solution."""
    raise NotImplementedError


def answer(path: str) -> str:
    """The text of a handler below answers/."""
    return (ANSWERS / path).read_text("utf-8")
