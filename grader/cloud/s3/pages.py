"""A page of a bucket's listing: keys in order, and what a delimiter groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Page(Generic[Entry]):
    """Entries and groups, together as many as were asked for at most.

    ``last`` is the key or the group after which the next page begins, if ``truncated``
    says that there is one; ``last_entry`` is None where a group was last.
    """

    entries: list[Entry]
    groups: list[str]
    truncated: bool = False
    last: str = ""
    last_entry: Entry | None = None


def page(
    entries: Iterable[tuple[str, Entry]],
    *,
    prefix: str,
    delimiter: str,
    behind: str,
    size: int,
) -> Page[Entry]:
    """Cut a page out of entries that are in the order of their keys.

    A key with the delimiter after the prefix is told as the group that ends there. If
    ``behind`` is a group, the page begins behind all its keys.
    """
    found: list[Entry] = []
    groups: list[str] = []
    last, last_entry = behind, None
    for key, entry in entries:
        if not key.startswith(prefix):
            continue
        group = _group(key, prefix, delimiter)
        if group is not None and (group == behind or group in groups[-1:]):
            continue
        if len(found) + len(groups) == size:
            return Page(found, groups, size > 0, last, last_entry)
        if group is None:
            found.append(entry)
            last, last_entry = key, entry
        else:
            groups.append(group)
            last, last_entry = group, None
    return Page(found, groups)


def _group(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]
