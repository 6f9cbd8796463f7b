"""Constants of compiled code that stand for objects of the process that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType
from typing import Any

COMPARE = "grader compare"
REPORT = "grader report"
KEEP = "grader keep"
KEPT = "grader kept"
_MARK = "\x00grader\x00"


def marked(name: str) -> str:
    """The constant that stands for an object."""
    return _MARK + name


def filled(code: CodeType, objects: Mapping[str, Any]) -> CodeType:
    """The code with the objects in the places of their marks."""
    constants = tuple(_filled(value, objects) for value in code.co_consts)
    return code.replace(co_consts=constants)


def _filled(value: Any, objects: Mapping[str, Any]) -> Any:
    if isinstance(value, CodeType):
        return filled(value, objects)
    if isinstance(value, str) and value.startswith(_MARK):
        return objects[value.removeprefix(_MARK)]
    if isinstance(value, tuple | frozenset):
        # The compiler makes one constant of (int, float).
        return type(value)(_filled(each, objects) for each in value)
    return value
