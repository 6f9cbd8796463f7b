"""An event in Lambda's queue of asynchronous invocations."""

from __future__ import annotations

from dataclasses import dataclass

from grader import facts
from grader.cloud.aws_errors import AWSError
from grader.cloud.destinations import Outcome
from grader.cloud.execution import Invocation
from grader.cloud.functions.names import LATEST, function_arn
from grader.cloud.payloads import check_payload


@dataclass(eq=False)
class QueuedEvent:
    """An event on its way through the queue.

    ``accepted`` and ``due`` are lab time in epoch seconds: when the event came, and
    from when the current attempt may run. ``recursive`` says that its chain of events
    invoked the function too often already. ``errors`` counts attempts at which the
    function failed, ``refusals`` those at which Lambda couldn't run it.
    """

    account: str
    region: str
    name: str
    qualifier: str | None
    payload: bytes
    request_id: str
    trace_header: str
    source: str
    recursive: bool
    accepted: float
    due: float
    invocations: int = 0
    errors: int = 0
    refusals: int = 0
    answer: Invocation | None = None
    refusal: tuple[int, str] | None = None

    @property
    def arn(self) -> str:
        """The function's ARN with the qualifier, as a destination is told it."""
        return function_arn(
            self.account, self.region, self.name, self.qualifier or LATEST
        )

    def outcome(self, condition: str) -> Outcome:
        """How the event ended, in the words of a destination's record."""
        return Outcome(
            self.request_id,
            self.arn,
            condition,
            self.invocations,
            self.payload,
            self.answer,
            self.refusal,
            self.trace_header,
        )


def check_event(payload: bytes) -> None:
    """Refuse what can't be an asynchronous event.

    Raises:
        AWSError: RequestEntityTooLargeException over 1 MB,
            InvalidRequestContentException for what isn't JSON.
    """
    limit = facts.aws_lambda.ASYNCHRONOUS_PAYLOAD.value
    if len(payload) > limit:
        raise AWSError(
            "RequestEntityTooLargeException",
            f"{len(payload)} byte payload is too large for the Event invocation type"
            f" (limit {limit} bytes)",
            413,
            Type="User",
        )
    check_payload(payload, limit)
