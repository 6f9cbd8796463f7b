"""Who wants to know when a function's code, settings or existence change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A version that isn't what it was; ``version`` None means all of them."""

    account: str
    region: str
    name: str
    version: str | None


Observer = Callable[[Change], None]
_observers: list[Observer] = []


def on_change(observer: Observer) -> Callable[[], None]:
    """Call the observer after every change; returns what ends that."""
    _observers.append(observer)

    def forget() -> None:
        if observer in _observers:
            _observers.remove(observer)

    return forget


def announce(change: Change) -> None:
    """Tell every observer of a change that has already happened."""
    for observer in list(_observers):
        observer(change)
