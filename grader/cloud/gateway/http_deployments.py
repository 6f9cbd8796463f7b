"""What a stage of an HTTP API serves: the live routes, or those of a deployment."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any


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
