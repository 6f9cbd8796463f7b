"""Invoking a function with a batch, as Lambda does for an event source mapping."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from grader.cloud import functions, lineage
from grader.cloud.access.denials import sentence
from grader.cloud.aws_errors import AWSError
from grader.cloud.execution import Invocation
from grader.cloud.functions import Resolved
from grader.cloud.functions.names import function_arn
from grader.cloud.polling.batch_failures import report_in
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.polling.platform import Platform

_log = logging.getLogger(__name__)

CALL_FAILED = "PROBLEM: Function call failed"
OK = "OK"


class Outcome(Enum):
    """How an attempt at a batch ended."""

    SUCCEEDED = "the function returned"
    FAILED = "the function failed"
    THROTTLED = "no concurrency was left"
    REFUSED = "Lambda couldn't invoke the function"


@dataclass(frozen=True)
class Result:
    """What became of a batch; ``invocation`` is there where the function ran."""

    outcome: Outcome
    request_id: str
    invocation: Invocation | None = None
    message: str = ""

    @property
    def answer(self) -> bytes:
        """What the function returned (JSON)."""
        return self.invocation.payload if self.invocation else b""


def invoke(
    platform: Platform,
    mapping: EventSourceMapping,
    payload: bytes,
    *,
    trace_header: str | None = None,
) -> Result:
    """Invoke a mapping's function and wait for its answer.

    ``trace_header`` is that of the chain of events the batch belongs to, if any; ask
    ``loops`` first. Notes the mapping's last processing result.
    """
    result = _attempt(platform, mapping, payload, trace_header)
    succeeded = result.outcome is Outcome.SUCCEEDED
    mapping.last_processing_result = OK if succeeded else CALL_FAILED
    return result


def _attempt(
    platform: Platform,
    mapping: EventSourceMapping,
    payload: bytes,
    trace_header: str | None,
) -> Result:
    request_id = str(uuid.uuid4())
    try:
        found = resolved(mapping)
        version = found.version
        begun = trace_header or lineage.root(sampled=version.tracing == "Active")
        invocation = platform.invoker.invoke(
            mapping.account,
            mapping.region,
            mapping.settings.function_arn,
            payload,
            request_id=request_id,
            trace_header=lineage.advance(begun, version.arn)[0],
        )
    except AWSError as error:
        outcome = Outcome.THROTTLED if error.status == 429 else Outcome.REFUSED
        message = error.message or error.fields.get("message") or error.code
        return Result(outcome, request_id, message=str(message))
    except Exception as error:  # noqa: BLE001 - a system error, whatever it is
        _log.exception("a batch for %s failed", mapping.settings.function_arn)
        return Result(Outcome.REFUSED, request_id, message=str(error))
    if invocation.function_error is not None:
        return Result(Outcome.FAILED, request_id, invocation)
    return Result(Outcome.SUCCEEDED, request_id, invocation)


def note_delivery(
    platform: Platform,
    mapping: EventSourceMapping,
    payload: bytes,
    request_id: str,
    *,
    trace_header: str | None,
    at: float,
) -> None:
    """Remember what a function was given; ``at`` is lab time in epoch seconds."""
    qualifier = ":".join(mapping.settings.function_arn.split(":")[7:])
    platform.journal.delivered(
        at=at,
        source=mapping.service,
        account=mapping.account,
        region=mapping.region,
        function=mapping.function_name,
        qualifier=qualifier or None,
        payload=payload,
        request_id=request_id,
        trace_header=trace_header,
    )


class Reports:
    """What a mapping's function reports of its batches; a fault is noted once."""

    def __init__(self, platform: Platform, mapping: EventSourceMapping) -> None:
        self._platform = platform
        self._mapping = mapping
        self._noted = ""

    def failed(self, result: Result, sent: Collection[str]) -> frozenset[str] | None:
        """The identifiers that failed; None for the whole batch."""
        report = report_in(result.answer, sent)
        if report.fault and report.fault != self._noted:
            self._platform.note(
                self._mapping,
                "report",
                f"Lambda can't read what {self._mapping.function_name} reported of its"
                f" batch, so all of it counts as failed: {report.fault}.",
                request_id=result.request_id,
            )
        self._noted = report.fault
        return report.failed


def resolved(mapping: EventSourceMapping) -> Resolved:
    """Find the version that a mapping's next batch runs.

    Raises:
        AWSError: ResourceNotFoundException when it is gone.
    """
    return functions.find(
        mapping.account, mapping.region, mapping.settings.function_arn, None
    )


def loops(platform: Platform, mapping: EventSourceMapping, trace_header: str) -> bool:
    """Say whether a chain of events has invoked the function too often; noted if so.

    Lambda stops it then: such a record goes to the source's dead-letter queue, if any.
    """
    account, region, name = mapping.account, mapping.region, mapping.function_name
    if turns(mapping, trace_header) <= lineage.LIMIT:
        return False
    if not functions.stops_loops(account, region, name):
        return False
    platform.note(
        mapping,
        "recursion",
        f"Lambda stopped a recursive loop: one chain of events reached {name} more than"
        f" {lineage.LIMIT} times.",
    )
    return True


def longest_chain(
    mapping: EventSourceMapping, trace_headers: Iterable[str]
) -> str | None:
    """Return the header of the chain that invoked the function the most often."""
    headers = list(trace_headers)
    if len(headers) < 2:
        return headers[0] if headers else None
    return max(headers, key=lambda header: turns(mapping, header))


def turns(mapping: EventSourceMapping, trace_header: str) -> int:
    """Count how often a chain of events has invoked the function, with this time."""
    arn = function_arn(mapping.account, mapping.region, mapping.function_name)
    return lineage.advance(trace_header, arn)[1]


def refusal(
    platform: Platform, mapping: EventSourceMapping, action: str, resource: str
) -> str | None:
    """Say in AWS's words why the execution role may not do something; None if it may.

    Raises:
        AWSError: ResourceNotFoundException when the function is gone.
    """
    version = resolved(mapping).version
    decision = platform.roles.asked(version, action, resource)
    return None if decision.allowed else sentence(decision)
