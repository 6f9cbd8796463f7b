"""Test cells and what verdicts say about them."""

from __future__ import annotations

import pytest

from grader.grading.examined_cells import (
    CheckCall,
    attached,
    calls,
    finding,
    parted,
    pristine,
)
from grader.grading.verdicts import Verdict

BOTH = (CheckCall("greet"), CheckCall("greet", variation=True))


def _verdict(outcome: str, *, variation: bool = False, check: str = "greet") -> Verdict:
    return Verdict(check, variation, outcome, f"{check} {outcome}")


def test_calls_are_found_with_their_variations() -> None:
    """Each call of check in a cell counts, in order, with its name."""
    source = 'check("greet", f)\ncheck("greet", f, variation=True)\n'
    assert calls(source) == BOTH


@pytest.mark.parametrize("source", ["", "f(", "checked = 1", "check(name, f)"])
def test_a_cell_without_a_named_check_has_no_calls(source: str) -> None:
    """Other code, broken code, and a name that isn't written out aren't checks."""
    assert calls(source) == ()


def test_pristine_source_never_calls_the_check_of_the_notebook() -> None:
    """A `check` that the learner defined isn't even mentioned when it counts."""
    for way in (pristine, attached):
        rewritten = way('check("greet", f)', "http://127.0.0.1:1")
        assert calls(rewritten) == ()
        assert "__examiner_check('greet', f)" in rewritten


def test_every_call_needs_its_own_good_verdict() -> None:
    """The visible check and its hidden variation both have to pass."""
    good = [_verdict("passed"), _verdict("passed", variation=True)]
    assert finding(BOTH, good).passed


@pytest.mark.parametrize("given", [[], ["passed"]])
def test_no_verdict_is_no_mark(given: list[str]) -> None:
    """A check that was never decided fails, whatever the cell printed."""
    found = finding(BOTH, [_verdict(outcome) for outcome in given])
    assert not found.passed
    assert "no verdict" in found.message


def test_the_last_verdict_on_a_call_counts() -> None:
    """A check that is run twice in its cell is judged by its last run."""
    verdicts = [_verdict("passed"), _verdict("failed")]
    found = finding((CheckCall("greet"),), verdicts)
    assert not found.passed
    assert found.message == "greet failed"


def test_a_verdict_on_another_check_says_nothing() -> None:
    """Passing one exercise earns nothing in another one's cell."""
    found = finding((CheckCall("greet"),), [_verdict("passed", check="other")])
    assert not found.passed


def test_a_broken_check_is_told_apart_from_wrong_work() -> None:
    """Our own bug is marked as such, so that it never costs the learner."""
    found = finding((CheckCall("greet"),), [_verdict("broken")])
    assert found.broken
    assert not finding((CheckCall("greet"),), [_verdict("failed")]).broken


def test_hidden_statements_are_apart() -> None:
    """With all their lines, be they calls of check or not; no comment is kept."""
    source = (
        "check('greet', f)\n"
        "### BEGIN HIDDEN TESTS\n"
        "n = 1234\n"
        "check('greet', f, variation=True)\n"
        "### END HIDDEN TESTS\n"
        "check('other', f)\n"
    )
    seen, others = parted(source, range(2, 6))
    assert seen == "check('greet', f)\ncheck('other', f)"
    assert others == "n = 1234\ncheck('greet', f, variation=True)"
