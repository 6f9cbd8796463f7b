"""What of the cloud every poller works with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.clock import Clock
from grader.cloud.in_flight import InFlight
from grader.cloud.invocation import Invoker
from grader.cloud.journal import Incident, Journal
from grader.cloud.polling.mapping import EventSourceMapping

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Platform:
    """The cloud's parts, and the threads in which pollers wait for functions."""

    invoker: Invoker
    clock: Clock
    in_flight: InFlight
    journal: Journal
    roles: ExecutionRoles
    workers: ThreadPoolExecutor
    on_measure: list[Callable[[EventSourceMapping, str, float], None]] = field(
        default_factory=list
    )

    def submit(self, work: Callable[[], None]) -> None:
        """Run work in another thread; it is in flight from now until it returns.

        Nothing runs any more once the cloud closes.
        """
        self.in_flight.begin()
        try:
            self.workers.submit(self._run, work)
        except RuntimeError:
            self.in_flight.end()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - a worker outlives any batch; it is logged
            _log.exception("a poller failed")
        finally:
            self.in_flight.end()

    def measure(self, mapping: EventSourceMapping, metric: str, value: float) -> None:
        """Tell whoever watches a value of one of the metrics of Lambda."""
        for watch in self.on_measure:
            watch(mapping, metric, value)

    def note(
        self,
        mapping: EventSourceMapping,
        kind: str,
        message: str,
        *,
        request_id: str | None = None,
        instead_of: Incident | None = None,
    ) -> Incident:
        """Keep for why() what AWS would only count in a metric."""
        incident = Incident(
            at=self.clock.now(),
            kind=kind,
            source=mapping.service,
            account=mapping.account,
            region=mapping.region,
            resource=mapping.settings.function_arn,
            message=message,
            request_id=request_id,
        )
        self.journal.incident(incident, instead_of=instead_of)
        return incident
