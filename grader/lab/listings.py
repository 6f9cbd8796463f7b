"""All items of an AWS listing, however many pages it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def items(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    """What `operation` lists under `key` of its answers."""
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
    else:
        pages = [getattr(client, operation)(**arguments)]
    for page in pages:
        yield from page.get(key, [])
