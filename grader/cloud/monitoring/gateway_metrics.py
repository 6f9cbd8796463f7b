"""The metrics of APIs, in the namespace AWS/ApiGateway.

moto has none. Follows "Amazon API Gateway dimensions and metrics" for REST APIs and
"Working with metrics for HTTP APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog, by_minute, samples
from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.metrics import Dimensions, Metric

NAMESPACE = "AWS/ApiGateway"


@dataclass(frozen=True)
class ApiRequest:
    """A request that a stage answered; times in ms, ``at`` in lab time.

    ``api`` is the name and value of the API's own dimension. ``method`` and
    ``resource`` are only given where the stage has detailed metrics.
    """

    account: str
    region: str
    api: tuple[str, str]
    stage: str
    at: float
    status: int
    latency: float
    integration_latency: float | None
    size: int
    method: str | None = None
    resource: str | None = None

    @property
    def rest(self) -> bool:
        """REST APIs are known by their names, HTTP APIs by their ids."""
        return self.api[0] == "ApiName"


class GatewayMetrics:
    """Takes requests, and makes data of them later."""

    def __init__(self, watched: Callable[[str], bool]) -> None:
        self._requests: Backlog[ApiRequest] = Backlog(
            self._put, lambda: watched(NAMESPACE)
        )
        self.answered = self._requests.note
        self.flush = self._requests.flush

    def _put(self, requests: list[ApiRequest]) -> None:
        groups = by_minute(requests, _answering, lambda one: one.at)
        for (_, minute), alike in groups.items():
            one = alike[0]
            store = storage.backend(one.account, one.region).metrics
            measured = list(_measured(alike))
            for dimensions in _dimensions(one):
                for metric, unit, found in measured:
                    store.merge(
                        Metric(NAMESPACE, metric, dimensions),
                        found,
                        at=minute,
                        unit=unit,
                    )


def _answering(one: ApiRequest) -> tuple[object, ...]:
    return one.account, one.region, one.api, one.stage, one.method, one.resource


def _measured(alike: list[ApiRequest]) -> Iterator[tuple[str, str, Distribution]]:
    rest = alike[0].rest
    suffix = "XXError" if rest else "xx"
    yield "Count", "Count", samples(1 for _ in alike)
    # Zeros for good answers, so that the average is the rate of errors.
    yield f"4{suffix}", "Count", samples(one.status // 100 == 4 for one in alike)
    yield f"5{suffix}", "Count", samples(one.status // 100 == 5 for one in alike)
    yield "Latency", "Milliseconds", samples(one.latency for one in alike)
    waits = [one.integration_latency for one in alike if one.integration_latency]
    if waits:
        yield "IntegrationLatency", "Milliseconds", samples(waits)
    if not rest:
        yield "DataProcessed", "Bytes", samples(one.size for one in alike)


def _dimensions(one: ApiRequest) -> Iterator[Dimensions]:
    yield (one.api,)
    yield (one.api, ("Stage", one.stage))
    if one.method is not None and one.resource is not None:
        yield (
            one.api,
            ("Method", one.method),
            ("Resource", one.resource),
            ("Stage", one.stage),
        )
