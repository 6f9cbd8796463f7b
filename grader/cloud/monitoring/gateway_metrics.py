"""The metrics of APIs, in the namespace AWS/ApiGateway.

moto has none. Follows "Amazon API Gateway dimensions and metrics" for REST APIs and
"Working with metrics for HTTP APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.cloud.monitoring import storage
from grader.cloud.monitoring.backlog import Backlog
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
        for one in requests:
            store = storage.backend(one.account, one.region).metrics
            values = list(_values(one))
            for dimensions in _dimensions(one):
                for metric, value, unit in values:
                    store.record(
                        Metric(NAMESPACE, metric, dimensions),
                        value,
                        at=one.at,
                        unit=unit,
                    )


def _values(one: ApiRequest) -> Iterator[tuple[str, float, str]]:
    suffix = "XXError" if one.rest else "xx"
    yield "Count", 1, "Count"
    # Zeros for good answers, so that the average is the rate of errors.
    yield f"4{suffix}", one.status // 100 == 4, "Count"
    yield f"5{suffix}", one.status // 100 == 5, "Count"
    yield "Latency", one.latency, "Milliseconds"
    if one.integration_latency is not None:
        yield "IntegrationLatency", one.integration_latency, "Milliseconds"
    if not one.rest:
        yield "DataProcessed", one.size, "Bytes"


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
