"""The scores of a class, packed: tens of thousands of submissions fit into memory."""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Score:
    """One exercise of one student; `points` is None while the instructor decides."""

    student: str
    phase: str
    notebook: str
    exercise: str
    points: float | None
    maximum: float
    by_hand: bool = False
    """Whether a person gave the points, or extra ones."""


@dataclass(frozen=True)
class _Layout:
    """What a submission's scores are about, which is the same for a whole class."""

    cells: tuple[tuple[str, str, float], ...]
    """Notebooks, exercises, and what they are worth."""
    at: Mapping[str, int] = field(compare=False)
    """By exercise, the last of that name."""


class Scores(Mapping[str, Score]):
    """One student's scores of one phase, by exercise; each is made when asked for."""

    __slots__ = ("_by_hand", "_layout", "_points", "phase", "student")

    def __init__(
        self, student: str, phase: str, layout: _Layout, scores: Iterable[Score]
    ) -> None:
        self.student = student
        self.phase = phase
        self._layout = layout
        given = list(scores)
        self._points = array(
            "d", (math.nan if one.points is None else one.points for one in given)
        )
        self._by_hand = frozenset(at for at, one in enumerate(given) if one.by_hand)

    def __getitem__(self, exercise: str) -> Score:
        return self._score(self._layout.at[exercise])

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout.at)

    def __len__(self) -> int:
        return len(self._layout.at)

    def each(self) -> Iterator[Score]:
        """All of them, also those of notebooks that name an exercise alike."""
        return map(self._score, range(len(self._points)))

    def _score(self, at: int) -> Score:
        notebook, exercise, maximum = self._layout.cells[at]
        points = self._points[at]
        return Score(
            student=self.student,
            phase=self.phase,
            notebook=notebook,
            exercise=exercise,
            points=None if math.isnan(points) else points,
            maximum=maximum,
            by_hand=at in self._by_hand,
        )


def packed(scores: Iterable[Score]) -> dict[tuple[str, str], Scores]:
    """Scores by student and phase; quickest where those of one stand together."""
    found: dict[tuple[str, str], Scores] = {}
    layouts: dict[tuple[tuple[str, str, float], ...], _Layout] = {}
    for key, run in itertools.groupby(scores, lambda one: (one.student, one.phase)):
        mine = [*(found[key].each() if key in found else ()), *run]
        cells = tuple((one.notebook, one.exercise, one.maximum) for one in mine)
        if cells not in layouts:
            at = {exercise: at for at, (_, exercise, _) in enumerate(cells)}
            layouts[cells] = _Layout(cells, at)
        found[key] = Scores(*key, layouts[cells], mine)
    return found
