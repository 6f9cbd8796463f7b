"""One invocation in one environment: what is said of it, and what it comes to.

The words are Lambda's, of the log and of the payloads of errors.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from grader.cloud import runtimes
from grader.cloud.environment import (
    Environment,
    Exited,
    Outcome,
    OutOfMemory,
    TimedOut,
)
from grader.cloud.functions import FunctionVersion
from grader.cloud.lineage import root_of
from grader.cloud.payloads import RESPONSE_LIMIT
from grader.cloud.platform_logs import Report, platform_log
from grader.cloud.runtime_api import Failure, Next, Response

# Bytes of the log that Invoke gives back.
_TAIL = 4 * 1024


@dataclass(frozen=True)
class Invocation:
    """What one invocation came to; ``log_tail`` is at most 4 KB."""

    status: int
    payload: bytes
    function_error: str | None
    executed_version: str
    log_tail: bytes
    request_id: str


class Concurrency(NamedTuple):
    """How many executions ran when one began, itself included.

    ``unreserved`` counts those of the Region's functions without reserved concurrency.
    """

    function: int
    region: int
    unreserved: int


@dataclass(frozen=True)
class Ended:
    """An invocation that ended, for whoever watches: metrics, why(), the bill.

    ``qualifier`` is the version or alias that was called, "" for neither; ``began`` is
    lab time, ``trace`` the id of the trace that it was part of.
    """

    function: FunctionVersion
    report: Report
    payload: bytes
    function_error: str | None
    qualifier: str
    concurrency: Concurrency
    provisioned: bool
    began: float
    trace: str


class Execution:
    """One invocation in one environment, and its lines in the log."""

    def __init__(
        self, function: FunctionVersion, environment: Environment, request_id: str
    ) -> None:
        self.function = function
        self.environment = environment
        self._request_id = request_id
        self._log = platform_log(
            function.log_format,
            function.system_log_level,
            environment.initialization_type,
        )
        self._began = time.time()
        self._trace = ""
        self._trace_header: str | None = None
        self._started = False
        self._init_duration: float | None = None
        self._duration = 0.0
        self._payload = b""
        self._function_error: str | None = None
        self._status = "success"
        self._error_type: str | None = None

    def initialise(self, phase: str, limit: float) -> Outcome:
        function, environment = self.function, self.environment
        if phase == "init":
            self._note(
                self._log.init_start(
                    runtimes.version_name(function.runtime),
                    runtimes.version_arn(function.runtime, function.region),
                    function.name,
                    function.version,
                )
            )
        began = time.perf_counter()
        outcome = environment.start(limit)
        duration = (time.perf_counter() - began) * 1000
        if isinstance(outcome, Next):
            if phase == "init":
                self._init_duration = duration
            else:
                self._duration = duration
            self._note(self._log.init_done(phase, "success", None))
            self._note(self._log.init_report(duration, phase, "success", None))
            return outcome
        status = "timeout" if isinstance(outcome, TimedOut) else "error"
        error_type = None if status == "timeout" else _error_type(outcome)
        self._note(self._log.init_done(phase, status, error_type))
        self._note(self._log.init_report(duration, phase, status, error_type))
        environment.kill()
        self._duration = duration
        return outcome

    def invoke(self, headers: dict[str, str], event: bytes) -> None:
        self._start()
        trace_header = headers["Lambda-Runtime-Trace-Id"]
        self._trace = root_of(trace_header)
        if self.function.tracing == "Active" and "Sampled=1" in trace_header:
            self._trace_header = trace_header
        # An INIT that had to be repeated counts against the function's timeout.
        left = self.function.timeout - self._duration / 1000
        outcome, duration = self.environment.invoke(headers, event, left)
        self._duration += duration
        match outcome:
            case Response(request_id, body) if request_id == self._request_id:
                self._payload = body
                if len(body) > RESPONSE_LIMIT:
                    self._too_large()
            case Failure(_, body, error_type):
                # The runtime reported it and goes on: to the platform that is a
                # success of its own, with an error of the function's.
                self._payload, self._function_error = body, "Unhandled"
                self._status, self._error_type = "error", error_type
                if error_type == "Unhandled":
                    self._status, self._error_type = "success", None
            case _:
                self.failed(outcome)

    def failed(self, outcome: Outcome) -> None:
        """The environment couldn't answer: word it as Lambda does."""
        self._start()
        self._function_error = "Unhandled"
        note = self.environment.note
        request_id = self._request_id
        match outcome:
            case Failure(_, body, error_type):
                self._payload = body
                self._status, self._error_type = "error", error_type
                return
            case TimedOut():
                seconds = self.function.timeout
                self._status, error_type = "timeout", "Sandbox.Timedout"
                message = f"Task timed out after {seconds:.2f} seconds"
                note(f"{_stamp()} {request_id} {message}\n\n")
                self._duration = seconds * 1000.0
                reason = message
            case _:
                error_type, reason = _error_type(outcome), _exit_reason(outcome)
                self._status = "error"
                self._error_type = error_type
                note(f"RequestId: {request_id} Error: {reason}\n{error_type}\n")
        self.environment.kill()
        self._payload = json.dumps(
            {
                "errorType": error_type,
                "errorMessage": f"RequestId: {request_id} Error: {reason}",
            },
            separators=(",", ":"),
        ).encode()

    def end(self, qualifier: str, concurrency: Concurrency) -> tuple[Invocation, Ended]:
        report = Report(
            request_id=self._request_id,
            duration=self._duration,
            memory_size=self.function.memory_size,
            max_memory_used=min(
                self.environment.max_memory_used, self.function.memory_size
            ),
            init_duration=self._init_duration,
            status=self._status,
            error_type=self._error_type,
            produced_bytes=len(self._payload),
            trace_header=self._trace_header,
        )
        self._note(self._log.end(report))
        self._note(self._log.report(report))
        events = self.environment.written()
        invocation = Invocation(
            status=200,
            payload=self._payload,
            function_error=self._function_error,
            executed_version=self.function.version,
            log_tail=_tail(text for _, text in events),
            request_id=self._request_id,
        )
        ended = Ended(
            self.function,
            report,
            self._payload,
            self._function_error,
            qualifier,
            concurrency,
            self.environment.provisioned,
            self._began,
            self._trace,
        )
        return invocation, ended

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._note(self._log.start(self._request_id, self.function.version))

    def _note(self, text: str) -> None:
        """Write a line of the platform's, unless its level is filtered out."""
        if text:
            self.environment.note(text)

    def _too_large(self) -> None:
        self._function_error = "Unhandled"
        self._payload = json.dumps(
            {
                "errorMessage": "Response payload size exceeded maximum allowed "
                f"payload size ({RESPONSE_LIMIT} bytes).",
                "errorType": "Function.ResponseSizeTooLarge",
            },
            separators=(",", ":"),
        ).encode()


def _error_type(outcome: Outcome) -> str:
    match outcome:
        case Failure(_, _, error_type):
            return error_type
        case OutOfMemory():
            return "Runtime.OutOfMemory"
        case TimedOut():
            return "Sandbox.Timedout"
    return "Runtime.ExitError"


_SIGNALS = {9: "killed", 6: "aborted", 11: "segmentation fault", 15: "terminated"}


def _exit_reason(outcome: Outcome) -> str:
    if isinstance(outcome, OutOfMemory):
        return "Runtime exited with error: signal: killed"
    assert isinstance(outcome, Exited), outcome
    if outcome.status == 0:
        return "Runtime exited without providing a reason"
    if outcome.status < 0:
        signal = _SIGNALS.get(-outcome.status, f"signal {-outcome.status}")
        return f"Runtime exited with error: signal: {signal}"
    return f"Runtime exited with error: exit status {outcome.status}"


def _stamp() -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return now.replace("+00:00", "Z")


def _tail(texts: Iterator[str]) -> bytes:
    lines = (text if text.endswith("\n") else text + "\n" for text in texts)
    return "".join(lines).encode()[-_TAIL:]
