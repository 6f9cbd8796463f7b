"""Attribute values as they travel: ``{"S": "text"}``, checked and in normal form.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb.errors import invalid, invalid_parameter
from grader.cloud.dynamodb.numbers import number, written

Value = dict[str, Any]
Attributes = dict[str, Value]

TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
# Lists and maps within each other.
_DEEPEST = 32


def normal(value: Mapping[str, Any] | None, depth: int = 0) -> Value:
    """Check a value and bring its numbers into the form that they are kept in.

    Raises: AWSError, in AWS's words, for what can't be stored.
    """
    if depth > _DEEPEST:
        raise invalid(
            "Nesting Levels have exceeded supported limits: Attributes have exceeded"
            " the nesting level limit of 32"
        )
    kind, content = _only_member(value)
    match kind:
        case "N":
            return {"N": written(number(content))}
        case "B":
            _decoded(content)
        case "SS" | "NS" | "BS":
            return {kind: _normal_set(kind, content)}
        case "NULL":
            if content is not True:
                raise invalid_parameter(
                    "Null attribute value types must have the value of true"
                )
        case "L":
            return {"L": [normal(one, depth + 1) for one in content]}
        case "M":
            return {"M": {key: normal(one, depth + 1) for key, one in content.items()}}
    return {kind: content}


def normal_item(attributes: Mapping[str, Mapping[str, Any]]) -> Attributes:
    """Check every attribute of an item, and bring it into normal form."""
    return {name: normal(value) for name, value in attributes.items()}


def kind_of(value: Mapping[str, Any]) -> str:
    """Return the type of a value, such as ``S``."""
    return next(iter(value))


def comparable(value: Mapping[str, Any]) -> Any:
    """Return what a value is equal by, and sorted by if it is S, N or B.

    Text is ordered by its UTF-8 bytes, binary by its bytes, numbers as numbers.
    """
    kind, content = next(iter(value.items()))
    match kind:
        case "S":
            return content.encode()
        case "N":
            return Decimal(content)
        case "B":
            return base64.b64decode(content)
        case "SS" | "NS" | "BS":
            return frozenset(comparable({kind[0]: one}) for one in content)
        case "L":
            return [(kind_of(one), comparable(one)) for one in content]
        case "M":
            return {
                key: (kind_of(one), comparable(one)) for key, one in content.items()
            }
    return content


def same(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> bool:
    """Say whether two values are equal: of one type, and alike."""
    if left is None or right is None:
        return False
    return kind_of(left) == kind_of(right) and bool(
        comparable(left) == comparable(right)
    )


def _only_member(value: Mapping[str, Any] | None) -> tuple[str, Any]:
    # What is undefined in JavaScript comes as null, or as {}.
    members = (value or {}).items()
    given = [(kind, content) for kind, content in members if content is not None]
    if not given or given[0][0] not in TYPES:
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the"
            " supported datatypes"
        )
    if len(given) > 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain"
            " exactly one of the supported datatypes"
        )
    kind, content = given[0]
    _check_shape(kind, content)
    return kind, content


_SHAPES: dict[str, type] = {
    **dict.fromkeys(("S", "N", "B"), str),
    **dict.fromkeys(("SS", "NS", "BS", "L"), list),
    "M": dict,
    "BOOL": bool,
    "NULL": bool,
}


def _check_shape(kind: str, content: Any) -> None:
    if isinstance(content, _SHAPES[kind]):
        return
    if isinstance(content, int | float) and _SHAPES[kind] is str:
        raise AWSError(
            "SerializationException", "NUMBER_VALUE cannot be converted to String"
        )
    raise AWSError("SerializationException", "Unexpected value type in payload")


def _normal_set(kind: str, members: list[str]) -> list[str]:
    if not members:
        if kind == "BS":
            raise invalid_parameter("Binary sets should not be empty")
        name = "string" if kind == "SS" else "number"
        raise invalid_parameter(f"An {name} set  may not be empty")
    for member in members:
        _check_shape(kind[0], member)
    if kind == "NS":
        members = [written(number(one)) for one in members]
    if kind == "BS":
        for one in members:
            _decoded(one)
    if len(set(members)) < len(members):
        shown = "" if kind == "NS" else f" [{', '.join(members)}]"
        raise invalid_parameter(f"Input collection{shown} contains duplicates.")
    return members


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise AWSError(
            "SerializationException",
            "Unexpected token received from parser: invalid Base64",
        ) from None
