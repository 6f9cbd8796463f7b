"""The shapes of requests: objects and lists stand where the model has them.

boto3 sends no others; AWS's SDK for JavaScript does, so a text in place of
``{"S": …}`` is refused by the service, before it looks at any rule of its own. Scalars
are read with the values that they belong to.
"""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from grader.cloud.aws_errors import AWSError


def check(shape: Shape, value: Any) -> None:
    """Refuse a value of another shape than the model's; null is no value.

    Raises: AWSError SerializationException.
    """
    if value is None:
        return
    if isinstance(shape, StructureShape):
        for name, member in _expected(dict, value).items():
            if name in shape.members:
                check(shape.members[name], member)
    elif isinstance(shape, MapShape):
        for member in _expected(dict, value).values():
            check(shape.value, member)
    elif isinstance(shape, ListShape):
        for member in _expected(list, value):
            check(shape.member, member)


def _expected(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise AWSError("SerializationException", "Unexpected value type in payload")
    return value
