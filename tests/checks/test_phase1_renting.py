"""who-manages, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "who-manages"


def by_exception(model: str, layer: str) -> str:
    """AWS's part first, and the exceptions by hand."""
    if layer == "idle":
        return "aws" if model == "FaaS" else "you"
    if layer in ("network", "building"):
        return "aws"
    if layer == "data" or model == "IaaS":
        return "you"
    if layer == "application":
        return "aws" if model == "SaaS" else "you"
    return "you" if (model, layer) == ("PaaS", "capacity") else "aws"


LINES = {
    "data": 0,
    "application": 1,
    "capacity": 2,
    "runtime": 3,
    "operating system": 3,
    "patching": 3,
    "network": 4,
    "building": 4,
}


def by_height(model: str, layer: str) -> str:
    """The ladder as numbers: a layer above the model's line is yours."""
    if layer == "idle":
        return ["aws", "you"][model != "FaaS"]
    reach = {"IaaS": 3, "PaaS": 2, "FaaS": 1, "SaaS": 0}[model]
    return "you" if LINES[layer] <= reach else "aws"


def but(*pairs: tuple[str, str], says: object = None) -> Callable[..., Any]:
    """A right answer, except for some pairs (`*` is any model)."""

    def who_manages(model: str, layer: str) -> Any:
        right = by_height(model, layer)
        if (model, layer) in pairs or ("*", layer) in pairs:
            return says or {"you": "aws", "aws": "you"}[right]
        return right

    return who_manages


def shouted(model: str, layer: str) -> str:
    """The right answer, written otherwise."""
    return by_height(model, layer).upper()


def printed(model: str, layer: str) -> None:
    """The right answer, where nobody reads it."""
    print(by_height(model, layer))


def abbreviated(model: str, layer: str) -> str:
    """A dictionary with a key that isn't the task's."""
    return {"data": "you", "app": "you"}[layer]


@pytest.mark.parametrize("work", [by_exception, by_height])
def test_right_answers_pass(judge: Judge, work: Callable[..., str]) -> None:
    """Answers of different build pass, as shown and in any order."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (but(("FaaS", "data")), "serverless-no-responsibility", '"FaaS", "data"'),
        (but(("FaaS", "application")), "serverless-no-responsibility", "FaaS"),
        (but(("PaaS", "capacity")), "paas-is-faas", "the column PaaS"),
        (but(("PaaS", "idle")), "paas-is-faas", "idle time"),
        (but(("IaaS", "patching")), "rent-includes-everything", "patching"),
        (but(("IaaS", "building")), "cloud-is-my-building", "building"),
        (but(("FaaS", "runtime")), "platform-is-a-machine", "runtime"),
        (but(("SaaS", "application")), "saas-is-a-platform", "SaaS"),
        (but(("SaaS", "idle")), "subscription-is-per-use", "SaaS"),
        (printed, "print-is-return", "no answer that I can read"),
        (shouted, None, "the spelling of what you return"),
        (abbreviated, None, "KeyError: 'application'"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_answer_by_the_order_of_the_questions_fails(judge: Judge) -> None:
    """Who only knows the order of the visible questions is found out by another."""
    models = ("IaaS", "PaaS", "FaaS", "SaaS")
    layers = [*LINES, "idle"]
    order = iter([by_height(m, one) for m in models for one in layers] * 2)

    said = judge(CHECK, lambda _model, _layer: next(order))

    assert (said.outcome, said.hidden) == ("failed", True)
