"""Validation against the model's constraints, in the words of AWS's framework."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from grader import facts
from grader.cloud.aws_errors import AWSError

# The model allows what Managed Instances take; functions here are never those.
_STANDARD_MAXIMUM = {
    "MemorySize": facts.aws_lambda.MAXIMUM_MEMORY.value,
    "Timeout": facts.aws_lambda.MAXIMUM_TIMEOUT.value,
}
# Of a function; checked by the service itself, with an error and words of its own.
_NOT_BY_FRAMEWORK = frozenset({"runtime"})


def check(model: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that break the model's constraints, all at once.

    Raises:
        AWSError: ValidationException, "2 validation errors detected: …; …".
    """
    shape = model.input_shape
    found = list(_structure(shape, parameters, "")) if shape is not None else []
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise AWSError(
            "ValidationException",
            f"{len(found)} validation {errors} detected: {'; '.join(found)}",
        )


def violation(value: Any, path: str, constraint: str) -> AWSError:
    """Make the ValidationException of one broken constraint."""
    return AWSError(
        "ValidationException",
        "1 validation error detected: " + _sentence(_shown(value), path, constraint),
    )


def _sentence(shown: str | None, path: str, constraint: str) -> str:
    # A value that the model calls sensitive isn't repeated.
    value = "Value" if shown is None else f"Value {shown}"
    return f"{value} at '{path}' failed to satisfy constraint: {constraint}"


def _structure(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    assert isinstance(shape, StructureShape)
    for name in shape.required_members:
        if name not in value:
            here = _join(path, name)
            yield _sentence("null", here, "Member must not be null")
    for name, member in shape.members.items():
        if name in value:
            yield from _member(member, value[name], _join(path, name))


def _join(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _member(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if path not in _NOT_BY_FRAMEWORK:
        for broken in _broken(shape, value):
            yield _sentence(_told(shape, value), path, broken)
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        if isinstance(shape.member, StructureShape):
            for place, item in enumerate(value, 1):
                yield from _structure(shape.member, item, f"{path}.{place}.member")
        elif any(_any(shape.member, item) for item in value):
            wanted = ", ".join([*_stated(shape.member), "Member must not be null"])
            text = f"Member must satisfy constraint: [{wanted}]"
            yield _sentence(_told(shape, value), path, text)
    elif isinstance(shape, MapShape):
        if any(_any(shape.key, key) for key in value):
            text = f"Map keys must satisfy constraint: [{_all_stated(shape.key)}]"
            yield _sentence(_told(shape, value), path, text)
        if any(_any(shape.value, item) for item in value.values()):
            text = f"Map value must satisfy constraint: [{_all_stated(shape.value)}]"
            yield _sentence(_told(shape, value), path, text)


def _any(shape: Shape, value: Any) -> bool:
    return next(_broken(shape, value), None) is not None


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    low, high = shape.metadata.get("min"), _maximum(shape)
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric or hasattr(value, "__len__"):
        size = value if numeric else len(value)
        if high is not None and size > high:
            yield _less(shape, high)
        if low is not None and size < low:
            yield _greater(shape, low)
    if not isinstance(value, str):
        return
    if (pattern := shape.metadata.get("pattern")) and not _pattern(pattern).fullmatch(
        value
    ):
        yield _matching(pattern)
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        yield _one_of(allowed)


def _stated(shape: Shape) -> Iterator[str]:
    high, low = _maximum(shape), shape.metadata.get("min")
    if high is not None:
        yield _less(shape, high)
    if low is not None:
        yield _greater(shape, low)
    if pattern := shape.metadata.get("pattern"):
        yield _matching(pattern)
    if allowed := getattr(shape, "enum", None):
        yield _one_of(allowed)


def _all_stated(shape: Shape) -> str:
    return ", ".join(_stated(shape))


def _maximum(shape: Shape) -> int | float | None:
    limit: int | float | None = shape.metadata.get("max")
    return _STANDARD_MAXIMUM.get(shape.name, limit)


def _measure(shape: Shape) -> str:
    numeric = shape.type_name in ("integer", "long", "float", "double")
    return "value" if numeric else "length"


def _less(shape: Shape, limit: int | float) -> str:
    return f"Member must have {_measure(shape)} less than or equal to {limit}"


def _greater(shape: Shape, limit: int | float) -> str:
    return f"Member must have {_measure(shape)} greater than or equal to {limit}"


def _matching(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _one_of(allowed: list[str]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(allowed)}]"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    # Java's classes of letters, spaces and digits, which Python spells otherwise.
    for java, python in ((r"\p{L}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{N}", r"\d")):
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _told(shape: Shape, value: Any) -> str | None:
    """What a broken value looks like; not written before: it may be a package."""
    return None if shape.metadata.get("sensitive") else _shown(value)


def _shown(value: Any) -> str:
    return "null" if value is None else f"'{_text(value)}'"


def _text(value: Any) -> str:
    """Write a value as Java's collections print themselves."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{key}={_text(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    return str(value)
