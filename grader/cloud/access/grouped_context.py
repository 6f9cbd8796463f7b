"""Condition keys that are looked up in groups, each when one of it is asked for.

A request could tell some dozens of keys, and most policies ask for one or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]


class Group(NamedTuple):
    """Keys that begin alike, by what looks them up; in lower case."""

    values: Values | Callable[[], Values]
    beginnings: tuple[str, ...] = ("",)


class GroupedContext(Mapping[str, Value]):
    """A request's condition keys; a key is in the first group that has it."""

    def __init__(self, *groups: Group) -> None:
        self._groups = list(groups)

    def get(self, key: str, default: Value | None = None) -> Value | None:  # type: ignore[override]
        """The value of a key, given in lower case."""
        for place, group in enumerate(self._groups):
            if key.startswith(group.beginnings):
                found = self._values(place).get(key)
                if found is not None:
                    return found
        return default

    def __getitem__(self, key: str) -> Value:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        every = (self._values(place) for place in range(len(self._groups)))
        return iter(dict.fromkeys(key for values in every for key in values))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _values(self, place: int) -> Values:
        values, beginnings = self._groups[place]
        if callable(values):
            values = values()
            self._groups[place] = Group(values, beginnings)
        return values
