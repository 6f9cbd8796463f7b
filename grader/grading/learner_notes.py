"""What learners are told of the problems of a run, in words of their own.

The notes themselves are the instructor's: they may have a traceback of ours, or tell
what somebody tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.grading.graded import Kind, Note

_OUR_FAULT = (
    "Grading itself broke on your work. That is our fault and costs you nothing: your "
    "instructor looks at it."
)
WORDS: Mapping[Kind, str] = {
    "missing file": "{what}.",
    "extra file": "{what}, and wasn't looked at.",
    "file name": "",
    "several files": "Several files of yours came. {what}.",
    "file": "A file of yours couldn't be read. {what}.",
    "unreadable": "{what}.",
    "encoding": "",
    "format": "",
    "cut": "{where}: {what}. What is longer isn't read.",
    "no cell": "{where}: {what}. Your file is damaged there.",
    "lost metadata": "An editor took the names of cells out of your notebook, as VS "
    "Code and Colab do it. They were known by their text and place: look whether each "
    "exercise here is about your answer.",
    "other release": "Your notebook is from another release of the course. Today's "
    "tests ran on it.",
    "missing cell": "{where}: {what}.",
    "copied cell": "{where}: {what}.",
    "moved cell": "{where}: {what}.",
    "moved answer": "{where}: {what}. Next time write it where it is asked for.",
    "tried out": "{what}. Try things out with names of your own.",
    "edited cell": "{where}: {what}. Try things out in cells of your own.",
    "changed type": "{where}: {what}.",
    "edited test": "{where}: {what}. Try things out in cells of your own.",
    "hidden tests": "",
    "tagged test": "",
    "changed points": "",
    "changed kind": "",
    "time limit": "{where}: {what}. Look for a loop that never ends, or for a wait.",
    "lost kernel": "{where}: {what}. Something there ended Python itself, as exit() "
    "does.",
    "memory limit": "{where}: {what}. Look for what grows with each turn, or is read "
    "all at once.",
    "output limit": "{where}: {what}. Print less of it.",
    "hidden part": "",
    "attempt": "",
    "forged verdict": "",
    "grading broke": _OUR_FAULT,
    "worker": _OUR_FAULT,
}
"""A sentence or two for each kind; empty where it is no business of the learner's.

`{where}` is the cell and `{what}` the note's own message.
"""


def told(notes: Iterable[Note]) -> list[str]:
    """What a learner is told, as text; each thing once."""
    return list(dict.fromkeys(filter(None, map(_said, notes))))


def _said(note: Note) -> str:
    # Results of another version may have kinds that nobody here has words for.
    words = WORDS.get(note.kind, "")
    where = f"{note.cell[:1].upper()}{note.cell[1:]}" if " " in note.cell else note.cell
    what = note.message.strip().removesuffix(".")
    return words.format(where=where, what=what).removeprefix(": ")
