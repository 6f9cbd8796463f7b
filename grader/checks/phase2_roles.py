"""What the role of a function may do, tried by somebody who acts as that role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.checks.exercise import Failed
from grader.checks.phase1_people import denial
from grader.checks.probe import Probe

Tries = Mapping[str, Callable[[], object]]
"""What somebody tries, by what it is called in a sentence."""

ROLE_MISCONCEPTIONS = {
    "too-much": "You may think that a little more does no harm. What a role may do is "
    "what somebody can do who finds a hole in your function.",
    "too-little": "You may think that what isn't forbidden is allowed. Nothing is "
    "allowed until a policy says so.",
}


def role_of(probe: Probe, function: str) -> str:
    """The name of a function's role."""
    found = probe.client("lambda").get_function_configuration(FunctionName=function)
    return str(found["Role"]).rpartition("/")[2]


def may(function: str, tries: Tries, *, allowed: bool) -> None:
    """Try as the function's role.

    Raises:
        Failed: something was denied that is `allowed`, or the other way round.
    """
    for story, attempt in tries.items():
        sentence = denial(attempt)
        if (sentence is None) is not allowed:
            raise Failed(
                f"I acted as the role of {function} and tried to {story}.",
                expected="allowed" if allowed else "denied",
                observed=sentence or "allowed",
                look="the statements of the role: which actions, on which ARNs",
                misconception="too-little" if allowed else "too-much",
            )
