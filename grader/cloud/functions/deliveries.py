"""How events that moto's own services send to functions reach them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Deliver = Callable[[str, str, str, bytes, bool], bytes]
_delivery: list[Deliver] = []


def on_delivery(action: Deliver | None) -> None:
    """Say how events of moto's services reach functions (None: not at all).

    The action gets account, Region, name or ARN, payload, and whether the sender
    goes on at once (an asynchronous invocation); it returns the function's answer.
    """
    _delivery[:] = [action] if action is not None else []


def deliver(
    account: str, region: str, function: str, body: Any, asynchronous: bool
) -> bytes:
    """Send a payload to a function by the action of ``on_delivery``."""
    if not _delivery:
        raise RuntimeError(f"nothing delivers events to {function}: call on_delivery")
    payload = body if isinstance(body, bytes) else str(body or "{}").encode()
    return _delivery[0](account, region, function, payload, asynchronous)
