"""Gathering messages of a queue into batches, by size, bytes and window.

Follows "Batching behavior" in the Lambda developer guide.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from moto.sqs.models import Message, Queue

from grader.cloud.payloads import SYNCHRONOUS_LIMIT
from grader.cloud.polling import queue_events
from grader.cloud.polling.filters import NO_FILTERS
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.queues import consumers


class QueueBatches:
    """The batch of a mapping that isn't complete yet; several may take from it."""

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        self._lock = threading.Lock()
        self._held: list[Message] = []
        self._window_ends = 0.0

    @property
    def due(self) -> float | None:
        """When what was gathered so far has to go (lab time), if there is anything."""
        return self._window_ends if self._held else None

    def take(self, queue: Queue, now: float) -> tuple[list[Message], bool]:
        """Receive what there is.

        Returns the batch, empty where it isn't complete yet, and whether there may be
        more messages for the next one.
        """
        settings = self._mapping.settings
        with self._lock:
            held = self._held
            room = _Room(held)
            asked = max(settings.batch_size - len(held), 0)
            taken = consumers.take(queue, asked, room.fits)
            passed = self._passing(queue, taken)
            if passed and not held:
                self._window_ends = now + settings.batching_window
            # Of what came back during a long window the newest receipt counts.
            back = {message.id for message in passed}
            held = [one for one in held if one.id not in back] + passed
            full = len(held) >= settings.batch_size or room.is_full
            ready = bool(held) and (full or now >= self._window_ends)
            self._held = [] if ready else held
        more = room.is_full or (len(taken) >= asked and consumers.any_visible(queue))
        return held if ready else [], more

    def _passing(self, queue: Queue, messages: Sequence[Message]) -> list[Message]:
        """Delete what no filter lets pass, and return the rest."""
        filters = self._mapping.settings.filters
        if filters == NO_FILTERS:
            return list(messages)
        passed: list[Message] = []
        dropped: list[Message] = []
        for message in messages:
            shown = queue_events.record(message, queue.queue_arn)
            (passed if filters.passes(shown) else dropped).append(message)
        if dropped:
            consumers.delete(queue, dropped)
        return passed


class _Room:
    """How much of an event is left; Lambda's events have at most 6 MB."""

    def __init__(self, held: Sequence[Message]) -> None:
        self._left = SYNCHRONOUS_LIMIT - sum(map(queue_events.size, held))
        self._any = bool(held)
        self.is_full = False

    def fits(self, message: Message) -> bool:
        """Whether a message may come along; the first always may."""
        size = queue_events.size(message)
        if self._any and size > self._left:
            self.is_full = True
            return False
        self._left -= size
        self._any = True
        return True
