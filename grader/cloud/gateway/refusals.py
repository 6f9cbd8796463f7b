"""Why a request got a 5xx or a 403: AWS tells its caller no more than the status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import NotAllowed, TimedOut
from grader.cloud.gateway.proxy_answers import FunctionFailed, MalformedAnswer
from grader.cloud.journal import Incident

Note = Callable[[Incident], None]


@dataclass(frozen=True)
class Endpoint:
    """What was asked: ``source`` is ``apigateway`` or ``function-url``."""

    source: str
    account: str
    region: str
    resource: str


def note_refusal(
    note: Note, endpoint: Endpoint, incoming: Incoming, cause: BaseException | None
) -> None:
    """Keep for why() what the caller isn't told.

    Nothing is noted where a function failed by itself: its log tells more.
    """
    if isinstance(cause, FunctionFailed):
        return
    if isinstance(cause, MalformedAnswer):
        kind = "malformed"
    elif isinstance(cause, NotAllowed):
        kind = "permission"
    elif isinstance(cause, TimedOut):
        kind = "timeout"
    else:
        return
    note(
        Incident(
            at=incoming.arrived,
            kind=kind,
            source=endpoint.source,
            account=endpoint.account,
            region=endpoint.region,
            resource=endpoint.resource,
            message=f"{incoming.method} {incoming.path}: {cause}",
            request_id=incoming.request_id,
        )
    )
