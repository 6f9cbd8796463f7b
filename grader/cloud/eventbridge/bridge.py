"""The event bus at work: events to rules, and from rules to targets.

moto delivers within PutEvents, also by disabled rules, and fails the sender where a
target fails. Here the sender has its answer before anything is delivered. Follows "How
EventBridge retries delivering events" in the EventBridge user guide. Events aren't
ordered, as on AWS.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from grader.cloud.access.audit_trail import Call, current
from grader.cloud.access.stored_names import backend as stored
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.clock import Clock, Due
from grader.cloud.eventbridge import errors
from grader.cloud.eventbridge.deliveries import Delivery, send_dead_letter
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.events import BusName, Event
from grader.cloud.eventbridge.offers import installed
from grader.cloud.eventbridge.patterns import compiled
from grader.cloud.eventbridge.rates import Postponed, Rates
from grader.cloud.eventbridge.rule_names import RuleName, name_of
from grader.cloud.in_flight import InFlight
from grader.cloud.journal import Incident

if TYPE_CHECKING:
    from grader.cloud.monitoring.event_metrics import EventMetrics

_log = logging.getLogger(__name__)

_WORKERS = 8
# What moto's services answer with, where an error isn't a fault of ours.
_ANSWERS = (HTTPException, ServiceException)
_DENIED = (errors.NO_PERMISSIONS, errors.FAILED_TO_ASSUME_ROLE)


class EventBridge:
    """Takes events for buses and delivers them, in threads of its own.

    An event counts as in flight while it is matched or attempted, and not while it
    waits for a later attempt.
    """

    def __init__(
        self,
        clock: Clock,
        in_flight: InFlight,
        asynchronous: AsynchronousInvoker,
        metrics: EventMetrics,
    ) -> None:
        self._clock = clock
        self._in_flight = in_flight
        self._asynchronous = asynchronous
        self.metrics = metrics
        self._rates = Rates(clock.now)
        self._workers = ThreadPoolExecutor(_WORKERS, "event-bus")
        self._waiting: dict[Delivery, Due] = {}
        self._lock = threading.Lock()
        self._closed = False

    def install(self) -> None:
        """Be the one that ``offer`` and moto's storage give their events to."""
        installed.append(self)

    def close(self) -> None:
        """Deliver nothing any more, and wait for the workers to end."""
        installed.remove(self)
        with self._lock:
            self._closed = True
            for due in self._waiting.values():
                due.cancel()
            self._waiting.clear()
        self._workers.shutdown()

    def publish(self, bus: BusName, event: Event) -> None:
        """Put an event on a bus; what becomes of it, the caller never hears."""
        self.run(lambda: self._match(bus, event))

    def run(self, work: Callable[[], None]) -> None:
        """Do something in a worker; ``settle()`` waits for its end."""
        self._in_flight.begin()
        with self._lock:
            if not self._closed:
                # What the call causes is told of it, also in another thread.
                self._workers.submit(self._work, work, current.get())
                return
        self._in_flight.end()

    def note(
        self, account: str, region: str, resource: str, message: str, *, kind: str
    ) -> None:
        """Keep for why() what the sender of an event never hears."""
        self._asynchronous.journal.incident(
            Incident(
                at=self._clock.now(),
                kind=kind,
                source="events",
                account=account,
                region=region,
                resource=resource,
                message=message,
            )
        )

    def _work(self, work: Callable[[], None], cause: Call | None) -> None:
        current.set(cause)
        try:
            if not self._closed:
                work()
        except Exception:  # noqa: BLE001 - a worker outlives any event
            _log.exception("an event was lost")
        finally:
            self._in_flight.end()

    def _match(self, bus: BusName, event: Event) -> None:
        found = stored("moto.events.models", "events", bus.account, bus.region)
        known = found.event_buses.get(bus.name) if found is not None else None
        if known is None:
            # AWS takes the event and drops it: who asks why has to be told here.
            self.note(
                bus.account,
                bus.region,
                bus.arn,
                f"An event of {event.body['source']} was dropped: there is no event"
                f" bus {bus.name}.",
                kind="undelivered",
            )
            return
        matched = False
        for rule in list(known.rules.values()):
            if _takes(rule, event):
                matched = True
                self._trigger(rule, event)
        if matched:
            self.metrics.of_region(bus.account, bus.region, "MatchedEvents", 1)

    def _trigger(self, rule: Any, event: Event) -> None:
        name = name_of(rule)
        for metric in ("MatchedEvents", "TriggeredRules"):
            self.metrics.of_rule(name, metric)
        if name.arn in event.forwarded_by:
            # It would run for ever: a rule whose target is its own bus.
            self.metrics.of_rule(name, "DeadLetterInvocations")
            self._tell(
                name,
                name.arn,
                "EventBridge stopped an infinite loop: the rule would run again for an"
                " event that it passed on itself.",
                kind="recursion",
            )
            return
        now = self._clock.now()
        created = len(rule.targets)
        self.metrics.of_region(name.account, name.region, "InvocationsCreated", created)
        for target in list(rule.targets):
            self._attempt(Delivery(name, target, event, accepted=now, due=now))

    def _start(self, delivery: Delivery, work: Callable[[], None]) -> None:
        """Hand what is due for a delivery to a worker."""
        with self._lock:
            self._waiting.pop(delivery, None)
        self.run(work)

    def _wait(self, delivery: Delivery, until: float, error: Undelivered) -> None:
        """Attempt a delivery later, or give it up when it is too old by then."""
        if until <= delivery.deadline:

            def work() -> None:
                self._attempt(delivery)
        else:

            def work() -> None:
                self._give_up(delivery, error, "MaximumEventAgeInSeconds")

        delivery.due = min(until, delivery.deadline)
        with self._lock:
            if not self._closed:
                self._waiting[delivery] = self._clock.call_at(
                    delivery.due, lambda: self._start(delivery, work)
                )

    def _attempt(self, delivery: Delivery) -> None:
        # They import moto's services, which nobody without a rule needs.
        from grader.cloud.eventbridge import inputs, senders

        services = senders.Services(
            self._asynchronous.submit, self.publish, self._rates
        )
        try:
            text = inputs.rendered(delivery.target, delivery.event, delivery.rule.arn)
            senders.send(delivery, text, services)
        except Postponed as postponed:
            self.metrics.of_rule(delivery.rule, "ThrottledRules")
            throttled = Undelivered(errors.THROTTLING, "Its rate let nothing through.")
            self._wait(delivery, postponed.until, throttled)
        except Undelivered as error:
            self._count_attempt(delivery)
            self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001 - any service's own error
            if not isinstance(error, _ANSWERS):
                _log.exception("an attempt at %s failed", delivery.target["Arn"])
            self._count_attempt(delivery)
            self._failed(delivery, Undelivered(errors.SDK_CLIENT_ERROR, str(error)))
        else:
            self._count_attempt(delivery)
            self.metrics.of_rule(delivery.rule, "SuccessfulInvocationAttempts")
            self.metrics.of_rule(delivery.rule, "Invocations")

    def _count_attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        self.metrics.of_rule(delivery.rule, "InvocationAttempts")
        if delivery.retries:
            self.metrics.of_rule(delivery.rule, "RetryInvocationAttempts")

    def _failed(self, delivery: Delivery, error: Undelivered) -> None:
        if not error.retriable:
            self._give_up(delivery, error)
            return
        # Counted from when the attempt was due, so that how long this machine took
        # over it doesn't move the retries.
        later = delivery.due + max(delivery.wait, error.after)
        if delivery.retries >= delivery.most_retries:
            self._give_up(delivery, error, "MaximumRetryAttempts")
        else:
            self._wait(delivery, later, error)

    def _give_up(
        self, delivery: Delivery, error: Undelivered, exhausted: str | None = None
    ) -> None:
        for metric in ("Invocations", "FailedInvocations"):
            self.metrics.of_rule(delivery.rule, metric)
        arn = delivery.target["Arn"]
        after = f" after {delivery.attempts} attempts ({exhausted})"
        self._tell(
            delivery.rule,
            arn,
            f"The rule {delivery.rule.name} couldn't reach its target"
            f"{after if exhausted else ''}: {error}",
            kind="permission" if error.code in _DENIED else "undelivered",
        )
        try:
            sent = send_dead_letter(delivery, error, exhausted)
        except Exception as failure:  # noqa: BLE001 - any service's own error
            self.metrics.of_rule(delivery.rule, "InvocationsFailedToBeSentToDlq")
            denied = isinstance(failure, Undelivered) and failure.code in _DENIED
            self._tell(
                delivery.rule,
                delivery.target["DeadLetterConfig"]["Arn"],
                f"The dead-letter queue of the rule {delivery.rule.name} didn't get"
                f" the event: {failure}",
                kind="permission" if denied else "undelivered",
            )
        else:
            if sent:
                self.metrics.of_rule(delivery.rule, "InvocationsSentToDlq")

    def _tell(self, rule: RuleName, resource: str, message: str, *, kind: str) -> None:
        self.note(rule.account, rule.region, resource, message, kind=kind)


def _takes(rule: Any, event: Event) -> bool:
    """Say whether an enabled rule's pattern fits; one with a schedule has none."""
    if rule.state == "DISABLED":
        return False
    if event.only_rules is not None and rule.arn not in event.only_rules:
        return False
    text = rule.event_pattern.dump()
    return bool(text) and compiled(text).matches(event.body)
