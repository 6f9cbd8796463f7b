"""How AWS's services publish to topics: S3, alarms, rules, functions' destinations."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

trace: ContextVar[str | None] = ContextVar("trace of a service", default=None)
"""The trace header of what a service publishes about."""


def publish(
    arn: str,
    message: str,
    *,
    subject: str | None = None,
    attributes: Mapping[str, Mapping[str, str]] | None = None,
    trace_header: str | None = None,
) -> None:
    """Publish to a topic; the trace goes on to its subscribers.

    Raises: SNS's errors, such as NotFound.
    """
    # Costly to import, and few clouds have topics.
    from moto.sns.models import sns_backends
    from moto.utilities.arns import parse_arn

    topic = parse_arn(arn)
    token = trace.set(trace_header)
    try:
        sns_backends[topic.account][topic.region].publish(
            message, arn=arn, subject=subject, message_attributes=attributes or {}
        )
    finally:
        trace.reset(token)
