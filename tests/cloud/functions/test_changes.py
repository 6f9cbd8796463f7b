"""Announcements of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.cloud import functions
from grader.cloud.functions import Change

Create = Callable[..., dict[str, Any]]


@pytest.fixture
def seen() -> Iterator[list[tuple[str, str | None]]]:
    """The names and versions that were announced."""
    changes: list[tuple[str, str | None]] = []

    def note(change: Change) -> None:
        changes.append((change.name, change.version))

    forget = functions.on_change(note)
    yield changes
    forget()


def test_tells_of_an_update(
    aws: Any, create: Create, seen: list[tuple[str, str | None]]
) -> None:
    """Only $LATEST can change."""
    create()
    aws.update_function_configuration(FunctionName="greet", Timeout=9)
    assert seen[-1] == ("greet", "$LATEST")


def test_tells_of_a_deletion(
    aws: Any, create: Create, seen: list[tuple[str, str | None]]
) -> None:
    """All versions at once."""
    create()
    aws.delete_function(FunctionName="greet")
    assert seen[-1] == ("greet", None)


def test_tells_nobody_who_asked_to_be_left_alone(create: Create) -> None:
    """What on_change returns ends the announcements."""
    changes: list[Change] = []
    functions.on_change(changes.append)()
    create()
    assert changes == []
