"""DynamoDB: items of our own over moto's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from grader.cloud.clock import Clock

if TYPE_CHECKING:
    from grader.cloud.dynamodb.calls import Call

# Told of each request that read or wrote items, also of one that failed by then.
observers: list[Callable[[Call], None]] = []
# Told of each record of a stream, by the stream's ARN, while the writer waits.
stream_observers: list[Callable[[str], None]] = []


def prepare(service: str, clock: Clock) -> None:
    """Lay our answers over moto's DynamoDB before a service may use it.

    moto's DynamoDB is imported by the first request that needs it.
    """
    if service in ("dynamodb", "cloudformation"):
        from grader.cloud.dynamodb.service import install

        install(clock)
