"""Dated facts about AWS."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest

from grader import facts
from grader.facts import Fact


def _facts() -> Iterator[tuple[str, Fact[Any]]]:
    """Every fact of every module, those in dictionaries too, with its name."""
    for module in pkgutil.iter_modules(facts.__path__):
        members = vars(import_module(f"grader.facts.{module.name}"))
        for name, value in members.items():
            if isinstance(value, Fact):
                yield f"{module.name}.{name}", value
            elif isinstance(value, dict) and not name.startswith("__"):
                for key, one in value.items():
                    if isinstance(one, Fact):
                        yield f"{module.name}.{name}[{key}]", one


FACTS = dict(_facts())
every_fact = pytest.mark.parametrize("fact", FACTS.values(), ids=list(FACTS))


def test_there_are_facts() -> None:
    """The tests below have something to test, in every module."""
    assert len(FACTS) > 20
    with_facts = {name.partition(".")[0] for name in FACTS}
    modules = {module.name for module in pkgutil.iter_modules(facts.__path__)}
    assert with_facts == modules - {"fact"}


@every_fact
def test_every_fact_can_be_looked_up(fact: Fact[Any]) -> None:
    """At AWS; one that was read elsewhere says so, and names AWS's page."""
    page = fact.page if fact.second_hand else fact.source
    assert urlsplit(page).hostname in ("docs.aws.amazon.com", "aws.amazon.com")
    assert fact.source.startswith("https://")


@every_fact
def test_no_fact_is_due_for_review(fact: Fact[Any]) -> None:
    """Read its source again, then move both dates: this fails so that you do."""
    assert not fact.stale(date.today()), f"read {fact.source} again"


@every_fact
def test_every_fact_is_reviewed_after_it_was_read(fact: Fact[Any]) -> None:
    """The dates are in order."""
    assert fact.as_of < fact.review_by


def test_a_fact_is_stale_after_its_review_date() -> None:
    """Not yet on the day itself."""
    fact = Fact(1, "s", "https://docs.aws.amazon.com/", review_by=date(2027, 1, 1))
    stale = [fact.stale(fact.review_by + timedelta(days=days)) for days in (0, 1)]
    assert stale == [False, True]
