"""In the kernel: comparing a learner's values without asking them what they equal.

An object that equals everything passes every test. So where exactly one side of a
comparison is of a learner's own type that compares in its own way, or holds such
values, the comparison fails. Where both are, it's the learner's type that is tested.
"""

from __future__ import annotations

import operator
import sys
import unittest.mock
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import grader

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
    "is": operator.is_,
    "is not": operator.is_not,
}
_OWN = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__")
_HEAP_TYPE = 1 << 9
"""Of a type's flags: made by a class statement or at run time."""
_PLAIN = frozenset({int, float, str, bytes, bool, complex, type(None)})
_HOLDERS = (list, tuple, set, frozenset, dict)
_ANYTHING = type(unittest.mock.ANY)
_mro = type.__dict__["__mro__"].__get__
_attributes = type.__dict__["__dict__"].__get__
_flags = type.__dict__["__flags__"].__get__
_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__


_LIBRARIES = tuple(
    {sys.prefix, sys.base_prefix, str(Path(grader.__file__).parent), "built-in"}
    | {"frozen"}
)
"""Where modules come from that no learner wrote."""


class Comparison:
    """Compares for one test cell."""

    def __init__(self) -> None:
        self._types: dict[type, bool] = {}
        """Whether a type decides for itself."""

    def compare(self, symbols: str, *operands: Any) -> Any:
        """The value of a comparison, chained or not.

        Raises:
            AssertionError: one side, and only one, would decide for itself.
        """
        result: Any = True
        for at, symbol in enumerate(symbols.split(" , ")):
            left, right = operands[at], operands[at + 1]
            if symbol not in ("is", "is not"):
                self._check(left, right)
            result = _OPERATORS[symbol](left, right)
            if at + 2 < len(operands) and not result:
                break
        return result

    def _check(self, left: Any, right: Any) -> None:
        if self._decides(left, set()) == self._decides(right, set()):
            return
        raise AssertionError(
            "one side of this comparison is an object with a comparison of its own: "
            "return plain values"
        )

    def _decides(self, value: Any, above: set[int]) -> bool:
        kind = type(value)
        if kind in _PLAIN:
            return False
        if self._own(kind):
            return True
        if not issubclass(kind, _HOLDERS):
            dtype = getattr(value, "dtype", None) if "numpy" in _module(kind) else None
            return bool(getattr(dtype, "hasobject", False))
        if id(value) in above:
            return False
        above = above | {id(value)}
        parts: Iterable[Any] = value
        if issubclass(kind, dict):
            parts = (*dict.keys(value), *dict.values(value))
        if set(map(type, parts)) <= _PLAIN:
            return False
        return any(self._decides(each, above) for each in parts)

    def _own(self, kind: type) -> bool:
        if kind not in self._types:
            self._types[kind] = kind is _ANYTHING or any(
                not is_known(each) and any(name in _attributes(each) for name in _OWN)
                for each in _mro(kind)
            )
        return self._types[kind]


def is_known(kind: type) -> bool:
    """Whether a type is Python's or a library's: found there under its own name."""
    if not _flags(kind) & _HEAP_TYPE:
        return True
    found: Any = sys.modules.get(str(_module(kind)))
    origin = getattr(getattr(found, "__spec__", None), "origin", None)
    if not str(origin).startswith(_LIBRARIES):
        return False
    for name in str(_qualname(kind)).split("."):
        found = vars(found).get(name) if hasattr(found, "__dict__") else None
    return found is kind
