"""What exists in an account and a Region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.lab import tables
from grader.lab.architecture import Account
from grader.lab.listings import items


@dataclass(frozen=True)
class Resource:
    """One resource, by the name that its service's own calls take."""

    service: str
    kind: str
    name: str


class Inventory(tables.Listing[Resource]):
    """Resources by service; shown as a table."""

    columns = ("service", "kind", "name")
    empty = "nothing exists here"

    def names(self, kind: str) -> list[str]:
        """The names of one kind of resource."""
        return [resource.name for resource in self if resource.kind == kind]


def take(account: Account) -> Inventory:
    """Functions, buckets, APIs, log groups, queues and roles.

    Roles and buckets are the account's, in whatever Region; the others this Region's.
    """
    return Inventory(
        Resource(service, kind, name_of(found))
        for service, operation, key, kind, name_of in _LISTED
        for found in items(account.client(service), operation, key)
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
