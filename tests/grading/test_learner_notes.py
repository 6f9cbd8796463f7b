"""What learners are told of the problems of a run."""

from __future__ import annotations

from typing import cast, get_args

import pytest

from grader.grading.graded import Kind, Note
from grader.grading.learner_notes import WORDS, told

KINDS: tuple[Kind, ...] = get_args(Kind)
FOR_THE_INSTRUCTOR = {
    *("hidden tests", "tagged test", "changed points", "changed kind"),
    *("hidden part", "attempt", "forged verdict"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_own_words_for_learners(kind: Kind) -> None:
    """Or none; whatever is said is a whole sentence, with or without a cell."""
    for where in ("cell 7", "hello-python", ""):
        for said in told([Note(kind, where, "The {kernel} died\n")]):
            assert said[0].isupper() or said.startswith("hello-python: ")
            assert said.endswith(".") and ".." not in said


def test_all_kinds_are_known() -> None:
    """None is left out by oversight."""
    assert set(WORDS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(FOR_THE_INSTRUCTOR))
def test_what_may_have_been_meant_is_between_two_people(kind: Kind) -> None:
    """The instructor sees it in the report, and talks to the learner."""
    assert told([Note(kind, "hello-python", "It was tagged")]) == []


def test_a_limit_says_where_and_what_to_look_for() -> None:
    """The cell that took too long, and what takes long."""
    note = Note("time limit", "cell 7", "The cell took too long and was interrupted")
    (said,) = told([note])
    assert said.startswith("Cell 7: The cell took too long and was interrupted. Look")


def test_the_same_is_told_once() -> None:
    """A notebook of another release has many cells that are."""
    notes = [Note("other release", f"cell {at}", "It is named 'x'") for at in range(9)]
    assert len(told(notes)) == 1


def test_kinds_of_another_version_are_left_out() -> None:
    """Nobody knows whom they were written for."""
    assert told([Note(cast("Kind", "novel"), "", "So it is")]) == []
