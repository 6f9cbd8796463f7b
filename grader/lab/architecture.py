"""What is deployed and how it hangs together: boxes and arrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Account(Protocol):
    """What is surveyed."""

    @property
    def region(self) -> str:
        """Where it is surveyed."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


@dataclass(frozen=True)
class Box:
    """One resource; `kind` is `bucket`, `function`, `role`, `http api` …"""

    kind: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Arrow:
    """What one resource does to another."""

    source: Box
    target: Box
    label: str
    broken: str | None = None
    """Why nothing gets through, with what to do."""
    permission: bool = False
    """What it may do by its policies, in place of what it does."""


@dataclass(frozen=True)
class Architecture:
    """Boxes and arrows."""

    region: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
