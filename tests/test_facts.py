"""Dated facts about AWS."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from grader import facts
from grader.facts import Fact

FACTS: list[Fact[Any]] = [
    value for value in vars(facts).values() if isinstance(value, Fact)
]


def test_there_are_facts() -> None:
    """The tests below have something to test."""
    assert len(FACTS) > 20


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_a_source_at_aws(fact: Fact[Any]) -> None:
    """A reader can look it up."""
    assert fact.source.startswith(
        ("https://docs.aws.amazon.com/", "https://aws.amazon.com/")
    )


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_is_reviewed_after_it_was_read(fact: Fact[Any]) -> None:
    """The dates are in order."""
    assert fact.as_of < fact.review_by


def test_a_fact_is_stale_after_its_review_date() -> None:
    """Not yet on the day itself."""
    fact = Fact(1, "s", "https://docs.aws.amazon.com/", review_by=date(2027, 1, 1))
    stale = [fact.stale(fact.review_by + timedelta(days=days)) for days in (0, 1)]
    assert stale == [False, True]
