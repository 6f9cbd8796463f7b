"""What rules of EventBridge did, in the namespace AWS/Events.

moto has none. Follows "Monitoring Amazon EventBridge" in the EventBridge user guide:
rules of the default bus have one dimension, those of other buses the bus beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.metrics import Dimensions, Metric

if TYPE_CHECKING:
    from grader.cloud.eventbridge.rule_names import RuleName

NAMESPACE = "AWS/Events"
# Also counted over all rules of a Region.
_OF_A_REGION = frozenset(
    {
        "Invocations",
        "InvocationAttempts",
        "MatchedEvents",
        "RetryInvocationAttempts",
        "SuccessfulInvocationAttempts",
        "TriggeredRules",
    }
)


class _Count(NamedTuple):
    """Something that happened once, at a moment of lab time."""

    account: str
    region: str
    metric: str
    dimensions: Dimensions
    at: float
    value: float


class EventMetrics:
    """Takes what the event bus tells, and makes data of it later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._counts: Backlog[_Count] = Backlog(self._put, lambda: watched(NAMESPACE))
        self.flush = self._counts.flush

    def of_rule(self, rule: RuleName, metric: str) -> None:
        """Count something that a rule did."""
        for dimensions in _dimensions(rule, metric):
            self._note(rule.account, rule.region, metric, dimensions, 1)

    def of_region(self, account: str, region: str, metric: str, value: float) -> None:
        """Count something that is of no rule."""
        self._note(account, region, metric, (), value)

    def _note(
        self,
        account: str,
        region: str,
        metric: str,
        dimensions: Dimensions,
        value: float,
    ) -> None:
        self._counts.note(
            _Count(account, region, metric, dimensions, time.time(), value)
        )

    def _put(self, found: list[_Count]) -> None:
        groups = by_minute(found, lambda one: one[:4], lambda one: one.at)
        for ((account, region, metric, dimensions), minute), alike in groups.items():
            storage.backend(account, region).metrics.merge(
                Metric(NAMESPACE, metric, dimensions),
                samples(one.value for one in alike),
                at=minute,
                unit="Count",
            )


def _dimensions(rule: RuleName, metric: str) -> Iterator[Dimensions]:
    if metric in _OF_A_REGION:
        yield ()
    named = ("RuleName", rule.name)
    yield (named,) if rule.bus == "default" else (("EventBusName", rule.bus), named)
