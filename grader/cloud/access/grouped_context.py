"""Condition keys that are looked up in groups, each when one of it is asked for.

A request could tell some dozens of keys, and most policies ask for one or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]


class Group:
    """Keys that begin alike, in lower case, and what looks their values up."""

    __slots__ = ("_values", "beginnings")

    def __init__(
        self,
        values: Values | Callable[[], Values],
        beginnings: tuple[str, ...] = ("",),
    ) -> None:
        self._values = values
        self.beginnings = beginnings

    def values(self) -> Values:
        """What is known under these keys; looked up once."""
        if callable(self._values):
            self._values = self._values()
        return self._values


class GroupedContext(Mapping[str, Value]):
    """A request's condition keys; a key is in the first group that has it."""

    def __init__(self, *groups: Group) -> None:
        self._groups = groups

    def beside(self, *groups: Group) -> GroupedContext:
        """These keys and others."""
        return GroupedContext(*self._groups, *groups)

    def get(self, key: str, default: Value | None = None) -> Value | None:  # type: ignore[override]
        """The value of a key, given in lower case."""
        for group in self._groups:
            if key.startswith(group.beginnings):
                found = group.values().get(key)
                if found is not None:
                    return found
        return default

    def __getitem__(self, key: str) -> Value:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(
            dict.fromkeys(key for group in self._groups for key in group.values())
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def grouped(context: Values) -> GroupedContext:
    """A context as groups, if it isn't yet."""
    if isinstance(context, GroupedContext):
        return context
    return GroupedContext(Group(context))
