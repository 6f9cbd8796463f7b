"""Lambda's queue of asynchronous invocations: attempts, retries, what comes after.

Follows "How Lambda handles errors and retries with asynchronous invocation" in the
Lambda developer guide. Waits are lab time. Events of one function aren't ordered, as
on AWS.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from grader.cloud import destinations, functions, lineage
from grader.cloud.access.audit_trail import current
from grader.cloud.access.denials import sentence
from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.aws_errors import AWSError
from grader.cloud.clock import Clock, Due
from grader.cloud.destinations import Outcome
from grader.cloud.functions import EventInvokeConfig
from grader.cloud.in_flight import InFlight
from grader.cloud.invocation import Invoker
from grader.cloud.journal import Delivery, Incident, Journal
from grader.cloud.queued_event import QueuedEvent, check_event

_log = logging.getLogger(__name__)

WORKERS = min(32, 4 * (os.cpu_count() or 1))
"""Events that run at once; more wait their turn.

Thirty cold starts on two cores take longer than eight environments, reused.
"""

_RETRY_WAITS = (60, 120)
# Events that come within so many seconds are due at once, where their order matters.
_SAME_MOMENT = 0.25
_LONGEST_BACKOFF = 300


class AsynchronousInvoker:
    """One queue for ``InvocationType=Event`` and for every service that pushes events.

    An event counts as in flight while it is attempted or due now, and not while it
    waits for a later moment.
    """

    def __init__(
        self,
        invoker: Invoker,
        clock: Clock,
        in_flight: InFlight,
        roles: ExecutionRoles,
        *,
        journal: Journal | None = None,
        workers: int = WORKERS,
    ) -> None:
        self._invoker = invoker
        self._clock = clock
        self._in_flight = in_flight
        self._roles = roles
        self.journal = journal or Journal()
        self._workers = ThreadPoolExecutor(workers, "asynchronous-invocation")
        # Faults on demand, by account: an order to start in, and whether to repeat.
        self.shuffles: Callable[[str], random.Random | None] = lambda account: None
        self.doubles: Callable[[str], bool] = lambda account: False
        self._gathered: dict[str, list[QueuedEvent]] = {}
        self.on_measure: list[Callable[[QueuedEvent, str, float], None]] = []
        self._waiting: dict[QueuedEvent, Due] = {}
        self._lock = threading.Lock()
        self._closed = False

    def submit(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        request_id: str | None = None,
        trace_header: str | None = None,
        source: str = "lambda",
    ) -> str:
        """Accept an event for a function and return its request id at once.

        Every attempt has that request id. ``trace_header`` is the caller's
        ``X-Amzn-Trace-Id``; ``source`` names the sending service in the journal.

        Raises:
            AWSError: ResourceNotFoundException for a function, version or alias that
                doesn't exist, RequestEntityTooLargeException over 1 MB,
                InvalidRequestContentException for what isn't JSON.
        """
        delivery = self._accept(
            account,
            region,
            function,
            payload,
            qualifier=qualifier,
            request_id=request_id,
            trace_header=trace_header,
            source=source,
        )
        if self.doubles(delivery.account):
            self.redeliver(delivery)
        return delivery.request_id

    def _accept(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None,
        request_id: str | None,
        trace_header: str | None,
        source: str,
    ) -> Delivery:
        check_event(payload)
        if trace_header is None and (cause := current.get()) is not None:
            trace_header = cause.begin_chain()
        found = functions.find(account, region, function, qualifier)
        version = found.version
        header, turns = lineage.advance(trace_header, version.arn)
        now = self._clock.now()
        event = QueuedEvent(
            account=version.account,
            region=version.region,
            name=version.name,
            qualifier=found.qualifier or None,
            payload=payload,
            request_id=request_id or str(uuid.uuid4()),
            trace_header=header,
            source=source,
            recursive=turns > lineage.LIMIT,
            accepted=now,
            due=now,
        )
        delivery = self.journal.delivered(
            at=now,
            source=source,
            account=event.account,
            region=event.region,
            function=event.name,
            qualifier=event.qualifier,
            payload=payload,
            request_id=event.request_id,
            trace_header=trace_header,
            trace=lineage.root_of(header),
        )
        self._measure(event, "AsyncEventsReceived", 1)
        self._start(event)
        return delivery

    def redeliver(self, delivery: Delivery) -> str:
        """Deliver an event once more, as at-least-once delivery may.

        Lambda's own queue repeats an event with its request id; a service that sends
        its event twice gets a second one.
        """
        again = delivery.request_id if delivery.source == "lambda" else None
        return self._accept(
            delivery.account,
            delivery.region,
            delivery.function,
            delivery.payload,
            qualifier=delivery.qualifier,
            request_id=again,
            trace_header=delivery.trace_header,
            source=delivery.source,
        ).request_id

    def stop(self) -> None:
        """Begin no attempt any more, and forget the events that wait."""
        with self._lock:
            self._closed = True
            for due in self._waiting.values():
                due.cancel()
            self._waiting.clear()
            for events in self._gathered.values():
                for _ in events:
                    self._in_flight.end()
            self._gathered.clear()

    def close(self) -> None:
        """Stop, and wait for the workers to end.

        What a worker runs ends with its execution environment, so close those between
        ``stop`` and this.
        """
        self.stop()
        self._workers.shutdown()

    def _start(self, event: QueuedEvent) -> None:
        """Hand an event that is due to a worker."""
        self._in_flight.begin()
        with self._lock:
            self._waiting.pop(event, None)
            if not self._closed:
                if self.shuffles(event.account) is None:
                    self._workers.submit(self._run, event)
                else:
                    self._gather(event)
                return
        self._in_flight.end()

    def _gather(self, event: QueuedEvent) -> None:
        """Keep an event until all that are due with it are known."""
        gathered = self._gathered.setdefault(event.account, [])
        gathered.append(event)
        if len(gathered) == 1:
            self._clock.call_at(
                self._clock.now() + _SAME_MOMENT, lambda: self._release(event.account)
            )

    def _release(self, account: str) -> None:
        """Run what was gathered in another order, one event after the other."""
        with self._lock:
            events = self._gathered.pop(account, [])
            if not events:
                return
            came = list(events)
            order = self.shuffles(account)
            if order is not None:
                order.shuffle(events)
                if events == came:
                    events.append(events.pop(0))
            self._workers.submit(self._run_in_turn, events)

    def _run_in_turn(self, events: list[QueuedEvent]) -> None:
        for event in events:
            self._run(event)

    def _wait(self, event: QueuedEvent, seconds: float, *, deadline: float) -> None:
        """Put an event back until a later moment, or until it is too old."""
        # Counted from when the attempt was due, in whole seconds, so that how long
        # this machine took over it doesn't move the retries of a quick function.
        base = event.due + int(self._clock.now() - event.due)
        event.due = min(base + seconds, deadline)
        with self._lock:
            if not self._closed:
                self._waiting[event] = self._clock.call_at(
                    event.due, lambda: self._start(event)
                )

    def _run(self, event: QueuedEvent) -> None:
        try:
            if not self._closed:
                self._attempt(event)
        except AWSError as error:
            # The function, or the version of it, was deleted meanwhile.
            self._note(event, "dropped", f"The event was dropped: {error}")
        except Exception:  # noqa: BLE001 - a worker outlives any event
            _log.exception("the event %s of %s was lost", event.request_id, event.arn)
        finally:
            self._in_flight.end()

    def _attempt(self, event: QueuedEvent) -> None:
        functions.find(event.account, event.region, event.name, event.qualifier)
        config = functions.event_invoke_config(
            event.account, event.region, event.name, event.qualifier
        )
        deadline = event.accepted + config.maximum_event_age
        if event.recursive and functions.stops_loops(
            event.account, event.region, event.name
        ):
            self._note(
                event,
                "recursion",
                f"Lambda stopped a recursive loop: one chain of events reached"
                f" {event.name} more than {lineage.LIMIT} times.",
            )
            self._measure(event, "RecursiveInvocationsDropped", 1)
            self._finish(event, config, destinations.RETRIES_EXHAUSTED)
        elif self._clock.now() >= deadline:
            self._finish(event, config, destinations.EVENT_AGE_EXCEEDED)
        elif _is_switched_off(event):
            event.refusal = (429, "Rate Exceeded.")
            self._finish(event, config, destinations.RETRIES_EXHAUSTED)
        else:
            self._invoke(event, config, deadline)

    def _invoke(
        self, event: QueuedEvent, config: EventInvokeConfig, deadline: float
    ) -> None:
        event.invocations += 1
        age = self._clock.now() - event.accepted
        self._measure(event, "AsyncEventAge", age * 1000)
        try:
            answer = self._invoker.invoke(
                event.account,
                event.region,
                event.name,
                event.payload,
                qualifier=event.qualifier,
                request_id=event.request_id,
                trace_header=event.trace_header,
            )
        except AWSError as error:
            if error.status != 429 and error.status < 500:
                raise
            message = error.message or error.fields.get("message") or error.code
            self._turn_back(event, error.status, str(message), deadline)
            return
        except Exception as error:  # noqa: BLE001 - a system error, whatever it is
            # A fault of the cloud itself is what AWS calls a system error.
            if not self._closed:
                _log.exception("an attempt at %s failed", event.arn)
            self._turn_back(event, 500, str(error), deadline)
            return
        event.answer, event.refusal = answer, None
        if answer.function_error is None:
            self._finish(event, config, destinations.SUCCESS)
        elif event.errors >= config.maximum_retry_attempts:
            self._finish(event, config, destinations.RETRIES_EXHAUSTED)
        else:
            wait = _RETRY_WAITS[event.errors]
            event.errors += 1
            self._wait(event, wait, deadline=deadline)

    def _turn_back(
        self, event: QueuedEvent, status: int, message: str, deadline: float
    ) -> None:
        """Put back an event that Lambda itself couldn't run, ever longer."""
        event.refusal = (status, message)
        wait = min(2**event.refusals, _LONGEST_BACKOFF)
        event.refusals += 1
        self._wait(event, wait, deadline=deadline)

    def _finish(
        self, event: QueuedEvent, config: EventInvokeConfig, condition: str
    ) -> None:
        outcome = event.outcome(condition)
        if outcome.succeeded:
            self._send_record(event, outcome, config.on_success)
            return
        self._measure(event, "AsyncEventsDropped", 1)
        self._note(
            event,
            "dropped",
            f"The event was dropped after {event.invocations} attempts: {condition}.",
        )
        dead_letters = functions.dead_letter_target(
            event.account, event.region, event.name
        )
        if dead_letters is not None:
            try:
                self._check_permission(event, dead_letters)
                destinations.send_dead_letter(outcome, dead_letters)
            except Exception as error:  # noqa: BLE001 - any service's own error
                self._measure(event, "DeadLetterErrors", 1)
                self._undelivered(event, dead_letters, error)
        self._send_record(event, outcome, config.on_failure)

    def _send_record(
        self, event: QueuedEvent, outcome: Outcome, destination: str | None
    ) -> None:
        if destination is None:
            return

        def invoke(arn: str, payload: bytes) -> str:
            region, account = arn.split(":")[3:5]
            return self.submit(
                account, region, arn, payload, trace_header=event.trace_header
            )

        try:
            self._check_permission(event, destination)
            destinations.send_record(
                outcome, destination, at=self._clock.now(), invoke=invoke
            )
        except Exception as error:  # noqa: BLE001 - any service's own error
            self._measure(event, "DestinationDeliveryFailures", 1)
            self._undelivered(event, destination, error)

    def _measure(self, event: QueuedEvent, metric: str, value: float) -> None:
        """Tell whoever watches a value of one of Lambda's metrics."""
        for watch in self.on_measure:
            watch(event, metric, value)

    def _check_permission(self, event: QueuedEvent, target: str) -> None:
        """Lambda sends in the role of the function.

        Raises: PermissionError, in AWS's words.
        """
        version = functions.find(
            event.account, event.region, event.name, event.qualifier
        ).version
        decision = self._roles.sending(version, target)
        if not decision.allowed:
            raise PermissionError(sentence(decision))

    def _undelivered(self, event: QueuedEvent, target: str, error: Exception) -> None:
        self._note(
            event,
            "destination",
            f"What became of the event couldn't be sent to {target}: {error}",
        )

    def _note(self, event: QueuedEvent, kind: str, message: str) -> None:
        self.journal.incident(
            Incident(
                at=self._clock.now(),
                kind=kind,
                source=event.source,
                account=event.account,
                region=event.region,
                resource=event.arn,
                message=message,
                request_id=event.request_id,
            )
        )


def _is_switched_off(event: QueuedEvent) -> bool:
    """Say whether reserved concurrency is 0: then Lambda doesn't even try."""
    reserved = functions.reserved_concurrency(event.account, event.region, event.name)
    return reserved == 0
