"""API keys and usage plans: who may call a method that requires a key, how often.

Follows "Usage plans and API keys for REST APIs" in the API Gateway developer guide. A
plan's limits are each key's own, for all stages of the plan together; a method's own
throttle stands instead of the plan's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.gateway.gateway_responses import (
    INVALID_API_KEY,
    QUOTA_EXCEEDED,
    THROTTLED,
    GatewayError,
)
from grader.cloud.gateway.matches import RestApiMatch
from grader.cloud.gateway.throttles import Quota, Throttle

quota = Quota()
_throttle = Throttle()


def usage_key(plan_id: str, key_id: str) -> str:
    """Name one key's count in one plan."""
    return f"{plan_id}/{key_id}"


def limit_of(plan: Any) -> tuple[int | None, str]:
    """Return how many requests a plan allows in which period; None is any number."""
    limit = plan.quota.get("limit")
    return (None if limit is None else int(limit)), plan.quota.get("period") or "DAY"


def admit(
    backend: Any, match: RestApiMatch, method: str, value: str | None
) -> tuple[str, str]:
    """Return the key's value and id if a usage plan of this stage has it.

    ``backend`` is moto's API Gateway of the account and Region.

    Raises: GatewayError: no such key, or its plan's throttle or quota is used up.
    """
    for key in backend.keys.values():
        if value is None or key.value != value or not key.enabled:
            continue
        for plan in backend.usage_plans.values():
            if key.id not in backend.usage_plan_keys.get(plan.id, {}):
                continue
            for stage in plan.api_stages:
                if (stage["apiId"], stage["stage"]) == (match.api_id, match.stage):
                    _throttled(plan, stage, key.id, f"{match.resource_path}/{method}")
                    _count(plan, key.id)
                    return key.value, key.id
    raise GatewayError(INVALID_API_KEY)


def _throttled(plan: Any, stage: Mapping[str, Any], key_id: str, method: str) -> None:
    name = usage_key(plan.id, key_id)
    limits: Mapping[str, Any] = plan.throttle
    own = (stage.get("throttle") or {}).get(method)
    if own is not None:
        name = f"{name}/{stage['apiId']}/{stage['stage']}{method}"
        limits = own
    rate, burst = limits.get("rateLimit"), limits.get("burstLimit")
    if not _throttle.admits(
        name,
        rate=float(rate) if rate is not None else None,
        burst=float(burst) if burst is not None else None,
    ):
        raise GatewayError(THROTTLED)


def _count(plan: Any, key_id: str) -> None:
    limit, period = limit_of(plan)
    if not quota.admits(usage_key(plan.id, key_id), limit=limit, period=period):
        raise GatewayError(QUOTA_EXCEEDED)
