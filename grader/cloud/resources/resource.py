"""One resource, and what reads resources out of a backend of moto's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GLOBAL = "global"
"""The Region of what has none: IAM's users and roles, for example."""


@dataclass(frozen=True)
class Resource:
    """A thing that stays, and may cost, until somebody deletes it.

    `name` is what its service's own calls take; of what is only found within something
    else, as a stage within an API, it is both names with a slash between them.
    """

    kind: str
    name: str
    detail: str = ""
    region: str | None = None
    """Where it is, if not where its backend is."""


Reader = Callable[[Any], Iterable[Resource]]
"""Lists the resources of one backend: one account's of a service in one Region."""

Readers = Mapping[str, Reader]
"""By moto's name of the service, which is boto3's."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 object", "2 objects"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
