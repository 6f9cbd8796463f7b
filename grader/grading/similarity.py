"""Which submissions share code that is unusual in their class.

Information for a person, never a verdict. What everybody was given and what many wrote
is taken out first: it says nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.grading.fingerprints import NOISE, Token, grams, tokens, winnowed, words
from grader.lab import lessons

MANY = 4
"""Submissions: what more of them share is how one does it. Of a big class, `SHARE`."""
SHARE = 0.03
LEAST = 6
"""Fingerprints that a pair shares at least; fewer are chance."""
LONG = 8
"""Fingerprints of a passage that says something alone: a dozen lines, say."""
HALF = 0.5
"""Of the unusual code of a pair's shorter one: with so much in common, short passages
say something too."""
PAIRS_AT_MOST = 100


@dataclass(frozen=True)
class Written:
    """The code of one submission that its learner wrote."""

    student: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Lines of a learner's cell, from 0; the last is included."""

    cell: int
    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Passage:
    """The same code in two submissions, but for names."""

    left: Place
    right: Place
    fingerprints: int

    @property
    def lines(self) -> int:
        """How long it is, on the side where it is longer."""
        return 1 + max(
            self.left.last - self.left.first, self.right.last - self.right.first
        )


@dataclass(frozen=True)
class Pair:
    """Two submissions that share unusual code."""

    left: str
    right: str
    share: float
    """Of the unusual fingerprints of the one that has fewer."""
    passages: tuple[Passage, ...]
    """The longest first."""

    @property
    def lines(self) -> int:
        """Of all passages."""
        return sum(passage.lines for passage in self.passages)


@dataclass
class _Read:
    """A submission while it is compared."""

    student: str
    cells: tuple[str, ...]
    tokens: list[list[Token]] = field(default_factory=list)
    found: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By fingerprint: the cell, and the token in it."""


def written(
    student: str, notebook: Mapping[str, object], given: frozenset[str]
) -> Written:
    """What a learner wrote: answers and cells of their own, but no cell as given."""
    found = []
    for cell in lessons.cells(notebook):
        about = cell.get("metadata", {}).get("nbgrader") or {}
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(map(str, source))
        is_theirs = about.get("solution") or not about.get("locked")
        if cell.get("cell_type") == "code" and is_theirs and text.strip() not in given:
            found.append(text)
    return Written(student, tuple(found))


def pairs(submissions: Sequence[Written], given: Iterable[str]) -> list[Pair]:
    """The pairs that share unusual code, those that share most first.

    Args:
        given: code that everybody had: the released cells and the solutions.
    """
    had = list(given)
    known = words(had)
    common = {value for source in had for value in grams(tokens(source, known))}
    read = [_read(each, known, common) for each in submissions]
    having: dict[int, list[int]] = {}
    for at, each in enumerate(read):
        for value in each.found:
            having.setdefault(value, []).append(at)
    many = max(MANY, round(SHARE * len(read)))
    unusual = {value: who for value, who in having.items() if len(who) <= many}
    own = [sum(value in unusual for value in each.found) for each in read]
    shared: dict[tuple[int, int], list[int]] = {}
    for value, who in unusual.items():
        for pair in itertools.combinations(who, 2):
            shared.setdefault(pair, []).append(value)
    made = [
        Pair(
            left=read[left].student,
            right=read[right].student,
            share=len(values) / max(1, min(own[left], own[right])),
            passages=tuple(_passages(read[left], read[right], values)),
        )
        for (left, right), values in shared.items()
        if len(values) >= LEAST
    ]
    made = [pair for pair in made if _is_telling(pair)]
    made.sort(key=lambda pair: (-pair.lines, pair.left, pair.right))
    return made[:PAIRS_AT_MOST]


def _is_telling(pair: Pair) -> bool:
    longest = max(passage.fingerprints for passage in pair.passages)
    return longest >= LONG or pair.share >= HALF


def _read(submission: Written, known: frozenset[str], common: set[int]) -> _Read:
    read = _Read(submission.student, submission.cells)
    for at, source in enumerate(submission.cells):
        found = tokens(source, known)
        read.tokens.append(found)
        for fingerprint in winnowed(grams(found)):
            if fingerprint.value not in common:
                read.found.setdefault(fingerprint.value, (at, fingerprint.at))
    return read


def _passages(left: _Read, right: _Read, values: Sequence[int]) -> list[Passage]:
    """Matches that follow each other on both sides are one passage."""
    matches = sorted((left.found[value], right.found[value]) for value in values)
    runs: list[list[tuple[tuple[int, int], tuple[int, int]]]] = []
    for match in matches:
        if runs and _follows(runs[-1][-1], match):
            runs[-1].append(match)
        else:
            runs.append([match])
    made = [
        Passage(
            _place(left, [one for one, _ in run]),
            _place(right, [one for _, one in run]),
            len(run),
        )
        for run in runs
    ]
    return sorted(made, key=lambda each: -each.lines)


def _follows(
    before: tuple[tuple[int, int], tuple[int, int]],
    after: tuple[tuple[int, int], tuple[int, int]],
) -> bool:
    return all(
        one[0] == other[0] and 0 <= other[1] - one[1] <= 2 * NOISE
        for one, other in zip(before, after, strict=True)
    )


def _place(read: _Read, found: Sequence[tuple[int, int]]) -> Place:
    cell = found[0][0]
    marks = read.tokens[cell]
    first = marks[min(at for _, at in found)].line
    last = marks[max(at for _, at in found) + NOISE - 1].line
    lines = read.cells[cell].splitlines()
    return Place(cell, first, last, "\n".join(lines[first : last + 1]))
