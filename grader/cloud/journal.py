"""What the cloud remembers of events: what was delivered, and what went wrong."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass

from grader.cloud.lineage import root_of


@dataclass(frozen=True)
class Delivery:
    """An event that a function's queue accepted.

    ``id`` counts deliveries of this cloud; ``at`` is lab time in epoch seconds.
    ``source`` is the service that sent it: ``lambda`` (an Invoke of type Event),
    ``s3``, ``sns``, ``logs`` …; ``trace`` is the id of the trace that it is part of.
    """

    id: int
    at: float
    source: str
    account: str
    region: str
    function: str
    qualifier: str | None
    payload: bytes
    request_id: str
    trace_header: str | None = None
    trace: str = ""


@dataclass(frozen=True)
class Incident:
    """Something that AWS would only show in a metric, told in a sentence.

    ``kind`` is one word for it, such as ``permission``, ``recursion``, ``dropped``,
    ``destination``; ``at`` is lab time in epoch seconds.
    """

    at: float
    kind: str
    source: str
    account: str
    region: str
    resource: str
    message: str
    request_id: str | None = None


class Journal:
    """The most recent deliveries and incidents, oldest first.

    Deliveries are forgotten beyond ``size`` of them or ``payload_bytes`` of payload,
    so that a long-lived cloud doesn't grow.
    """

    def __init__(self, size: int = 500, payload_bytes: int = 32 * 2**20) -> None:
        self._size = size
        self._payload_bytes = payload_bytes
        self._held = 0
        self._ids = itertools.count(1)
        self._deliveries: deque[Delivery] = deque()
        self._incidents: deque[Incident] = deque(maxlen=size)
        self._lock = threading.Lock()

    def delivered(
        self,
        *,
        at: float,
        source: str,
        account: str,
        region: str,
        function: str,
        qualifier: str | None,
        payload: bytes,
        request_id: str,
        trace_header: str | None = None,
        trace: str = "",
    ) -> Delivery:
        with self._lock:
            delivery = Delivery(
                next(self._ids),
                at,
                source,
                account,
                region,
                function,
                qualifier,
                payload,
                request_id,
                trace_header,
                trace or root_of(trace_header),
            )
            self._deliveries.append(delivery)
            self._held += len(payload)
            while len(self._deliveries) > 1 and (
                len(self._deliveries) > self._size or self._held > self._payload_bytes
            ):
                self._held -= len(self._deliveries.popleft().payload)
            return delivery

    def incident(
        self, incident: Incident, *, instead_of: Incident | None = None
    ) -> None:
        """Remember it; what it continues is forgotten, if it's still known."""
        with self._lock:
            if instead_of is not None and instead_of in self._incidents:
                self._incidents.remove(instead_of)
            self._incidents.append(incident)

    def deliveries(
        self,
        *,
        account: str | None = None,
        region: str | None = None,
        function: str | None = None,
        source: str | None = None,
    ) -> list[Delivery]:
        """The deliveries that match every argument given."""
        with self._lock:
            return [
                delivery
                for delivery in self._deliveries
                if account in (None, delivery.account)
                and region in (None, delivery.region)
                and function in (None, delivery.function)
                and source in (None, delivery.source)
            ]

    def incidents(self, *, account: str | None = None) -> list[Incident]:
        with self._lock:
            return [one for one in self._incidents if account in (None, one.account)]
