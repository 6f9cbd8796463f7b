"""When a goal is met."""

import pytest

from bench.figures import Figure, Missing
from bench.rows import (
    MINISTACK,
    OFFLINE,
    OURS,
    STUB,
    at_least,
    at_most,
    near_the_stub,
)


def readings(**values):
    names = {"ours": OURS, "stub": STUB, "ministack": MINISTACK, "offline": OFFLINE}
    return {names[k]: Figure(v, v, v, 1) for k, v in values.items()}


@pytest.mark.parametrize(("value", "met"), [(60, True), (60.1, False)])
def test_at_most(value, met):
    """The limit itself still meets the goal."""
    assert at_most(60, "ms").judge(readings(ours=value)).met is met


@pytest.mark.parametrize(("value", "met"), [(800, True), (799, False)])
def test_at_least(value, met):
    """The limit itself still meets the goal."""
    assert at_least(800, "/s").judge(readings(ours=value)).met is met


@pytest.mark.parametrize(
    ("ours", "met"), [(2.0, True), (2.1, False)], ids=["twice", "more"]
)
def test_near_the_stub(ours, met):
    """Twice the stub is near enough, as long as each peer is slower."""
    seen = readings(ours=ours, stub=1.0, ministack=50.0, offline=3.0)
    assert near_the_stub(2).judge(seen).met is met


def test_a_faster_peer_is_named():
    """A peer that is faster spoils the goal, and the verdict names it."""
    verdict = near_the_stub(2).judge(readings(ours=1.5, stub=1.0, ministack=1.4))
    assert verdict.met is False
    assert "not faster than MiniStack" in verdict.why


def test_missing_figure_is_no_verdict():
    """What wasn't measured is neither met nor missed."""
    seen = {OURS: Missing("it did not start")}
    assert at_most(60, "ms").judge(seen).met is None


def test_an_absent_peer_leaves_the_goal_open():
    """To be faster than each peer takes a figure of each."""
    verdict = near_the_stub(2).judge(readings(ours=1.5, stub=1.0, ministack=50.0))
    assert verdict.met is None
    assert "serverless-offline not measured" in verdict.why
