"""Invoke, synchronously: find the version, a free environment, and run one event.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from grader.cloud import functions, lineage, runtimes
from grader.cloud.aws_errors import AWSError
from grader.cloud.environment import (
    Environment,
    Exited,
    Outcome,
    OutOfMemory,
    TimedOut,
)
from grader.cloud.environments import Environments
from grader.cloud.functions import FunctionVersion, Resolved
from grader.cloud.in_flight import InFlight
from grader.cloud.payload_errors import parser_message
from grader.cloud.platform_logs import Report, platform_log
from grader.cloud.runtime_api import Failure, Next, Response

# Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SYNCHRONOUS_LIMIT = 6 * 1024 * 1024
RESPONSE_LIMIT = SYNCHRONOUS_LIMIT + 100
_TAIL = 4 * 1024
# Seconds that INIT may take before the invocation starts.
_INIT_TIME = 10.0
# The same ahead of any invocation, where the function's timeout isn't longer.
_PROVISIONED_INIT_TIME = 130.0


@dataclass(frozen=True)
class Invocation:
    """What one invocation came to; ``log_tail`` is at most 4 KB."""

    status: int
    payload: bytes
    function_error: str | None
    executed_version: str
    log_tail: bytes
    request_id: str


@dataclass(frozen=True)
class Ended:
    """An invocation that ended, for whoever watches: metrics, why(), the bill."""

    function: FunctionVersion
    report: Report
    payload: bytes
    function_error: str | None


class Invoker:
    """Runs functions in their environments, within the limits of concurrency."""

    def __init__(self, environments: Environments, in_flight: InFlight) -> None:
        self._environments = environments
        self._in_flight = in_flight
        self._lock = threading.Lock()
        self._running: Counter[tuple[str, str, str]] = Counter()
        self._unreserved: Counter[tuple[str, str]] = Counter()
        self.on_end: list[Callable[[Ended], None]] = []
        self.on_mismatch: Callable[[FunctionVersion, runtimes.Program], None] | None
        self.on_mismatch = None

    def invoke(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        client_context: str | None = None,
        request_id: str | None = None,
        trace_header: str | None = None,
    ) -> Invocation:
        """Invoke and wait for the answer.

        ``client_context`` is in base64, as it travels to Lambda.

        Raises: AWSError with Lambda's codes when nothing could be run.
        """
        with self.answering(
            account,
            region,
            function,
            payload,
            qualifier=qualifier,
            client_context=client_context,
            request_id=request_id,
            trace_header=trace_header,
        ) as invocation:
            return invocation

    @contextmanager
    def answering(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        client_context: str | None = None,
        request_id: str | None = None,
        trace_header: str | None = None,
    ) -> Iterator[Invocation]:
        """Invoke, and give the answer before the environment comes to rest.

        So a caller gets its answer while the runtime still asks for more.

        Raises: AWSError with Lambda's codes when nothing could be run.
        """
        check_payload(payload, SYNCHRONOUS_LIMIT)
        resolved = functions.find(account, region, function, qualifier)
        request_id = request_id or str(uuid.uuid4())
        with self._in_flight:
            with self._slot(resolved.version):
                execution, ready = self._begin(resolved.version, request_id)
                environment = execution.environment
                try:
                    if isinstance(ready, Next):
                        headers = _headers(
                            resolved, request_id, client_context, trace_header
                        )
                        execution.invoke(headers, payload or b"{}")
                    else:
                        execution.failed(ready)
                    invocation, ended = execution.end()
                except BaseException:
                    self._environments.discard(environment)
                    raise
                self._environments.answered(environment)
            try:
                for watch in self.on_end:
                    watch(ended)
                yield invocation
            finally:
                self._environments.give_back(environment)

    def provision(self, function: FunctionVersion) -> bool:
        """Start an environment ahead of its invocations; False where INIT failed."""
        environment = self._environments.new(function, "provisioned-concurrency")
        execution = _Execution(function, environment, "")
        limit = max(_PROVISIONED_INIT_TIME, float(function.timeout))
        try:
            ready = isinstance(execution.initialise("init", limit), Next)
            environment.written()
        except BaseException:
            self._environments.discard(environment)
            raise
        if ready:
            self._environments.give_back(environment)
        else:
            self._environments.discard(environment)
        return ready

    @contextmanager
    def _slot(self, function: FunctionVersion) -> Iterator[None]:
        """Hold one unit of concurrency.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
        """
        name = (function.account, function.region, function.name)
        pool = name[:2]
        reserved = functions.reserved_concurrency(*name)
        with self._lock:
            if reserved is not None:
                if self._running[name] >= reserved:
                    raise _throttled(
                        "ReservedFunctionConcurrentInvocationLimitExceeded"
                    )
            elif self._unreserved[pool] >= functions.unreserved_concurrency(*pool):
                raise _throttled("ConcurrentInvocationLimitExceeded")
            self._running[name] += 1
            if reserved is None:
                self._unreserved[pool] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1
                if reserved is None:
                    self._unreserved[pool] -= 1

    def _begin(
        self, function: FunctionVersion, request_id: str
    ) -> tuple[_Execution, Outcome]:
        """Find a warm environment, or start one; ``Next`` means that it is ready."""
        environment = self._environments.take_idle(function)
        if environment is None:
            with self._environments.turn_to_start(_INIT_TIME):
                # One may have become free meanwhile.
                environment = self._environments.take_idle(function)
                if environment is None:
                    environment = self._environments.new(function)
                    try:
                        execution = _Execution(function, environment, request_id)
                        return execution, self._initialise(execution)
                    except BaseException:
                        self._environments.discard(environment)
                        raise
        return _Execution(function, environment, request_id), Next()

    def _initialise(self, execution: _Execution) -> Outcome:
        """INIT; what fails there is repeated once, as part of the invocation."""
        program = runtimes.program(execution.function.runtime)
        declared = runtimes.declared_version(execution.function.runtime)
        if declared != program.version and self.on_mismatch is not None:
            self.on_mismatch(execution.function, program)
        outcome = execution.initialise("init", _INIT_TIME)
        if isinstance(outcome, Next):
            return outcome
        return execution.initialise("invoke", float(execution.function.timeout))


class _Execution:
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

    def end(self) -> tuple[Invocation, Ended]:
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
        ended = Ended(self.function, report, self._payload, self._function_error)
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


def check_payload(payload: bytes, limit: int) -> None:
    """Refuse an event that is too large or isn't JSON, in Lambda's words."""
    if len(payload) > limit:
        raise AWSError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than {limit} bytes for the InvokeFunction "
            "operation",
            413,
            Type="User",
        )
    if not payload:
        return
    try:
        _JSON.decode(payload.decode())
    except ValueError as error:
        raise AWSError(
            "InvalidRequestContentException",
            "Could not parse request body into json: Could not parse payload into "
            f"json: {parser_message(payload, error)}",
            400,
            Type="User",
        ) from None


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity; JSON has neither.
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _throttled(reason: str) -> AWSError:
    return AWSError(
        "TooManyRequestsException",
        None,
        429,
        Reason=reason,
        Type="User",
        message="Rate Exceeded.",
    )


def _headers(
    resolved: Resolved,
    request_id: str,
    client_context: str | None,
    trace_header: str | None,
) -> dict[str, str]:
    deadline = int((time.time() + resolved.version.timeout) * 1000)
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": request_id,
        "Lambda-Runtime-Deadline-Ms": str(deadline),
        "Lambda-Runtime-Invoked-Function-Arn": resolved.invoked_arn,
        "Lambda-Runtime-Trace-Id": trace_header
        or lineage.advance(
            lineage.root(sampled=resolved.version.tracing == "Active"),
            resolved.version.arn,
        )[0],
    }
    if client_context:
        decoded = base64.b64decode(client_context).decode()
        headers["Lambda-Runtime-Client-Context"] = decoded
    return headers


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
