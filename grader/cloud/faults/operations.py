"""Services and operations by the names that boto3 has for them."""

from __future__ import annotations

import difflib
from functools import cache

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

from grader.cloud.access.operations import signing


class UnknownName(Exception):
    """A service or an operation that AWS doesn't have; its text says which ones."""


def known(service: str, operation: str) -> tuple[str, str]:
    """A service's prefix in IAM, and an operation as its API calls it.

    The operation may be spelled as a method: ``batch_write_item``.

    Raises: UnknownName.
    """
    prefix, operations = _operations(service)
    found = operations.get(operation) or operations.get(xform_name(operation))
    if found is None:
        near = difflib.get_close_matches(operation, operations.values(), 3)
        hint = f"; is it {' or '.join(near)}?" if near else ""
        raise UnknownName(f"{service} has no operation {operation!r}{hint}")
    return prefix, found


@cache
def _operations(service: str) -> tuple[str, dict[str, str]]:
    """A service's prefix, and its operations by the names of their methods."""
    try:
        model = get_session().get_service_model(service)
    except UnknownServiceError:
        raise UnknownName(
            f"boto3 has no service {service!r}; names are those of boto3.client"
        ) from None
    names = {xform_name(name): name for name in model.operation_names}
    return signing(model.signing_name).prefix, names
