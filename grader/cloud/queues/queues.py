"""The queues of one cloud, laid over moto's from ``install`` to ``close``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import has_request_context, request
from moto.sqs.exceptions import (
    InvalidParameterValue,
    MissingParameter,
    PurgeQueueInProgress,
)
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from grader.cloud.access.audit_trail import current
from grader.cloud.clock import Clock
from grader.cloud.queues import consumers, observers, ordering, receiving, settings

TRACE = "AWSTraceHeader"
"""The system attribute by which a message carries a trace."""
CHAIN = "chain"
"""What of us joins a message to the call that sent it; no consumer sees it."""

# What a stack's templates give beside settings.
_OF_STACKS = ("QueueName", "region")
_BETWEEN_PURGES = 60
# Lab time is in floats: a moment later is surely after it.
_A_MOMENT = 0.001
_LIMITS = (
    ("MaxNumberOfMessages", 1, 10, "Must be between 1 and 10, if provided."),
    ("WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided."),
    ("VisibilityTimeout", 0, 43_200, "Must be >= 0 and <= 43200, if provided."),
)
_COUNTS = (
    ("approximate_number_of_messages", receiving.visible),
    ("approximate_number_of_messages_not_visible", receiving.hidden),
    ("approximate_number_of_messages_delayed", receiving.delayed),
)


class Queues:
    """What happens to messages, by the lab's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closed = False
        self.waiting: list[Queue] = []
        """The queues of which somebody waits for a message."""
        self._replaced: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        """Put ourselves where moto calls its own code."""
        set_attributes = Queue._set_attributes
        create = SQSBackend.create_queue
        change = SQSBackend.set_queue_attributes
        send = SQSBackend.send_message
        attributes = SQSBackend.get_queue_attributes
        purge = SQSBackend.purge_queue
        asked_receive = SQSResponse.receive_message
        asked_change = SQSResponse.change_message_visibility

        def checked(queue: Queue, told: dict[str, Any], *more: Any) -> None:
            settings.check(queue, told)
            set_attributes(queue, told, *more)

        def creating(
            backend: SQSBackend,
            name: str,
            tags: dict[str, str] | None = None,
            **told: Any,
        ) -> Queue:
            given = {key: told[key] for key in told if key not in _OF_STACKS}
            settings.check_new(name, given)
            if (known := backend.queues.get(name)) is not None:
                settings.check_same(known, given)
            return create(backend, name, tags, **given)

        def changing(backend: SQSBackend, name: str, told: dict[str, Any]) -> Queue:
            settings.check_kind(bool(backend.get_queue(name).fifo_queue), told)
            return change(backend, name, told)

        def sending(
            backend: SQSBackend,
            name: str,
            message_body: str,
            *arguments: Any,
            **named: Any,
        ) -> Message:
            if not message_body:
                raise MissingParameter("MessageBody")
            known_as = named.get("deduplication_id")
            if known_as is not None and not backend.get_queue(name).fifo_queue:
                raise InvalidParameterValue(
                    f"Value {known_as} for parameter MessageDeduplicationId is invalid."
                    " Reason: The request includes a parameter that is not valid for"
                    " this queue type"
                )
            named["system_attributes"] = _traced(named.get("system_attributes"))
            return send(backend, name, message_body, *arguments, **named)

        def described(backend: SQSBackend, name: str, names: Any) -> dict[str, Any]:
            queue = backend.get_queue(name)
            with queue._messages_lock:
                receiving.expire(queue, time.time())
            told: dict[str, Any] = attributes(backend, name, names)
            return told

        def purging(backend: SQSBackend, name: str) -> None:
            queue = backend.get_queue(name)
            last, now = queue.last_purged_at, time.time()
            if last is not None and now < last + _BETWEEN_PURGES:
                raise PurgeQueueInProgress(name)
            with queue._messages_lock:
                purge(backend, name)
                receiving.purge(queue)

        def receiving_asked(asked: SQSResponse) -> Any:
            _check_limits(asked)
            return asked_receive(asked)

        def changing_asked(asked: SQSResponse) -> Any:
            _check_limits(asked)
            return asked_change(asked)

        for name, count in _COUNTS:
            self._replaced.append((Queue, name, vars(Queue)[name]))
            setattr(Queue, name, property(count))
        self._replace(Queue, "_set_attributes", checked)
        self._replace(Queue, "add_message", _add)
        self._replace(Queue, "delete_message", _delete)
        self._replace(SQSBackend, "create_queue", creating)
        self._replace(SQSBackend, "set_queue_attributes", changing)
        self._replace(SQSBackend, "send_message", sending)
        self._replace(SQSBackend, "receive_message", self._receive)
        self._replace(SQSBackend, "change_message_visibility", _change_visibility)
        self._replace(SQSBackend, "get_queue_attributes", described)
        self._replace(SQSBackend, "purge_queue", purging)
        self._replace(SQSResponse, "receive_message", receiving_asked)
        self._replace(SQSResponse, "change_message_visibility", changing_asked)

    def close(self) -> None:
        """Let whoever waits go, and give moto its own code back."""
        self._closed = True
        for queue in list(self.waiting):
            _wake(queue)
        while self._replaced:
            setattr(*self._replaced.pop())

    def _replace(self, owner: Any, name: str, ours: Callable[..., Any]) -> None:
        def replaced(moto: Any, *arguments: Any, **named: Any) -> Any:
            return ours(moto, *arguments, **named)

        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, replaced)

    def _receive(
        self,
        backend: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        """Receive at once what is there, or else wait for the first that comes.

        The wait is the lab's: it ends when the clock jumps over its end, and nothing
        that moves the clock waits for it.
        """
        queue = backend.get_queue(queue_name)
        deadline = self._clock.now() + wait_seconds_timeout
        while True:
            with queue._messages_lock:
                found, given_up = receiving.take(
                    queue,
                    count,
                    int(visibility_timeout),
                    message_attribute_names or [],
                )
                now = self._clock.now()
                over = found or now >= deadline or self._closed
                if not (over or given_up):
                    until = receiving.next_visible(queue, now) or deadline
                    self._wait(queue, min(until + _A_MOMENT, deadline))
            receiving.hand_over(queue, given_up)
            if over:
                return found

    def _wait(self, queue: Queue, until: float) -> None:
        """Wait for a message or a moment; the queue's lock is free meanwhile."""
        due = self._clock.call_at(until, lambda: _wake(queue))
        self.waiting.append(queue)
        try:
            queue._messages_lock.wait(max(0.0, until - self._clock.now()))
        finally:
            self.waiting.remove(queue)
            due.cancel()


def _wake(queue: Queue) -> None:
    with queue._messages_lock:
        queue._messages_lock.notify_all()


def _add(queue: Queue, message: Message) -> None:
    with queue._messages_lock:
        # What comes from another queue was admitted there.
        is_new = not message.approximate_receive_count
        if queue.fifo_queue and is_new and not ordering.admit(queue, message):
            return
        if is_new and (cause := current.get()) is not None:
            vars(message)[CHAIN] = cause.begin_chain()
        observers.changing(queue)
        if is_new:
            observers.counted(queue, "NumberOfMessagesSent")
            observers.counted(queue, "SentMessageSize", len(message.body.encode()))
        queue._messages.append(message)
        queue._messages_lock.notify_all()
    consumers.tell(queue)


def _delete(queue: Queue, receipt_handle: str) -> None:
    with queue._messages_lock:
        receiving.delete(queue, receipt_handle)
        # The next one of a group may be received now.
        queue._messages_lock.notify_all()
    consumers.tell(queue)


def _change_visibility(
    backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int
) -> None:
    queue = backend.get_queue(queue_name)
    with queue._messages_lock:
        receiving.change_visibility(queue, receipt_handle, int(visibility_timeout))
        queue._messages_lock.notify_all()
    consumers.tell(queue)


def _traced(attributes: dict[str, Any] | None) -> dict[str, Any]:
    """A message's system attributes, with the trace of the request that sends it."""
    told = dict(attributes or {})
    header = request.headers.get("X-Amzn-Trace-Id") if has_request_context() else None
    if header and TRACE not in told:
        told[TRACE] = {"DataType": "String", "StringValue": header}
    return told


def _check_limits(asked: SQSResponse) -> None:
    """Refuse numbers out of range in SQS's words.

    Raises: InvalidParameterValue.
    """
    for name, low, high, reason in _LIMITS:
        value = asked._get_param(name)
        if value is not None and not low <= int(value) <= high:
            raise InvalidParameterValue(
                f"Value {value} for parameter {name} is invalid. Reason: {reason}"
            )
