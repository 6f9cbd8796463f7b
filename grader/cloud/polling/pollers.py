"""One poller for each enabled event source mapping of a cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from grader.cloud import functions
from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.clock import Clock
from grader.cloud.functions import Change
from grader.cloud.in_flight import InFlight
from grader.cloud.invocation import Invoker
from grader.cloud.journal import Journal
from grader.cloud.polling.mapping import DELETING, EventSourceMapping
from grader.cloud.polling.platform import Platform

_WORKERS = 64
_TRANSITION = 0.05
"""Seconds that a mapping is Creating, Updating …; on AWS it can take a minute."""


class Poller(Protocol):
    """Polls the source of one mapping between ``start`` and ``stop``.

    It sleeps until something comes or is due: nothing runs on a timer of its own.
    """

    def start(self) -> None:
        """Begin to poll."""

    def stop(self) -> None:
        """Begin no batch any more; what runs ends by itself. Returns at once."""

    def wake(self) -> None:
        """Look again: the settings or the function have changed."""


Maker = Callable[[EventSourceMapping, Platform], Poller]


class Pollers:
    """Starts and stops the pollers of every account from ``install`` to ``close``.

    ``makers`` makes a poller by the service of a mapping's source.
    """

    def __init__(
        self,
        invoker: Invoker,
        clock: Clock,
        in_flight: InFlight,
        journal: Journal,
        roles: ExecutionRoles,
        *,
        makers: Mapping[str, Maker],
    ) -> None:
        self._workers = ThreadPoolExecutor(_WORKERS, "poller")
        self._platform = Platform(
            invoker, clock, in_flight, journal, roles, self._workers
        )
        self.on_measure = self._platform.on_measure
        self._makers = makers
        self._lock = threading.Lock()
        self._pollers: dict[EventSourceMapping, Poller] = {}
        self._forget: list[Callable[[], None]] = []
        self._stopped = False

    def install(self) -> None:
        """Follow the mappings from now on."""
        self._forget = [
            functions.on_mapping(self._mapping_changed),
            functions.on_change(self._function_changed),
        ]

    def stop(self) -> None:
        """Begin no batch any more."""
        for forget in self._forget:
            forget()
        with self._lock:
            self._stopped = True
            pollers = list(self._pollers.values())
            self._pollers.clear()
        for poller in pollers:
            poller.stop()

    def close(self) -> None:
        """Stop, and wait for the workers to end.

        What they run ends with its execution environment, so close those between
        ``stop`` and this.
        """
        self.stop()
        self._workers.shutdown()

    def _mapping_changed(self, mapping: EventSourceMapping) -> None:
        """Follow a change: stop at once, start when the transition is over."""
        if not mapping.enabled or mapping.state == DELETING:
            with self._lock:
                poller = self._pollers.pop(mapping, None)
            if poller is not None:
                poller.stop()
        platform = self._platform
        platform.in_flight.begin()
        platform.clock.call_at(
            platform.clock.now() + _TRANSITION, lambda: self._finish(mapping)
        )

    def _finish(self, mapping: EventSourceMapping) -> None:
        try:
            functions.finish_transition(mapping)
            self._poll(mapping)
        finally:
            self._platform.in_flight.end()

    def _poll(self, mapping: EventSourceMapping) -> None:
        """Start an enabled mapping's poller, or have it look at its new settings."""
        with self._lock:
            # Of a mapping that was deleted meanwhile the poller is gone already.
            if self._stopped or not mapping.enabled or mapping.state == DELETING:
                return
            poller = self._pollers.get(mapping)
            if poller is not None:
                poller.wake()
                return
            poller = self._makers[mapping.service](mapping, self._platform)
            self._pollers[mapping] = poller
            poller.start()

    def _function_changed(self, change: Change) -> None:
        """Look again for a function that was made anew, or has other settings."""
        with self._lock:
            found = [
                poller
                for mapping, poller in self._pollers.items()
                if (mapping.account, mapping.region, mapping.function_name)
                == (change.account, change.region, change.name)
            ]
        for poller in found:
            poller.wake()
