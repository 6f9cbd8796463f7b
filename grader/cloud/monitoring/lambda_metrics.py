"""The metrics of functions, in the namespace AWS/Lambda, from what really ran.

moto has none. Follows "Types of metrics for Lambda functions" in the Lambda developer
guide. Each metric has data for all functions of a Region, for each function, for each
version and alias that was called, and for the versions that an alias ran.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from grader.cloud import functions
from grader.cloud.execution import Ended
from grader.cloud.functions import Resolved
from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog
from grader.cloud.monitoring.metrics import Dimensions, Metric
from grader.cloud.queued_event import QueuedEvent

NAMESPACE = "AWS/Lambda"
_UNITS = {"Duration": "Milliseconds", "AsyncEventAge": "Milliseconds"}


class _Value(NamedTuple):
    """A value of a metric of one function, at a moment of lab time."""

    account: str
    region: str
    function: str
    qualifier: str
    version: str
    at: float
    metric: str
    value: float


class _Invocation(NamedTuple):
    """An invocation that ended at a moment of lab time."""

    at: float
    ended: Ended


class LambdaMetrics:
    """Takes what the invoker and the queue tell, and makes data of it later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._invocations: Backlog[_Invocation] = Backlog(
            self._put_invocations, lambda: watched(NAMESPACE)
        )
        self._values: Backlog[_Value] = Backlog(
            self._put_values, lambda: watched(NAMESPACE)
        )

    def flush(self) -> None:
        """Make data of everything that was told so far."""
        self._invocations.flush()
        self._values.flush()

    def ended(self, ended: Ended) -> None:
        """Take an invocation."""
        self._invocations.note(_Invocation(time.time(), ended))

    def throttled(self, resolved: Resolved) -> None:
        """Take an invocation that was refused for its concurrency."""
        one = resolved.version
        self._values.note(
            _Value(
                one.account,
                one.region,
                one.name,
                resolved.qualifier,
                "" if resolved.alias is None else one.version,
                time.time(),
                "Throttles",
                1,
            )
        )

    def measured(self, event: QueuedEvent, metric: str, value: float) -> None:
        """Take a value that the queue of asynchronous events measured."""
        self._values.note(
            _Value(
                event.account,
                event.region,
                event.name,
                event.qualifier or "",
                "",
                time.time(),
                metric,
                value,
            )
        )

    def _put_values(self, values: list[_Value]) -> None:
        for one in values:
            store = storage.backend(one.account, one.region).metrics
            unit = _UNITS.get(one.metric, "Count")
            for dimensions in _dimensions(one.function, one.qualifier, one.version):
                store.record(
                    Metric(NAMESPACE, one.metric, dimensions),
                    one.value,
                    at=one.at,
                    unit=unit,
                )

    def _put_invocations(self, invocations: list[_Invocation]) -> None:
        for at, ended in invocations:
            one = ended.function
            store = storage.backend(one.account, one.region).metrics
            # An invocation counts in the minute in which it began.
            spent = ended.report.duration + (ended.report.init_duration or 0.0)
            began = at - spent / 1000
            aliased = ended.qualifier not in ("", one.version)
            version = one.version if aliased else ""
            for dimensions in _dimensions(one.name, ended.qualifier, version):
                for metric, value in _values(ended):
                    store.record(
                        Metric(NAMESPACE, metric, dimensions),
                        value,
                        at=began,
                        unit=_UNITS.get(metric, "Count"),
                    )
                if "ExecutedVersion" not in dict(dimensions):
                    concurrent = ended.concurrency
                    store.record(
                        Metric(NAMESPACE, "ConcurrentExecutions", dimensions),
                        concurrent.function if dimensions else concurrent.region,
                        at=began,
                        unit="Count",
                    )
            store.record(
                Metric(NAMESPACE, "UnreservedConcurrentExecutions"),
                ended.concurrency.unreserved,
                at=began,
                unit="Count",
            )
            for dimensions, metric in _provisioned(ended):
                store.record(
                    Metric(NAMESPACE, metric, dimensions), 1, at=began, unit="Count"
                )


def _values(ended: Ended) -> Iterator[tuple[str, float]]:
    yield "Invocations", 1
    yield "Errors", ended.function_error is not None
    yield "Throttles", 0
    yield "Duration", ended.report.duration


def _dimensions(function: str, qualifier: str, version: str) -> Iterator[Dimensions]:
    """The dimensions in which something about a function is counted."""
    resource = f"{function}:{qualifier}" if qualifier else function
    yield ()
    yield (("FunctionName", function),)
    yield (("FunctionName", function), ("Resource", resource))
    if version:
        yield (
            ("ExecutedVersion", version),
            ("FunctionName", function),
            ("Resource", resource),
        )


def _provisioned(ended: Ended) -> Iterator[tuple[Dimensions, str]]:
    """Whether an invocation ran on provisioned concurrency, or had to spill over."""
    one = ended.function
    shares = functions.provisioned_shares(one.account, one.region, one.name)
    if not any(share.version == one.version for share in shares):
        return
    resource = f"{one.name}:{ended.qualifier}" if ended.qualifier else one.name
    metric = (
        "ProvisionedConcurrencyInvocations"
        if ended.provisioned
        else "ProvisionedConcurrencySpilloverInvocations"
    )
    yield (("FunctionName", one.name),), metric
    yield (("FunctionName", one.name), ("Resource", resource)), metric
