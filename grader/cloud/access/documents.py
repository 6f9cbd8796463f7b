"""Policies, with their documents read once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, Literal, TypeAlias

from grader.cloud.access.statements import Statement, statement

PolicyKind: TypeAlias = Literal[
    "inline", "managed", "group", "resource", "trust", "key", "boundary", "session"
]
_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document, read."""

    text: str
    statements: tuple[Statement, ...] = field(repr=False)

    @cached_property
    def condition_keys(self) -> tuple[str, ...]:
        """The condition keys that its statements mention, in lower case."""
        named = chain.from_iterable(map(Statement.condition_keys, self.statements))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Policy:
    """A document with where it comes from.

    `name` is what people call it, `arn` is a managed policy's. `kind` is "group" for
    inline and managed policies of a user's groups, "trust" for the trust policy of a
    role, "key" for a KMS key's and "resource" for every other resource's.
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
def policy_of(name: str, kind: PolicyKind, text: str, arn: str | None = None) -> Policy:
    """A policy by its text; the same one is made once."""
    return Policy(name, kind, read(text), arn)


@lru_cache(maxsize=4096)
def read(text: str) -> Document:
    """The document of a text; the same text is read once.

    Raises: ValueError when it isn't a policy document.
    """
    content: Any = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError(f"not a policy document: {text[:60]}")
    variables = content.get("Version") == _WITH_VARIABLES
    listed = content.get("Statement", [])
    elements = listed if isinstance(listed, list) else [listed]
    return Document(
        text,
        tuple(
            statement(element, index, variables=variables)
            for index, element in enumerate(elements)
        ),
    )
