"""Everything that an account has, in every Region.

Asks nobody: a backend that no call has used yet is empty, and looking at it through
moto's API would make it. What AWS itself puts into each account isn't listed: default
buses, VPCs and groups, service-linked roles, AWS's own policies, keys and parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.common_models import BaseModel

from grader.cloud.resources import identity, messages, networks, programs, stores, watch
from grader.cloud.resources.resource import GLOBAL, Reader, Readers, Resource

_READERS: Readers = {
    **identity.READERS,
    **messages.READERS,
    **networks.READERS,
    **programs.READERS,
    **stores.READERS,
    **watch.READERS,
    # Sessions end by themselves.
    "sts": lambda backend: (),
}


def of_account(account: str) -> list[dict[str, str]]:
    """List the resources of an account as `{service, kind, name, region, detail}`.

    Ordered by service, Region, kind and name.
    """
    found = []
    for backends in list(BackendDict._instances):
        regions = backends.get(account) or {}
        reader: Reader = _READERS.get(backends.service_name, _unfamiliar)
        for region, backend in list(regions.items()):
            where = GLOBAL if region == "aws" else region
            found += [
                {
                    "service": backends.service_name,
                    "kind": resource.kind,
                    "name": resource.name,
                    "region": resource.region or where,
                    "detail": resource.detail,
                }
                for resource in reader(backend)
            ]
    order = ("service", "region", "kind", "name")
    return sorted(found, key=lambda row: [row[column] for column in order])


def _unfamiliar(backend: Any) -> Iterator[Resource]:
    """List what a backend has that a new one hasn't, of services that nobody teaches.

    The kind is moto's name for it.
    """
    new = vars(type(backend)(backend.region_name, backend.account_id))
    for attribute, held in vars(backend).items():
        if attribute.startswith("_") or not isinstance(held, dict | list):
            continue
        kind = attribute.replace("_", " ")
        for name, model in _named(held):
            if isinstance(model, BaseModel) and name not in dict(
                _named(new.get(attribute, {}))
            ):
                yield Resource(kind, name)


def _named(held: dict[Any, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(held, dict):
        return [(str(name), model) for name, model in list(held.items())]
    return [(_name(model), model) for model in list(held)]


def _name(model: Any) -> str:
    for attribute in ("name", "id", "arn"):
        if isinstance(found := getattr(model, attribute, None), str):
            return found
    return type(model).__name__
