"""What exists in an account and a Region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from grader.lab import tables
from grader.lab.architecture import Account

_COLUMNS = ("service", "resource", "name")


@dataclass(frozen=True)
class Resource:
    """One resource, by the name that its service's own calls take."""

    service: str
    kind: str
    name: str


class Inventory(list[Resource]):
    """Resources by service; shown as a table."""

    def names(self, kind: str) -> list[str]:
        """The names of one kind of resource."""
        return [resource.name for resource in self if resource.kind == kind]

    def __repr__(self) -> str:
        if not self:
            return "nothing exists here"
        return tables.as_text(_COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        return tables.as_html(_COLUMNS, self._rows())

    def _rows(self) -> list[list[str]]:
        return [[one.service, one.kind, one.name] for one in self]


def take(account: Account) -> Inventory:
    """Functions, buckets, APIs, log groups, queues and roles.

    Roles and buckets are the account's, in whatever Region; the others this Region's.
    """
    return Inventory(
        Resource(service, kind, name)
        for service, operation, key, kind, name_of in _LISTED
        for name in _names(account, service, operation, key, name_of)
    )


def _field(name: str) -> Callable[[Any], str]:
    return lambda found: str(found[name])


_LISTED: tuple[tuple[str, str, str, str, Callable[[Any], str]], ...] = (
    ("lambda", "list_functions", "Functions", "function", _field("FunctionName")),
    ("s3", "list_buckets", "Buckets", "bucket", _field("Name")),
    ("apigatewayv2", "get_apis", "Items", "http api", _field("ApiId")),
    ("apigateway", "get_rest_apis", "items", "rest api", _field("id")),
    ("logs", "describe_log_groups", "logGroups", "log group", _field("logGroupName")),
    ("sqs", "list_queues", "QueueUrls", "queue", lambda url: url.rsplit("/", 1)[-1]),
    ("iam", "list_roles", "Roles", "role", _field("RoleName")),
)


def _names(
    account: Account,
    service: str,
    operation: str,
    key: str,
    name_of: Callable[[Any], str],
) -> Iterator[str]:
    client = account.client(service)
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate()
    else:
        pages = [getattr(client, operation)()]
    for page in pages:
        yield from map(name_of, page.get(key, []))
