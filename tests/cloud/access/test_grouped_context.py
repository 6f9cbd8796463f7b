"""Condition keys are looked up when they are asked for, and once."""

from __future__ import annotations

from collections.abc import Callable

from grader.cloud.access.grouped_context import Group, GroupedContext


def noting(looked_up: list[str], **values: str) -> Callable[[], dict[str, str]]:
    def look_up() -> dict[str, str]:
        looked_up.append(",".join(values))
        return values

    return look_up


def test_a_group_is_looked_up_once_and_only_when_it_is_asked_for() -> None:
    """What is found before it doesn't need it."""
    looked_up: list[str] = []
    context = GroupedContext(
        Group({"a": "1"}),
        Group(noting(looked_up, b="2")),
        Group(noting(looked_up, c="3")),
    )
    assert context.get("a") == "1"
    assert not looked_up
    assert context.get("b") == context["b"] == "2"
    assert looked_up == ["b"]
    assert context.get("d") is None and "d" not in context
    assert looked_up == ["b", "c"]


def test_a_group_is_only_asked_for_keys_that_begin_as_its_own() -> None:
    """Looking up a resource's tags is dear."""
    looked_up: list[str] = []
    context = GroupedContext(Group(noting(looked_up, tag="1"), ("tag", "other")))
    assert context.get("aws:tag") is None
    assert not looked_up
    assert context.get("tag") == "1"


def test_it_is_a_mapping_of_all_groups() -> None:
    """In their order, the first one's values before the others'."""
    inner = GroupedContext(Group({"a": "1", "b": "2"}))
    context = GroupedContext(Group(inner), Group(lambda: {"b": "3", "c": ("4",)}))
    assert dict(context) == {"a": "1", "b": "2", "c": ("4",)}
    assert len(context) == 3
