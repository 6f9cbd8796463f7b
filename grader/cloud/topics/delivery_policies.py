"""When a failed delivery to an HTTP endpoint is tried again.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.topics.errors import invalid

_DEFAULT: Mapping[str, Any] = {
    "numRetries": 3,
    "numNoDelayRetries": 0,
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
    "backoffFunction": "linear",
}
_TOTAL_AT_MOST = 3600
# How far the wait has come from the shortest to the longest, at a part of the way.
# AWS draws these curves and gives no formulas: these are ours.
_CURVES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda part: part,
    "arithmetic": lambda part: part * (part + 1) / 2,
    "geometric": lambda part: part**3,
    "exponential": lambda part: (2 ** (8 * part) - 1) / 255,
}


def parse(text: str) -> Mapping[str, Any]:
    """Read the ``DeliveryPolicy`` of a subscription.

    Raises:
        Refused: InvalidParameter.
        NotImplementedError: for throttles.
    """
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid("DeliveryPolicy: failed to parse JSON")
    if policy.get("throttlePolicy"):
        raise NotImplementedError("throttlePolicy")
    retries = policy.get("healthyRetryPolicy") or {}
    if retries.get("backoffFunction", "linear") not in _CURVES:
        raise invalid("DeliveryPolicy: healthyRetryPolicy.backoffFunction")
    if sum(_waits(retries)) > _TOTAL_AT_MOST:
        raise invalid(
            "DeliveryPolicy: The total retry time must be less than or equal to"
            f" {_TOTAL_AT_MOST} seconds"
        )
    return policy


def waits(subscription: Any) -> list[float]:
    """Seconds before each further attempt at a subscription's endpoint."""
    text = subscription.attributes.get("DeliveryPolicy")
    if text:
        return _waits(json.loads(text).get("healthyRetryPolicy") or {})
    of_topic = json.loads(subscription.topic.delivery_policy or "{}").get("http") or {}
    return _waits(of_topic.get("defaultHealthyRetryPolicy") or {})


def _waits(policy: Mapping[str, Any]) -> list[float]:
    """The four phases: at once, at the shortest wait, ever longer, at the longest."""
    told = {**_DEFAULT, **policy}
    shortest, longest = float(told["minDelayTarget"]), float(told["maxDelayTarget"])
    fixed = ("numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")
    at_once, before, after = (int(told[name]) for name in fixed)
    growing = max(0, int(told["numRetries"]) - at_once - before - after)
    curve = _CURVES[told["backoffFunction"]]
    steps = [
        shortest + (longest - shortest) * curve(step / max(1, growing - 1))
        for step in range(growing)
    ]
    return [0.0] * at_once + [shortest] * before + steps + [longest] * after
