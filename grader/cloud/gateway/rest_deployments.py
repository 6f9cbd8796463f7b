"""Deployments of REST APIs: snapshots of what the API was when it was deployed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.gateway.routes import Match, Route, best_match


@dataclass(frozen=True)
class DeployedResource:
    """A resource with its methods by HTTP method (or ANY); moto's objects."""

    id: str
    path: str
    methods: Mapping[str, Any]

    def method(self, name: str) -> Any | None:
        return self.methods.get(name) or self.methods.get("ANY")


@dataclass(frozen=True)
class Snapshot:
    """Everything of a REST API that a deployment freezes."""

    resources: tuple[DeployedResource, ...]
    binary_media_types: tuple[str, ...]
    gateway_responses: Mapping[str, Any]
    validators: Mapping[str, Any]
    models: Mapping[str, Any]
    policy: Any

    def match(self, path: str) -> Match[DeployedResource] | None:
        """Return the resource for a path; a trailing slash makes no difference."""
        routes = [
            Route(resource.path, resource)
            for resource in self.resources
            if resource.methods
        ]
        if path != "/":
            path = path.rstrip("/") or "/"
        return best_match(routes, path)

    def is_binary(self, media_type: str | None) -> bool:
        """Say whether a content type, or an Accept header, is one of the binary."""
        if "*/*" in self.binary_media_types:
            return True
        first = (media_type or "").partition(",")[0].partition(";")[0].strip().lower()
        family = f"{first.partition('/')[0]}/*"
        known = {name.lower() for name in self.binary_media_types}
        return bool(first) and bool({first, family} & known)


def snapshot(api: Any) -> Snapshot:
    """Freeze a REST API of moto's as it is now."""
    return Snapshot(
        resources=tuple(
            DeployedResource(
                resource.id,
                resource.get_path(),
                copy.deepcopy(resource.resource_methods),
            )
            for resource in api.resources.values()
        ),
        binary_media_types=tuple(api.binaryMediaTypes),
        gateway_responses=copy.deepcopy(api.gateway_responses),
        validators=copy.deepcopy(api.request_validators),
        models=copy.deepcopy(api.models),
        policy=copy.deepcopy(api.policy),
    )
