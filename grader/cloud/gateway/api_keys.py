"""API keys and usage plans: who may call a method that requires a key, how often.

Follows "Usage plans and API keys for REST APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

from typing import Any

from grader.cloud.gateway.gateway_responses import (
    INVALID_API_KEY,
    QUOTA_EXCEEDED,
    THROTTLED,
    GatewayError,
)
from grader.cloud.gateway.throttles import Quota, Throttle

quota = Quota()
_throttle = Throttle()


def usage_key(plan_id: str, key_id: str) -> str:
    """Name one key's count in one plan."""
    return f"{plan_id}/{key_id}"


def admit(backend: Any, api_id: str, stage: str, value: str | None) -> tuple[str, str]:
    """Return the key's value and id if a usage plan of this stage has it.

    ``backend`` is moto's API Gateway of the account and Region.

    Raises: GatewayError: no such key, or its plan's throttle or quota is used up.
    """
    for key in backend.keys.values():
        if value is None or key.value != value or not key.enabled:
            continue
        for plan in backend.usage_plans.values():
            if key.id in backend.usage_plan_keys.get(plan.id, {}) and any(
                one["apiId"] == api_id and one["stage"] == stage
                for one in plan.api_stages
            ):
                _count(plan, key.id)
                return key.value, key.id
    raise GatewayError(INVALID_API_KEY)


def _count(plan: Any, key_id: str) -> None:
    name = usage_key(plan.id, key_id)
    rate = plan.throttle.get("rateLimit")
    burst = plan.throttle.get("burstLimit")
    if not _throttle.admits(
        name,
        rate=float(rate) if rate is not None else None,
        burst=float(burst) if burst is not None else None,
    ):
        raise GatewayError(THROTTLED)
    limit = plan.quota.get("limit")
    if not quota.admits(
        name,
        limit=int(limit) if limit is not None else None,
        period=plan.quota.get("period"),
    ):
        raise GatewayError(QUOTA_EXCEEDED)
