"""Invoke, synchronously: find the version, a free environment, and run one event.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grader.cloud import functions, lineage, runtimes
from grader.cloud.aws_errors import AWSError
from grader.cloud.environment import Outcome
from grader.cloud.environments import Environments
from grader.cloud.execution import Concurrency, Ended, Execution, Invocation
from grader.cloud.functions import FunctionVersion, Resolved
from grader.cloud.in_flight import InFlight
from grader.cloud.payloads import SYNCHRONOUS_LIMIT, check_payload
from grader.cloud.runtime_api import Next

# Seconds that INIT may take before the invocation starts.
_INIT_TIME = 10.0
# The same ahead of any invocation, where the function's timeout isn't longer.
_PROVISIONED_INIT_TIME = 130.0


class Invoker:
    """Runs functions in their environments, within the limits of concurrency."""

    def __init__(self, environments: Environments, in_flight: InFlight) -> None:
        self._environments = environments
        self._in_flight = in_flight
        self._lock = threading.Lock()
        self._running: Counter[tuple[str, str, str]] = Counter()
        self._regional: Counter[tuple[str, str]] = Counter()
        self._unreserved: Counter[tuple[str, str]] = Counter()
        self.on_end: list[Callable[[Ended], None]] = []
        self.on_throttle: list[Callable[[Resolved], None]] = []
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
            with self._slot(resolved) as concurrency:
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
                    invocation, ended = execution.end(resolved.qualifier, concurrency)
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
        execution = Execution(function, environment, "")
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
    def _slot(self, resolved: Resolved) -> Iterator[Concurrency]:
        """Hold one unit of concurrency.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
        """
        function = resolved.version
        name = (function.account, function.region, function.name)
        pool = name[:2]
        reserved = functions.reserved_concurrency(*name)
        refused = None
        with self._lock:
            if reserved is not None:
                if self._running[name] >= reserved:
                    refused = "ReservedFunctionConcurrentInvocationLimitExceeded"
            elif self._unreserved[pool] >= functions.unreserved_concurrency(*pool):
                refused = "ConcurrentInvocationLimitExceeded"
            if refused is None:
                self._running[name] += 1
                self._regional[pool] += 1
                self._unreserved[pool] += reserved is None
                concurrency = Concurrency(
                    self._running[name], self._regional[pool], self._unreserved[pool]
                )
        if refused is not None:
            for watch in self.on_throttle:
                watch(resolved)
            raise _throttled(refused)
        try:
            yield concurrency
        finally:
            with self._lock:
                self._running[name] -= 1
                self._regional[pool] -= 1
                self._unreserved[pool] -= reserved is None

    def _begin(
        self, function: FunctionVersion, request_id: str
    ) -> tuple[Execution, Outcome]:
        """Find a warm environment, or start one; ``Next`` means that it is ready."""
        environment = self._environments.take_idle(function)
        if environment is None:
            with self._environments.turn_to_start(_INIT_TIME):
                # One may have become free meanwhile.
                environment = self._environments.take_idle(function)
                if environment is None:
                    environment = self._environments.new(function)
                    try:
                        execution = Execution(function, environment, request_id)
                        return execution, self._initialise(execution)
                    except BaseException:
                        self._environments.discard(environment)
                        raise
        return Execution(function, environment, request_id), Next()

    def _initialise(self, execution: Execution) -> Outcome:
        """INIT; what fails there is repeated once, as part of the invocation."""
        program = runtimes.program(execution.function.runtime)
        declared = runtimes.declared_version(execution.function.runtime)
        if declared != program.version and self.on_mismatch is not None:
            self.on_mismatch(execution.function, program)
        outcome = execution.initialise("init", _INIT_TIME)
        if isinstance(outcome, Next):
            return outcome
        return execution.initialise("invoke", float(execution.function.timeout))


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
