"""Exercises: what a check is, what it may say, and where all of them are found.

A check is a plain function in the lab process. Its docstring is what the learner reads,
its name is the `grade_id` of its test cells:

    @exercise("hello-python", hints=("The handler string is …", "lambda_client.…"))
    def hello_python(probe: Probe, deploy: Work, *, variation: bool) -> None:
        \"\"\"Your function greets by name.\"\"\"

It returns when the work is right and raises `Failed` when it isn't. Any other exception
is a fault of ours and never scored as the learner's.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from grader.errors import WrongUse


class Failed(Exception):
    """The work isn't right yet.

    Args:
        message: what was sent and what came back, to the learner: "I sent …; I got …".
        expected: what would have been right.
        observed: what there was instead.
        look: where to look for the cause.
        misconception: a name of the exercise's `misconceptions`.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: object = None,
        observed: object = None,
        look: str | None = None,
        misconception: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.observed = observed
        self.look = look
        self.misconception = misconception


class Raised(Failed):
    """A function of the learner's raised; `kind` is the exception's type."""

    def __init__(self, message: str, *, kind: str, traceback: str, look: str) -> None:
        super().__init__(message, look=look)
        self.kind = kind
        self.traceback = traceback


class Unattempted(Failed):
    """A function of the learner's is still the starter."""


class Work(Protocol):
    """A function of the learner's: a call runs in the kernel, and blocks until then.

    Raises:
        Raised: it raised.
        Failed: it took too long, or returned what isn't JSON.
    """

    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Send JSON arguments, or `probe.cloud_argument()`; get JSON back."""

    def at_once(self, calls: Iterable[Sequence[Any]]) -> list[Any]:
        """Make calls that begin at the same moment, each in a thread of its own.

        `calls` are the positional arguments of each; results come in this order.
        """


@dataclass(frozen=True)
class Exercise:
    """One exercise."""

    name: str
    task: str
    """The first paragraph of the check's docstring."""
    check: Callable[..., None]
    work: tuple[str, ...]
    """The names of the check's parameters after the probe."""
    functions: frozenset[str]
    """Those among `work` that are functions of the learner's."""
    hints: tuple[str, ...]
    """Rung 2 (where to look) and rung 3 (a faded step)."""
    explain_back: str | None = None
    """The name of the question asked after the solution was shown."""
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    """One sentence of correction per named misconception."""
    capstone: bool = False
    """Part of a phase's last project: only the first rung of the hints is open."""


_EXERCISES: dict[str, Exercise] = {}


def exercise(
    name: str,
    *,
    hints: Iterable[str] = (),
    explain_back: str | None = None,
    misconceptions: Mapping[str, str] | None = None,
    capstone: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a check under the name of its exercise.

    Parameters after the probe are the pieces of work; those annotated `Work` are
    functions of the learner's, the others JSON values.
    """

    def register(check: Callable[..., None]) -> Callable[..., None]:
        if name in _EXERCISES:
            raise ValueError(f"two exercises are named {name!r}")
        parameters = list(inspect.signature(check).parameters.values())
        if [parameters[-1].name, parameters[-1].kind] != [
            "variation",
            inspect.Parameter.KEYWORD_ONLY,
        ]:
            raise ValueError(f"the check {name!r} needs `*, variation: bool`")
        work = parameters[1:-1]
        _EXERCISES[name] = Exercise(
            name=name,
            task=(inspect.getdoc(check) or name).split("\n\n")[0].replace("\n", " "),
            check=check,
            work=tuple(piece.name for piece in work),
            functions=frozenset(
                piece.name for piece in work if piece.annotation in (Work, "Work")
            ),
            hints=tuple(hints),
            explain_back=explain_back,
            misconceptions=dict(misconceptions or {}),
            capstone=capstone,
        )
        return check

    return register


def exercises() -> list[Exercise]:
    """Every exercise, in the order of the course."""
    return list(_EXERCISES.values())


def find(name: str) -> Exercise:
    """The exercise of this name.

    Raises:
        WrongUse: there is none; names the nearest.
    """
    if name in _EXERCISES:
        return _EXERCISES[name]
    raise WrongUse(f"there is no exercise {name!r}; {nearest(name, _EXERCISES)}")


def nearest(name: object, known: Iterable[str]) -> str:
    """A "did you mean" for a name that isn't known."""
    names = sorted(known)
    words = str(name).lower().replace("_", "-").replace(" ", "-")
    if close := difflib.get_close_matches(words, names, n=1, cutoff=0.5):
        return f"did you mean {close[0]!r}?"
    return f"there are: {', '.join(names)}" if names else "there are none yet"
