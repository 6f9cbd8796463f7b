"""Scores of a class, packed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from grader.grading.scores import Score, packed

ADA = (
    Score("ada", "phase2", "lambda", "hello", 4.0, 4.0),
    Score("ada", "phase2", "lambda", "essay", None, 4.0),
    Score("ada", "phase2", "tables", "baskets", 1.5, 2.0, by_hand=True),
)
BO = Score("bo", "phase2", "lambda", "hello", 0.0, 4.0)


def test_scores_come_out_as_they_were_put_in() -> None:
    """Undecided ones and those by hand, too, in the same order."""
    found = packed([*ADA, BO])
    assert tuple(found["ada", "phase2"].each()) == ADA
    assert tuple(found["bo", "phase2"].each()) == (BO,)
    assert found["ada", "phase2"]["essay"].points is None


def test_scores_that_lie_apart_are_put_together() -> None:
    """A database may order names in its own way."""
    found = packed([ADA[0], BO, *ADA[1:]])
    assert tuple(found["ada", "phase2"].each()) == ADA


def test_exercises_of_one_name_are_all_there() -> None:
    """Two notebooks of a phase may name an exercise alike."""
    twice = (
        Score("ada", "phase2", "lambda", "hello", 1.0, 4.0),
        Score("ada", "phase2", "tables", "hello", 2.0, 4.0),
    )
    assert tuple(packed(twice)["ada", "phase2"].each()) == twice


def test_a_submission_takes_little_memory() -> None:
    """With 25 exercises less than 40 bytes for each: 30,000 submissions take 30 MB."""

    def scores() -> Iterator[Score]:
        for student in range(500):
            for exercise in range(25):
                name, points = f"exercise-{exercise}", float(student + exercise)
                yield Score(str(student), "phase2", "lambda", name, points, 4.0)

    tracemalloc.start()
    try:
        found = packed(scores())
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < len(found) * 25 * 40
