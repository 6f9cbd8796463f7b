"""Whether a dictionary was changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from grader.grading.kernels.changes import Changes

counted = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="this Python counts no changes"
)


@counted
def test_reading_changes_nothing() -> None:
    """Nor does what happens to another one."""
    watched = {"a": [1]}
    changes = Changes(watched)
    {**watched, "b": 2}.clear()
    assert watched["a"].append(2) is None and "b" not in watched
    assert changes.none_in(watched)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(a=2),
        lambda it: it.update(b=2),
        lambda it: it.pop("a"),
        lambda it: it.clear(),
        lambda it: it.update({str(number): number for number in range(1000)}),
        lambda it: it.update(a=it.pop("a")),
    ],
)
def test_each_change_counts(change: Callable[[dict[str, int]], Any]) -> None:
    """One that was taken back may count, too."""
    watched = {"a": 1}
    changes = Changes(watched)
    change(watched)
    assert not changes.none_in(watched)


def test_another_one_in_its_place_is_a_change() -> None:
    """Be it equal."""
    watched = {"a": 1}
    assert not Changes(watched).none_in(dict(watched))


def test_where_nobody_counts_all_may_have_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in Python 3.14."""
    monkeypatch.setattr("grader.grading.kernels.changes._is_counted", lambda: False)
    watched = {"a": 1}
    assert not Changes(watched).none_in(watched)
