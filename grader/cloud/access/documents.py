"""Policies, with their documents read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

PolicyKind: TypeAlias = Literal[
    "inline", "managed", "group", "resource", "trust", "boundary", "session"
]


@dataclass(frozen=True)
class Document:
    """A policy document."""

    text: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """A document with where it comes from.

    `name` is what people call it, `arn` is a managed policy's. `kind` is "group" for
    inline and managed policies of a user's groups.
    """

    name: str
    kind: PolicyKind
    document: Document
    arn: str | None = None


@dataclass(frozen=True)
class Policies:
    """All that has a say in a request.

    `session` is None without session policies. `resource` is the resource's own
    policy, for sts:AssumeRole the role's trust policy.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None


@lru_cache(maxsize=4096)
def read(text: str) -> Document:
    """The document of a text; the same text is read once.

    Raises: ValueError when it isn't a policy document.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError(f"not a policy document: {text[:60]}")
    return Document(text, content)
