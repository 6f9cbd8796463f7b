"""What belongs together: the calls, deliveries and invocations of a chain of events.

They share the trace id that AWS's SDKs forward from a function, or a request's id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.audit_trail import AuditTrail, Call, rows
from grader.cloud.execution import Ended
from grader.cloud.functions import FunctionVersion
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.journal import Delivery, Journal
from grader.cloud.lineage import root_of
from grader.cloud.platform_logs import Report

_KEPT = 2000
_Ran = tuple[FunctionVersion, Report, str | None, float, str]
"""What is kept of an invocation: its report, its error, when it began, its trace."""
_RUNNING = ("delivery", "invocation")


@dataclass(frozen=True)
class _Part:
    """One call, delivery or invocation; ``ids`` are its trace's and its request's."""

    at: float
    ids: frozenset[str]
    told: dict[str, Any]


class Chains:
    """The chains of events of one cloud, as far back as its trail and journal go."""

    def __init__(self, trail: AuditTrail, journal: Journal) -> None:
        self._trail = trail
        self._journal = journal
        self._ran: deque[_Ran] = deque(maxlen=_KEPT)
        self._passed: deque[tuple[str, _Part]] = deque(maxlen=_KEPT)

    def ended(self, ended: Ended) -> None:
        """Keep an invocation that ended."""
        # Not the answer, which may be large; and nothing that takes its time.
        self._ran.append(
            (
                ended.function,
                ended.report,
                ended.function_error,
                ended.began,
                ended.trace,
            )
        )

    def passed(self, account: str, incoming: Incoming, status: int) -> None:
        """Keep a request that came to an API or a function URL."""
        # Not the request itself, which may be large.
        self._passed.append((account, _came(incoming, status)))

    def latest(self, account: str, of: str | None = None) -> list[dict[str, Any]]:
        """The parts of the last chain that ran a function, or of one by an id of it.

        Each part tells its ``kind`` (``call``, ``request``, ``delivery``,
        ``invocation``) and its ``at``, lab time in epoch seconds; they are in the order
        in which they began.
        """
        parts = [
            *map(_delivered, self._journal.deliveries(account=account)),
            *(_ran(one) for one in list(self._ran) if one[0].account == account),
            *map(_called, self._trail.calls(account)),
            *(part for owner, part in list(self._passed) if owner == account),
        ]
        chains = _joined(part for part in parts if part.ids)
        running = [
            chain
            for chain in chains
            if (of is None or any(of in part.ids for part in chain))
            and any(part.told["kind"] in _RUNNING for part in chain)
        ]
        if not running:
            return []
        chosen = max(running, key=lambda chain: chain[0].at)
        return [part.told for part in chosen]


def _joined(parts: Iterable[_Part]) -> list[list[_Part]]:
    """Put parts together that have an id in common; each chain in its order."""
    chain_of: dict[str, list[_Part]] = {}
    for part in parts:
        known = {id(chain): chain for one in part.ids if (chain := chain_of.get(one))}
        # The longest one takes in the others.
        largest, *others = sorted([*known.values(), []], key=len, reverse=True)
        for chain in (*others, [part]):
            largest += chain
            for one in chain:
                chain_of.update(dict.fromkeys(one.ids, largest))
    found = {id(chain): chain for chain in chain_of.values()}
    return [sorted(chain, key=lambda part: part.at) for chain in found.values()]


def _called(call: Call) -> _Part:
    # An id of its request joins a call of Invoke to what it ran.
    ids = {call.trace, call.request_id} - {""}
    first = next(iter(rows(call)))
    answered = call.answered_at if call.answered_at is not None else call.at
    return _Part(
        call.at,
        frozenset(ids),
        {
            "kind": "call",
            "at": call.at,
            "seconds": max(0.0, answered - call.at),
            "action": first.action,
            "resource": first.resource,
            "principal": first.principal,
            "error": first.error,
            "request_id": call.request_id,
        },
    )


def _came(incoming: Incoming, status: int) -> _Part:
    return _Part(
        incoming.arrived,
        frozenset({root_of(incoming.trace_id), incoming.request_id}),
        {
            "kind": "request",
            "at": incoming.arrived,
            "seconds": incoming.passage.latency / 1000,
            "asked": f"{incoming.method} {incoming.path}",
            "status": status,
            "request_id": incoming.request_id,
        },
    )


def _delivered(delivery: Delivery) -> _Part:
    return _Part(
        delivery.at,
        frozenset({delivery.trace, delivery.request_id} - {""}),
        {
            "kind": "delivery",
            "at": delivery.at,
            "source": delivery.source,
            "function": delivery.function,
            "request_id": delivery.request_id,
        },
    )


def _ran(ran: _Ran) -> _Part:
    function, report, function_error, began, trace = ran
    return _Part(
        began,
        frozenset({trace, report.request_id} - {""}),
        {
            "kind": "invocation",
            "at": began,
            "function": function.name,
            "request_id": report.request_id,
            "init": (report.init_duration or 0.0) / 1000,
            "seconds": report.duration / 1000,
            "status": report.status if not function_error else "error",
            "error": report.error_type or function_error or "",
        },
    )
