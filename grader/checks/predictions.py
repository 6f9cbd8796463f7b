"""Questions to answer before a cell is run.

Each wrong option stands for one misconception and has its own feedback. Which option is
right stays in the lab process until the learner has committed to one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import nearest
from grader.errors import WrongUse


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    text: str
    feedback: str
    misconception: str | None = None
    """The misconception that makes one choose it; None for the right option."""
    right: bool = False


NO_IDEA = Option(
    "I have no idea",
    "Honest, and it counts. Find out now: run the cell, or read the section again, and "
    "say in a sentence what you saw.",
)


@dataclass(frozen=True)
class Question:
    """A question with lettered options; the last is always "I have no idea"."""

    name: str
    text: str
    options: tuple[Option, ...]
    title: str

    def lettered(self) -> dict[str, Option]:
        """Options by the letter that `predict` takes."""
        return dict(zip("abcdefghij", self.options, strict=False))

    def shown(self) -> dict[str, Any]:
        """What the kernel may know before an answer."""
        return {
            "name": self.name,
            "title": self.title,
            "text": self.text,
            "options": {
                letter: option.text for letter, option in self.lettered().items()
            },
        }

    def chosen(self, answer: object) -> str:
        """The letter of an answer given as a letter or as an option's text."""
        words = str(answer).strip().strip("()").lower()
        for letter, option in self.lettered().items():
            if words in (letter, option.text.lower()):
                return letter
        letters = ", ".join(self.lettered())
        raise WrongUse(
            f"{answer!r} is not an option of {self.name!r}: answer with {letters}"
        )

    def feedback(self, letter: str) -> dict[str, Any]:
        """What is said about an answer."""
        option = self.lettered()[letter]
        return {
            **self.shown(),
            "answer": letter,
            "right": option.right,
            "feedback": option.feedback,
            "misconception": option.misconception,
        }


_QUESTIONS: dict[str, Question] = {}


def question(
    name: str, text: str, options: Iterable[Option], title: str = "Before you run it"
) -> Question:
    """Register a question; "I have no idea" is added as its last option."""
    given = tuple(options)
    if name in _QUESTIONS:
        raise ValueError(f"two questions are named {name!r}")
    if sum(option.right for option in given) != 1:
        raise ValueError(f"the question {name!r} needs one right option")
    for option in given:
        if not option.right and option.misconception is None:
            raise ValueError(f"{name!r}: {option.text!r} stands for no misconception")
    _QUESTIONS[name] = Question(name, text, (*given, NO_IDEA), title)
    return _QUESTIONS[name]


def questions() -> list[Question]:
    """Every question, in the order of the course."""
    return list(_QUESTIONS.values())


def find(name: str) -> Question:
    """The question of this name.

    Raises:
        WrongUse: there is none; names the nearest.
    """
    if name in _QUESTIONS:
        return _QUESTIONS[name]
    raise WrongUse(f"there is no prediction {name!r}; {nearest(name, _QUESTIONS)}")
