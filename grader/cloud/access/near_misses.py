"""Why statements that could allow a request don't, the nearest one first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from grader.cloud.access.conditions import values
from grader.cloud.access.documents import Policy
from grader.cloud.access.request import Request
from grader.cloud.access.statements import Statement

Element = Literal[
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
]
_DISTANCES = {"Condition": 1, "Resource": 2, "Principal": 3, "Action": 4}
_OTHER_SERVICE = 4


@dataclass(frozen=True)
class Source:
    """A statement by its place: its policy, its position from 0, its Sid if any."""

    policy: Policy
    index: int
    sid: str | None


@dataclass(frozen=True)
class Lack:
    """An element of a statement that a request doesn't meet.

    `operator` and `key` are a condition's, as in the document.
    `found` is empty when the request doesn't have the key.
    """

    element: Element
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    operator: str = ""
    key: str = ""


@dataclass(frozen=True)
class NearMiss:
    """An Allow statement that didn't apply to a request, and why."""

    source: Source
    lacks: tuple[Lack, ...]


def near_misses(request: Request, policies: Iterable[Policy]) -> tuple[NearMiss, ...]:
    """The Allow statements of policies that don't apply, the nearest first."""
    found = [
        NearMiss(Source(policy, statement.index, statement.sid), lacks)
        for policy in policies
        for statement in policy.document.statements
        if statement.effect == "Allow" and (lacks := tuple(_lacks(statement, request)))
    ]
    return tuple(sorted(found, key=lambda miss: _distance(miss, request)))


def _lacks(statement: Statement, request: Request) -> Iterator[Lack]:
    principal = request.principal
    if statement.principals and not statement.principals.naming(principal, "Allow"):
        name: Element = "NotPrincipal" if statement.principals.negated else "Principal"
        yield Lack(name, statement.principals.wanted, (principal.arn,))
    if not statement.names_action(request.action):
        name = "NotAction" if statement.not_actions else "Action"
        yield Lack(name, statement.actions, (request.action,))
    if not statement.names_resource(request.resource, request.context):
        name = "NotResource" if statement.not_resources else "Resource"
        wanted = tuple(one.template.text for one in statement.resources or ())
        yield Lack(name, wanted, (request.resource,))
    for unmet in statement.unmet(request.context):
        yield Lack(
            "Condition",
            tuple(one.text for one in unmet.wanted),
            values(request.context, unmet.key),
            unmet.operator,
            unmet.spelling,
        )


def _distance(miss: NearMiss, request: Request) -> int:
    distance = sum(_DISTANCES[lack.element.removeprefix("Not")] for lack in miss.lacks)
    service = request.action.partition(":")[0].lower()
    if any(_of_another_service(lack, service) for lack in miss.lacks):
        distance += _OTHER_SERVICE
    return distance


def _of_another_service(lack: Lack, service: str) -> bool:
    return lack.element == "Action" and not any(
        wanted.partition(":")[0].lower() == service for wanted in lack.wanted
    )
