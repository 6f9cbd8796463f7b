"""The lab process with exercises that only these tests know."""

from __future__ import annotations

import sys

from grader import process
from grader.checks.exercise import Failed, Work, exercise
from grader.checks.predictions import Option, question
from grader.checks.probe import Probe


@exercise(
    "double-it",
    hints=("Look at what you return.", "return ___ * 2"),
    explain_back="why-double",
    misconceptions={"adds": "Doubling isn't adding two."},
)
def double_it(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function doubles a number."""
    number = 21 if variation else 4
    if (found := work(number)) != number * 2:
        raise Failed(
            f"I sent {number}; I got {found}",
            expected=number * 2,
            observed=found,
            look="the return statement",
            misconception="adds",
        )


@exercise("own-bucket")
def own_bucket(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Your function makes a bucket where it is told to."""
    name = probe.name("photos")
    deploy(probe.cloud_argument(), name)
    found = probe.client("s3").get_bucket_location(Bucket=name)["LocationConstraint"]
    if (found or "us-east-1") != probe.region:
        raise Failed(f"I asked for {probe.region}; it is in {found}")


@exercise("number")
def number(probe: Probe, answer: int, *, variation: bool) -> None:
    """You know the answer."""
    if answer != 42:
        raise Failed(f"{answer} isn't it")


@exercise("last-project", capstone=True)
def last_project(probe: Probe, answer: int, *, variation: bool) -> None:
    """You know the answer to everything."""
    if answer != 42:
        raise Failed(f"{answer} isn't everything")


@exercise("broken")
def broken(probe: Probe, work: Work, *, variation: bool) -> None:
    """A check with a fault of ours."""
    raise ZeroDivisionError(work.name)


question("why-double", "Why?", [Option("twice", "Yes.", right=True)])
question(
    "how-many",
    "How many runs?",
    [
        Option("one", "Look at the trigger.", misconception="once-only"),
        Option("two", "Right you are.", right=True),
    ],
)


if __name__ == "__main__":
    sys.exit(process.main([]))
