"""A lane of a shard: records that are sent to a function one batch after the other.

A shard has one lane, or as many as its mapping's ParallelizationFactor: then each key
has its lane. A batch that fails keeps its lane until it succeeds or is given up.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from grader.cloud import functions, lineage
from grader.cloud.aws_errors import AWSError
from grader.cloud.clock import Due
from grader.cloud.journal import Incident
from grader.cloud.polling import batch_invocation
from grader.cloud.polling.batch_invocation import (
    Outcome,
    Reports,
    Result,
    longest_chain,
)
from grader.cloud.polling.discarded_batches import (
    AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    Discards,
    counted,
)
from grader.cloud.polling.lane_records import LaneRecords
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.polling.platform import Platform
from grader.cloud.polling.shards import StreamSource
from grader.cloud.polling.stream_batches import (
    Batch,
    Verdict,
    after_failure,
    backoff,
    too_old,
)

# Seconds until Lambda tries again to read what the role mayn't read.
_DENIED_WAIT = 60.0


class Lane:
    """Sends its records; ``ended`` is told whenever it comes to rest.

    Only one worker is in it at a time, from the moment that ``_busy`` is set.
    """

    def __init__(
        self,
        mapping: EventSourceMapping,
        platform: Platform,
        source: StreamSource,
        records: LaneRecords,
        *,
        ended: Callable[[], None],
    ) -> None:
        self._mapping = mapping
        self._platform = platform
        self._source = source
        self._records = records
        self._shard_id = records.shard.id
        self._discards = Discards(
            mapping, platform, source.batch_info, records.shard.id
        )
        self._reports = Reports(platform, mapping)
        self._ended = ended
        self._lock = threading.Lock()
        self._busy = self._woken = self._stopped = False
        self._pending: deque[Batch] = deque()
        self._last: Result | None = None
        self._blocked: Incident | None = None
        self._not_before = 0.0
        self._window_ends: float | None = None
        self._due: Due | None = None
        self._denied: str | None = None

    @property
    def busy(self) -> bool:
        return self._busy

    def wake(self, *, at_once: bool = False) -> None:
        """Look whether there is something to send; ``at_once`` ends a wait."""
        with self._lock:
            if at_once:
                self._not_before = 0.0
            self._woken = True
            waits = self._platform.clock.now() < self._not_before
            if self._busy or self._stopped or waits:
                return
            self._busy = True
        self._platform.submit(self._run)

    def stop(self) -> None:
        """Begin no batch any more."""
        with self._lock:
            self._stopped = True
            if self._due is not None:
                self._due.cancel()

    def _run(self) -> None:
        try:
            while self._again():
                pass
        except BaseException:
            # Whatever went wrong, the next record wakes it again.
            with self._lock:
                self._busy = False
            raise
        finally:
            self._ended()

    def _again(self) -> bool:
        """Do one thing; False where nothing is to be done now."""
        with self._lock:
            self._woken = False
            stopped = self._stopped
        worked = not stopped and self._step()
        with self._lock:
            waits = self._platform.clock.now() < self._not_before
            if worked or (self._woken and not waits and not self._stopped):
                return True
            self._busy = False
            return False

    def _step(self) -> bool:
        now = self._platform.clock.now()
        if now < self._not_before:
            self._plan(self._not_before)
            return False
        batch = self._pending.popleft() if self._pending else self._gathered(now)
        if batch is None:
            return False
        if self._may_not_read():
            self._pending.appendleft(batch)
            self._pause(_DENIED_WAIT)
            return False
        batch = self._without_loops(self._still_there(batch))
        expired = too_old(batch, self._mapping.settings, now)
        if expired:
            self._keep(batch, expired)
            gone = Batch(batch.records[:expired], invocations=batch.invocations)
            self._give_up(gone, AGE_EXCEEDED)
        elif batch.records:
            self._attempt(batch)
        return True

    def _keep(self, batch: Batch, finished: int) -> None:
        """Go on with what comes after the first records of a batch."""
        left = batch.records[finished:]
        if left:
            self._pending.appendleft(
                Batch(left, batch.errors, batch.refusals, batch.invocations)
            )

    def _gathered(self, now: float) -> Batch | None:
        """Take the next records, unless a window to wait for more is open."""
        if self._records.expired_unread():
            self._note_expired("Records")
        found, full = self._records.next(self._mapping.settings)
        window = self._mapping.settings.batching_window
        if not found:
            self._window_ends = None
            return None
        if window and not full:
            if self._window_ends is None:
                self._window_ends = now + window
            if now < self._window_ends:
                self._plan(self._window_ends)
                return None
        self._window_ends = None
        return Batch(found)

    def _may_not_read(self) -> bool:
        """Ask whether the execution role may read the stream; noted once if not."""
        mapping = self._mapping
        try:
            told = batch_invocation.refusal(
                self._platform, mapping, self._source.actions[0], mapping.source_arn
            )
            kind = "permission"
        except AWSError as error:
            # It is looked for again when a function of that name is made.
            told = f"Lambda can't poll {mapping.source_arn}: {error}"
            kind = "function"
        if told is not None and told != self._denied:
            self._platform.note(mapping, kind, told)
            mapping.last_processing_result = f"PROBLEM: {told}"
        self._denied = told
        return told is not None

    def _still_there(self, batch: Batch) -> Batch:
        """Drop what the stream itself has forgotten while it was tried in vain."""
        gone = self._records.trimmed(batch.records)
        if not gone:
            return batch
        self._note_expired(counted(gone))
        return Batch(
            batch.records[gone:], batch.errors, batch.refusals, batch.invocations
        )

    def _without_loops(self, batch: Batch) -> Batch:
        """Drop what the function has caused itself too often.

        Lambda doesn't notice loops over streams: they go on, and cost, for ever.
        """
        mapping = self._mapping
        kept = [
            one
            for one in batch.records
            if not one.trace_header
            or batch_invocation.turns(mapping, one.trace_header) <= lineage.LIMIT
        ]
        place = (mapping.account, mapping.region, mapping.function_name)
        if len(kept) == len(batch.records) or not functions.stops_loops(*place):
            return batch
        self._platform.note(
            mapping,
            "recursion",
            f"{mapping.function_name} writes into the stream that invokes it: the local"
            f" cloud stopped that after {lineage.LIMIT} turns. AWS doesn't notice loops"
            " over streams; there it would go on, and cost, for ever.",
        )
        self._records.finish(one for one in batch.records if one not in kept)
        return Batch(kept, batch.errors, batch.refusals, batch.invocations)

    def _note_expired(self, records: str) -> None:
        self._platform.note(
            self._mapping,
            "dropped",
            f"{records} of {self._shard_id} expired in the stream before the function"
            " could process them.",
        )

    def _attempt(self, batch: Batch) -> None:
        now = self._platform.clock.now()
        age = max(0.0, now - batch.records[-1].at) * 1000
        self._platform.measure(self._mapping, "IteratorAge", age)
        # Until it is known what becomes of them nobody else may take the records.
        self._records.position.begin()
        try:
            self._send(batch)
        finally:
            self._records.position.end()

    def _send(self, batch: Batch) -> None:
        settings = self._mapping.settings
        began = self._platform.clock.now()
        chain = longest_chain(self._mapping, batch.trace_headers)
        result = batch_invocation.invoke(
            self._platform, self._mapping, batch.event, trace_header=chain
        )
        if result.outcome in (Outcome.THROTTLED, Outcome.REFUSED):
            batch.refusals += 1
            self._pending.appendleft(batch)
            self._pause(backoff(batch.refusals), batch)
            return
        self._last = result
        if not batch.invocations:
            self._note_delivery(batch, result, chain, began)
        batch.invocations += 1
        batch.refusals = 0
        failed: frozenset[int] | None = None
        if result.outcome is Outcome.SUCCEEDED:
            failed = frozenset()
            if settings.reports_failures:
                sent = {str(one.number) for one in batch.records}
                told = self._reports.failed(result, sent)
                failed = None if told is None else frozenset(map(int, told))
        if failed == frozenset():
            self._records.finish(batch.records)
        elif not self._stopped:
            self._follow(batch, after_failure(batch, failed, settings))

    def _note_delivery(
        self, batch: Batch, result: Result, chain: str | None, at: float
    ) -> None:
        """Remember what was delivered, the first time."""
        batch_invocation.note_delivery(
            self._platform,
            self._mapping,
            batch.event,
            result.request_id,
            trace_header=chain,
            at=at,
        )

    def _follow(self, batch: Batch, verdict: Verdict) -> None:
        """Do what comes after a failed attempt."""
        if verdict.finished:
            self._records.finish(batch.records[: verdict.finished])
        self._pending.extendleft(reversed(verdict.parts))
        if not verdict.parts:
            left = batch.records[verdict.finished :]
            gone = Batch(left, invocations=batch.invocations)
            self._give_up(gone, RETRIES_EXHAUSTED)
        elif verdict.wait:
            first = verdict.parts[0]
            if first.errors > 1:
                self._note_block(first)
            self._pause(verdict.wait, first)

    def _note_block(self, batch: Batch) -> None:
        """With each attempt, or the error of the latest would be all that is told."""
        times = "twice" if batch.errors == 2 else f"{batch.errors} times"
        self._blocked = self._platform.note(
            self._mapping,
            "blocked",
            f"The function failed {times} at {counted(len(batch.records))} of"
            f" {self._shard_id}, from {batch.records[0].number} on: what comes"
            " after them waits until it succeeds or they are given up.",
            request_id=self._last.request_id if self._last else None,
            instead_of=self._blocked if batch.errors > 2 else None,
        )

    def _give_up(self, batch: Batch, condition: str) -> None:
        """Discard a batch, and go on with what comes after it."""
        self._records.finish(batch.records)
        last = self._last if batch.invocations else None
        self._discards.discard(batch, condition, last)

    def _pause(self, seconds: float, batch: Batch | None = None) -> None:
        """Do nothing for a while, but until a batch becomes too old at most."""
        now = self._platform.clock.now()
        until = [now + seconds]
        if batch is not None:
            oldest = batch.records[0].at
            age = self._mapping.settings.maximum_record_age
            until += [oldest + self._records.shard.retention, oldest + age]
        self._not_before = min(moment for moment in until if moment > now)
        self._plan(self._not_before)

    def _plan(self, when: float) -> None:
        """Be woken at a moment of lab time."""
        with self._lock:
            if self._stopped:
                return
            if self._due is not None:
                self._due.cancel()
            self._due = self._platform.clock.call_at(when, self.wake)
