"""What a request matched: the route of an HTTP API, the method of a REST API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HttpApiMatch:
    """The route of an HTTP API that a request matched."""

    account: str
    region: str
    api_id: str
    stage: str
    route_key: str
    path_parameters: Mapping[str, str]
    stage_variables: Mapping[str, str]
    authorizer: Mapping[str, Any] | None = None

    @property
    def domain_name(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"

    def with_stage(self, path: str) -> str:
        """Return the path as events have it: only $default isn't part of it."""
        return path if self.stage == "$default" else f"/{self.stage}{path}"


@dataclass(frozen=True)
class RestApiMatch:
    """The deployed method of a REST API that a request matched."""

    account: str
    region: str
    api_id: str
    stage: str
    deployment_id: str
    resource_id: str
    resource_path: str
    operation_name: str | None
    path_parameters: Mapping[str, str]
    stage_variables: Mapping[str, str]
    api_key: tuple[str, str] | None = None  # value, id
    authorizer: Mapping[str, Any] | None = None

    @property
    def domain_name(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"
