"""A pair as the peer takes it."""

from __future__ import annotations

from typing import Any

from differential.pairs import Document, Pair


def simulation(pair: Pair) -> dict[str, Any]:
    """The input of the peer's runSimulation."""
    anonymous = pair.principal["kind"] == "anonymous"
    told: dict[str, Any] = {
        "request": {
            "principal": {"type": "Anonymous"} if anonymous else pair.principal["arn"],
            "action": pair.action,
            "resource": {"resource": pair.resource, "accountId": pair.owner},
            "contextVariables": pair.context,
        },
        "identityPolicies": _named(pair.identity),
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if pair.boundary is not None:
        told["permissionBoundaryPolicies"] = _named([pair.boundary])
    if pair.session is not None:
        told["sessionPolicy"] = pair.session
    if pair.attached is not None:
        told["resourcePolicy"] = pair.attached
    return told


def _named(documents: list[Document]) -> list[dict[str, Any]]:
    return [
        {"name": f"policy{number}", "policy": document}
        for number, document in enumerate(documents)
    ]
