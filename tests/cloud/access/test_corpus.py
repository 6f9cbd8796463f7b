"""Verdicts on which our evaluator and another one agreed; see differential/."""

from __future__ import annotations

from collections import Counter

from differential import corpus
from differential.pairs import verdict
from grader.cloud.access.comparisons import COMPARISONS

PAIRS = corpus.read()


def test_every_recorded_pair_comes_to_its_verdict() -> None:
    """Of some hundreds, over the whole grammar of policies."""
    different = [pair.text() for pair, recorded in PAIRS if verdict(pair) != recorded]
    assert different == []


def test_the_corpus_has_enough_of_every_verdict() -> None:
    """A corpus of denials would hold for an evaluator that denies everything."""
    counted = Counter(recorded for _, recorded in PAIRS)
    assert len(PAIRS) >= 300
    assert min(counted[one] for one in ("allowed", "explicitDeny", "implicitDeny")) > 60


def test_the_corpus_has_every_condition_operator() -> None:
    """Also with the set operators and IfExists."""
    used = {operator for pair, _ in PAIRS for operator, _, _ in pair.conditions()}
    names = {one.split(":")[-1].removesuffix("IfExists").lower() for one in used}
    assert names == set(COMPARISONS)
    assert any(one.startswith("ForAllValues:") for one in used)
    assert any(one.startswith("ForAnyValue:") for one in used)
    assert any(one.endswith("IfExists") for one in used)
