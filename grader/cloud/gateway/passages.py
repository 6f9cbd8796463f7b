"""A request's way through an API: how long it took, and where it came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Response

from grader.cloud.monitoring import ApiRequest

Measure = Callable[[ApiRequest], None]


class Passage:
    """Begins when the request arrives; ``route`` is the method and the resource."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.integration_latency: float | None = None
        self.route: tuple[str, str] | None = None

    @property
    def latency(self) -> float:
        """How long it has taken so far, in ms."""
        return (time.perf_counter() - self._began) * 1000

    @contextmanager
    def integrating(self) -> Iterator[None]:
        """Take the time of the integration."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.integration_latency = (time.perf_counter() - began) * 1000

    def measured(
        self,
        *,
        account: str,
        region: str,
        api: tuple[str, str],
        stage: str,
        at: float,
        response: Response,
        detailed: Callable[[str, str], bool],
    ) -> ApiRequest:
        """Give what CloudWatch is told; ``detailed`` says of a route whether it is."""
        method = resource = None
        if self.route is not None and detailed(*self.route):
            method, resource = self.route
        return ApiRequest(
            account=account,
            region=region,
            api=api,
            stage=stage,
            at=at,
            status=response.status_code,
            latency=self.latency,
            integration_latency=self.integration_latency,
            size=len(response.get_data()),
            method=method,
            resource=resource,
        )
