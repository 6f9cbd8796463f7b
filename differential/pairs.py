"""A pair: policies and a request, as JSON, for both evaluators."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.documents import Policies, Policy, PolicyKind, read
from grader.cloud.access.evaluation import evaluate
from grader.cloud.access.request import Principal, Request

ALLOWED, EXPLICIT, IMPLICIT = "allowed", "explicitDeny", "implicitDeny"

Document = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """A request, and the documents that have a say in it; each may be missing."""

    principal: Mapping[str, Any]
    action: str
    resource: str
    owner: str
    context: Mapping[str, str | list[str]]
    identity: list[Document]
    boundary: Document | None
    session: Document | None
    attached: Document | None
    attached_kind: PolicyKind

    def text(self) -> str:
        """The pair as a line of JSON, the same for the same pair."""
        return json.dumps(vars(self), sort_keys=True)

    def without_keys(self, keys: Collection[str]) -> Pair:
        """The same without some condition keys."""
        context = {key: self.context[key] for key in self.context if key not in keys}
        return dataclasses.replace(self, context=context)

    def documents(self) -> list[Document]:
        """All that there are."""
        rest = (self.boundary, self.session, self.attached)
        return [*self.identity, *(one for one in rest if one is not None)]

    def statements(self) -> list[Document]:
        """Of all documents."""
        return [one for document in self.documents() for one in document["Statement"]]

    def conditions(self) -> list[tuple[str, str, list[str]]]:
        """Operator, key and values of every condition in any document."""
        return [
            (operator, key, listed(values))
            for statement in self.statements()
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]


def listed(value: Any) -> list[Any]:
    """One or more values as a list."""
    return value if isinstance(value, list) else [value]


def verdict(pair: Pair) -> str:
    """What our evaluator says."""
    decision = evaluate(_request(pair), _policies(pair))
    if decision.allowed:
        return ALLOWED
    return EXPLICIT if decision.explicit else IMPLICIT


def _request(pair: Pair) -> Request:
    context = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in pair.context.items()
    }
    return Request(
        Principal(**pair.principal), pair.action, pair.resource, pair.owner, context
    )


def _policies(pair: Pair) -> Policies:
    return Policies(
        tuple(_policy(document, "inline") for document in pair.identity),
        None if pair.boundary is None else _policy(pair.boundary, "boundary"),
        None if pair.session is None else (_policy(pair.session, "session"),),
        None if pair.attached is None else _policy(pair.attached, pair.attached_kind),
    )


def _policy(document: Document, kind: PolicyKind) -> Policy:
    return Policy("policy", kind, read(json.dumps(document)))
