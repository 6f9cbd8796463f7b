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
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.metrics import Dimensions, Metric
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.queued_event import QueuedEvent

NAMESPACE = "AWS/Lambda"
_UNITS = {
    "AsyncEventAge": "Milliseconds",
    "Duration": "Milliseconds",
    "IteratorAge": "Milliseconds",
}


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

    @property
    def began(self) -> float:
        """The moment whose minute it counts in."""
        report = self.ended.report
        return self.at - (report.duration + (report.init_duration or 0.0)) / 1000


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

    def polled(self, mapping: EventSourceMapping, metric: str, value: float) -> None:
        """Take a value that the poller of an event source measured."""
        qualifier = ":".join(mapping.settings.function_arn.split(":")[7:])
        self._values.note(
            _Value(
                mapping.account,
                mapping.region,
                mapping.function_name,
                qualifier,
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
        groups = by_minute(invocations, _called, lambda one: one.began)
        for (called, minute), alike in groups.items():
            account, region, name, qualifier, version = called
            store = storage.backend(account, region).metrics
            ended = [one.ended for one in alike]
            measured = {
                "Invocations": samples(1 for _ in ended),
                "Errors": samples(one.function_error is not None for one in ended),
                "Throttles": samples(0 for _ in ended),
                "Duration": samples(one.report.duration for one in ended),
            }
            running = samples(one.concurrency.function for one in ended)
            for dimensions in _dimensions(name, qualifier, version):
                kept = dict(measured)
                if not dimensions:
                    regional = samples(one.concurrency.region for one in ended)
                    unreserved = samples(one.concurrency.unreserved for one in ended)
                    kept["ConcurrentExecutions"] = regional
                    kept["UnreservedConcurrentExecutions"] = unreserved
                elif "ExecutedVersion" not in dict(dimensions):
                    kept["ConcurrentExecutions"] = running
                    kept |= _provisioned(ended)
                for metric, found in kept.items():
                    store.merge(
                        Metric(NAMESPACE, metric, dimensions),
                        found,
                        at=minute,
                        unit=_UNITS.get(metric, "Count"),
                    )


def _called(one: _Invocation) -> tuple[str, str, str, str, str]:
    """What was called; the version only where an alias hides it."""
    function, qualifier = one.ended.function, one.ended.qualifier
    aliased = qualifier not in ("", function.version)
    version = function.version if aliased else ""
    return function.account, function.region, function.name, qualifier, version


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


def _provisioned(ended: list[Ended]) -> dict[str, Distribution]:
    """How many ran on provisioned concurrency, and how many had to spill over."""
    ready = [1.0 for one in ended if one.provisioned]
    function = ended[0].function
    shares = functions.provisioned_shares(
        function.account, function.region, function.name
    )
    wanted = any(share.version == function.version for share in shares)
    spilled = [1.0 for one in ended if wanted and not one.provisioned]
    found = {
        "ProvisionedConcurrencyInvocations": ready,
        "ProvisionedConcurrencySpilloverInvocations": spilled,
    }
    return {metric: samples(values) for metric, values in found.items() if values}
