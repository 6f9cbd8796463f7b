"""In the kernel: whether a dictionary was changed, without a look at what is in it.

To look at an object is to count a reference to it, which copies its page in a fork: of
all modules that are loaded, a thousand pages. CPython counts a dictionary's changes.

https://peps.python.org/pep-0509/
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_BEFORE = 3 * ctypes.sizeof(ctypes.c_ssize_t)
"""Bytes ahead of the count: of references, of the type, of the number of items."""


class Changes:
    """Those of one dictionary, from now on."""

    def __init__(self, watched: dict[Any, Any]) -> None:
        self._watched = watched
        self._is_counted = _is_counted()
        if self._is_counted:
            self._count = _count(watched)
            self._first = self._count[0]

    def none_in(self, found: dict[Any, Any]) -> bool:
        """Whether what is in its place now is the same, with the same in it.

        Where that isn't known, as from Python 3.14 on, it isn't.
        """
        return (
            self._is_counted
            and found is self._watched
            and self._count[0] == self._first
        )


def _count(watched: dict[Any, Any]) -> memoryview:
    # A view's type is C's own: nobody can put another `value` into it.
    place = (ctypes.c_char * 8).from_address(id(watched) + _BEFORE)
    return memoryview(place).cast("B").cast("Q")


def _is_counted() -> bool:
    """Whether this Python does count, where it is looked for."""
    if sys.implementation.name != "cpython":
        return False
    example = {"a": 1}
    count = _count(example)
    first = count[0]
    example.get("a")
    if count[0] != first:
        return False
    example["a"] = 2
    return count[0] != first
