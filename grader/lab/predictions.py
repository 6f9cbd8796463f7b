"""`predict`: commit to an answer before the cell is run."""

from __future__ import annotations

from typing import Any

from grader.lab import display, record
from grader.lab.checking import path_of
from grader.lab.starting import current


def predict(name: str, answer: str | None = None) -> None:
    """Ask a question, or commit to one of its options by its letter.

    The first answer counts; being right or wrong costs nothing.
    """
    control = current().control
    path = path_of("predictions", name)
    # What was committed in an earlier run of the kernel stays committed.
    committed = record.read().predictions.get(name)
    first = committed.answer if committed else answer
    if first is None:
        display.show(_asked(control.get(path)))
        return
    said = control.post(path, {"answer": first})
    record.note_prediction(name, said)
    display.show(_told(said, None if answer is None else str(answer)))


def _asked(question: dict[str, Any]) -> display.Shown:
    options = "\n".join(f"({at}) {text}" for at, text in question["options"].items())
    return display.panel(
        display.PLAIN,
        f"{question['title']}: {question['text']}",
        [
            ("", options),
            ("", f'Answer with a letter: predict("{question["name"]}", "a")'),
        ],
    )


def _told(said: dict[str, Any], answer: str | None) -> display.Shown:
    letter, options = said["answer"], said["options"]
    known = (letter, options[letter].lower())
    again = answer is not None and answer.strip().strip("()").lower() not in known
    paragraphs = [
        ("", said["text"]),
        ("Your answer", f"({letter}) {options[letter]}"),
        ("", said["feedback"]),
    ]
    if again:
        paragraphs.append(("", "That was your first answer, and the first one counts."))
    return display.panel(display.PLAIN, "Your answer is noted.", paragraphs)
