"""What a stage of an HTTP API serves: the live routes, or those of a deployment."""

from __future__ import annotations

import copy
import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core.utils import iso_8601_datetime_without_milliseconds as iso

_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Deployed:
    """Routes with their integrations and authorizers; moto's objects."""

    routes: tuple[Any, ...]
    integrations: dict[str, Any]
    authorizers: dict[str, Any]

    def integration_of(self, route: Any) -> Any | None:
        """Return the integration that a route's target names."""
        _, _, integration_id = (route.target or "").partition("integrations/")
        return self.integrations.get(integration_id)


def live(api: Any) -> Deployed:
    """Return what the API is right now."""
    return Deployed(tuple(api.routes.values()), api.integrations, api.authorizers)


def snapshot(api: Any) -> Deployed:
    """Return what the API is now, whatever is changed later."""
    return Deployed(
        tuple(copy.deepcopy(route) for route in api.routes.values()),
        copy.deepcopy(api.integrations),
        copy.deepcopy(api.authorizers),
    )


def deployed(api: Any, stage: Any) -> Deployed | None:
    """Return what a stage serves; nothing before its first deployment."""
    if stage.auto_deploy:
        return live(api)
    deployments: dict[str, Deployed] = getattr(api, "deployed", {})
    return deployments.get(getattr(stage, "deployment_id", None) or "")


def deployments(api: Any) -> dict[str, dict[str, Any]]:
    """Return an API's deployments by id, as the service shows them."""
    found: dict[str, dict[str, Any]] = api.__dict__.setdefault("deployments", {})
    return found


def deploy(
    api: Any, stage: Any | None, *, description: str | None, automatic: bool
) -> dict[str, Any]:
    """Freeze what the API is now, for a stage or for none; return the deployment."""
    deployment = {
        "autoDeployed": automatic,
        "createdDate": iso(datetime.now()),
        "deploymentId": new_id(6),
        "deploymentStatus": "DEPLOYED",
    }
    if description is not None:
        deployment["description"] = description
    deployments(api)[deployment["deploymentId"]] = deployment
    api.__dict__.setdefault("deployed", {})[deployment["deploymentId"]] = snapshot(api)
    if stage is not None:
        stage.deployment_id = deployment["deploymentId"]
    return deployment


def new_id(length: int) -> str:
    """Make an id as API Gateway does, of lower-case letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
