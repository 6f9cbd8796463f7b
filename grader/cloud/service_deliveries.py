"""Events that moto's own services send to functions: SNS, Logs, rotations, stacks."""

from __future__ import annotations

import json

from flask import has_request_context, request

from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.invocation import Invoker


class ServiceDeliveries:
    """Takes what moto's services hand to a function, for ``functions.on_delivery``."""

    def __init__(
        self, invoker: Invoker, asynchronous_invoker: AsynchronousInvoker
    ) -> None:
        self._invoker = invoker
        self._asynchronous = asynchronous_invoker

    def __call__(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        asynchronous: bool,
    ) -> bytes:
        """Queue the event, or invoke and return the answer where the sender waits.

        Raises:
            AWSError: what Lambda answers the sender.
        """
        header = (
            request.headers.get("X-Amzn-Trace-Id") if has_request_context() else None
        )
        if not asynchronous:
            return self._invoker.invoke(
                account, region, function, payload, trace_header=header
            ).payload
        self._asynchronous.submit(
            account,
            region,
            function,
            payload,
            trace_header=header,
            source=_source(payload),
        )
        return b""


def _source(payload: bytes) -> str:
    """Name the service that an event comes from, by the event itself."""
    event = json.loads(payload)
    if "awslogs" in event:
        return "logs"
    if "ResponseURL" in event:
        return "cloudformation"
    record = (event.get("Records") or [{}])[0]
    name = record.get("eventSource") or record.get("EventSource") or "aws:lambda"
    return str(name).removeprefix("aws:")
