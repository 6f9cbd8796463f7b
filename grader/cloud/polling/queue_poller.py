"""Polls one queue for one function.

Follows "Using Lambda with Amazon SQS" in the Lambda developer guide. AWS begins with
five batches at once and adds more as long as a queue grows; here it stays at five.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from moto.sqs.models import Message, Queue

from grader.cloud.aws_errors import AWSError
from grader.cloud.clock import Due
from grader.cloud.polling import queue_events
from grader.cloud.polling.batch_invocation import (
    Outcome,
    Reports,
    Result,
    invoke,
    longest_chain,
    loops,
    note_delivery,
    refusal,
)
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.polling.platform import Platform
from grader.cloud.polling.queue_batches import QueueBatches
from grader.cloud.queues import consumers

_AT_ONCE = 5
_SHORTLY = 0.001
"""Seconds after a visibility timeout at which a message surely is visible."""
_FIRST_LOOK, _LAST_LOOK = 60.0, 3600.0
"""Seconds between looks at a queue that the execution role doesn't let Lambda read."""


class QueuePoller:
    """Takes batches out of a queue as long as there are any, some of them at once."""

    def __init__(self, mapping: EventSourceMapping, platform: Platform) -> None:
        self._mapping = mapping
        self._platform = platform
        self._lock = threading.Lock()
        self._stopped = False
        self._busy = 0
        self._again = False
        self._due: Due | None = None
        self._forget: Callable[[], None] | None = None
        self._batches = QueueBatches(mapping)
        self._reports = Reports(platform, mapping)
        self._noted: dict[str, str] = {}
        self._refused_look = _FIRST_LOOK

    def start(self) -> None:
        """Begin to poll: also what was sent before."""
        self._forget = consumers.watch(self._mapping.source_arn, self.wake)
        self.wake()

    def stop(self) -> None:
        """Begin no batch any more; messages that wait for one come back."""
        if self._forget is not None:
            self._forget()
        with self._lock:
            self._stopped = True
            if self._due is not None:
                self._due.cancel()

    def wake(self) -> None:
        """Look for messages, in another thread."""
        with self._lock:
            self._again = True
            if self._stopped or self._busy >= self._limit():
                return
            self._busy += 1
        self._platform.submit(self._work)

    def _limit(self) -> int:
        return min(_AT_ONCE, self._mapping.settings.maximum_concurrency or _AT_ONCE)

    def _work(self) -> None:
        """Process batches until nothing is left to receive."""
        waits = False
        looked = self._platform.clock.now()
        try:
            while not waits and self._goes_on():
                looked = self._platform.clock.now()
                queue = consumers.find(self._mapping.source_arn)
                batch = self._receive(queue) if queue is not None else []
                if queue is not None and batch:
                    waits = self._process(queue, batch, refusals=0)
        finally:
            if not waits:
                self._rest(looked)

    def _goes_on(self) -> bool:
        """Whether something may have come since this was asked before."""
        with self._lock:
            goes_on = self._again and not self._stopped
            self._again = False
            return goes_on

    def _rest(self, looked: float) -> None:
        """Give the place back, and look again when there may be something."""
        with self._lock:
            self._busy -= 1
            again = self._again and not self._stopped
        if again:
            self.wake()
        else:
            self._plan(looked)

    def _plan(self, looked: float) -> None:
        """Sleep until something is due since a last look."""
        queue = consumers.find(self._mapping.source_arn)
        due = consumers.next_visible(queue, looked) if queue is not None else None
        moments = [] if due is None else [due + _SHORTLY]
        if (window_ends := self._batches.due) is not None:
            moments.append(window_ends)
        if moments:
            self._sleep(min(moments))

    def _sleep(self, until: float) -> None:
        """Look again at a moment of lab time, or before if that is planned."""
        with self._lock:
            due = self._due
            if due is not None and not due.cancelled and due.when <= until:
                return
            if due is not None:
                due.cancel()
            if not self._stopped:
                self._due = self._platform.clock.call_at(until, self._awake)

    def _awake(self) -> None:
        with self._lock:
            self._due = None
        self.wake()

    def _receive(self, queue: Queue) -> list[Message]:
        """Take the next batch; nothing where it isn't complete yet."""
        if not self._may_receive():
            return []
        looked = self._platform.clock.now()
        batch, more = self._batches.take(queue, looked)
        if more:
            # For another worker, or for this one's next turn.
            self.wake()
        elif batch:
            # What comes while the function runs doesn't wait for it.
            self._plan(looked)
        return batch

    def _may_receive(self) -> bool:
        """Whether the execution role lets Lambda poll; if not, it tries again."""
        refused = self._refused("sqs:ReceiveMessage")
        if refused is None:
            self._refused_look = _FIRST_LOOK
            return True
        now = self._platform.clock.now()
        self._sleep(now + self._refused_look)
        self._refused_look = min(2 * self._refused_look, _LAST_LOOK)
        return False

    def _refused(self, action: str) -> str | None:
        """Say why Lambda may not do something with the queue, and note it once."""
        mapping = self._mapping
        try:
            refused = refusal(self._platform, mapping, action, mapping.source_arn)
            kind = "permission"
        except AWSError as error:
            # It is looked for again when a function of that name is made.
            refused = f"Lambda can't poll {mapping.source_arn}: {error}"
            kind = "function"
        if refused is None:
            self._noted.pop(action, None)
        elif refused != self._noted.get(action):
            self._noted[action] = refused
            self._platform.note(mapping, kind, refused)
        return refused

    def _process(self, queue: Queue, batch: list[Message], *, refusals: int) -> bool:
        """Invoke the function with a batch; True where that has to be tried again."""
        batch = self._without_loops(queue, batch)
        if not batch:
            return False
        records = [queue_events.record(one, queue.queue_arn) for one in batch]
        event = queue_events.event(records)
        headers = filter(None, map(queue_events.chain, batch))
        chain = longest_chain(self._mapping, headers)
        began = self._platform.clock.now()
        result = invoke(self._platform, self._mapping, event, trace_header=chain)
        if result.outcome is Outcome.THROTTLED:
            return self._put_off(queue, batch, refusals)
        note_delivery(
            self._platform,
            self._mapping,
            event,
            result.request_id,
            trace_header=chain,
            at=began,
        )
        done = self._done(batch, result)
        if done and self._refused("sqs:DeleteMessage") is None:
            consumers.delete(queue, done)
        return False

    def _done(self, batch: Sequence[Message], result: Result) -> list[Message]:
        """Return the messages that the function has dealt with.

        The others come back when their visibility timeout ends.
        """
        if result.outcome is not Outcome.SUCCEEDED:
            return []
        if not self._mapping.settings.reports_failures:
            return list(batch)
        failed = self._reports.failed(result, {message.id for message in batch})
        if failed is None:
            return []
        return [message for message in batch if message.id not in failed]

    def _put_off(self, queue: Queue, batch: list[Message], refusals: int) -> bool:
        """Try a throttled batch again, ever later, as long as it is hidden."""
        clock = self._platform.clock
        looked = clock.now()
        when = clock.now() + 2**refusals
        if when >= min(message.visible_at for message in batch) / 1000:
            return False

        def again() -> None:
            waits = False
            try:
                if not self._stopped:
                    waits = self._process(queue, batch, refusals=refusals + 1)
            finally:
                if not waits:
                    self._rest(looked)

        clock.call_at(when, lambda: self._platform.submit(again))
        return True

    def _without_loops(self, queue: Queue, batch: Sequence[Message]) -> list[Message]:
        """Give up what a function has sent itself too often; return the rest."""
        kept = []
        for message in batch:
            header = queue_events.trace_header(message)
            if header and loops(self._platform, self._mapping, header):
                consumers.give_up(queue, message)
            else:
                kept.append(message)
        return kept
