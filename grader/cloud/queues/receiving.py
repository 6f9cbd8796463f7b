"""Receiving: which messages are visible, for how long, and where they go at last.

moto looks at every message for every receive, twice for every deletion.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

import base64
import copy
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, _filter_message_attributes

from grader.cloud.queues import observers
from grader.cloud.queues.settings import dead_letter_queue

doubles: list[Callable[[str], bool]] = []
"""Say of an account whether each message comes twice."""

SOURCE = "dead_letter_source"
"""What of us tells the queue by which a message was given up, by its ARN."""

_LONGEST = 12 * 3600
"""Seconds for which a message may stay invisible after it was received."""


def take(
    queue: Queue,
    count: int,
    visibility: int,
    names: list[str],
    fits: Callable[[Message], bool] = lambda message: True,
) -> tuple[list[Message], list[Message]]:
    """Receive up to ``count`` visible messages, for ``visibility`` seconds.

    Stops before the first that doesn't fit. To be called with the queue's lock held.
    Returns copies, and what was received too often instead: ``hand_over`` is for that.
    """
    now = time.time()
    observers.changing(queue)
    expire(queue, now)
    taken: list[Message] = []
    given_up: list[Message] = []
    # A group waits while any of it is worked on, wherever that stands.
    busy = {one.group_id for one in queue._pending_messages if visible_from(one) > now}
    for message in queue._messages:
        if len(taken) >= count:
            break
        if queue.fifo_queue and message.group_id in busy:
            continue
        if visible_from(message) > now:
            # What comes after it in its group waits for it.
            busy.add(message.group_id)
        elif _is_given_up(queue, message):
            given_up.append(message)
        elif not fits(message):
            break
        else:
            _receive(queue, message, visibility, now)
            told = copy.copy(message)
            _filter_message_attributes(told, names)
            taken.append(told)
    for message in given_up:
        _forget(queue, message)
    if taken:
        observers.counted(queue, "NumberOfMessagesReceived", len(taken))
    else:
        observers.counted(queue, "NumberOfEmptyReceives")
    return taken, given_up


def hand_over(queue: Queue, given_up: Iterable[Message]) -> None:
    """Give messages to the dead-letter queue, if there is one.

    To be called without the queue's lock: two may be each other's dead-letter queue.
    """
    for message in given_up:
        target = dead_letter_queue(queue.redrive_policy["deadLetterTargetArn"])
        if target is not None:
            vars(message)[SOURCE] = queue.queue_arn
            target.add_message(message)


def delete(queue: Queue, handle: str) -> None:
    """Delete a message by any handle that it was received with.

    Raises: ReceiptHandleIsInvalid.
    """
    known = handle in _handles(queue) or handle in queue.deleted_messages
    if not known:
        raise _not_a_receipt(handle)
    finish(queue, handle)


def finish(queue: Queue, handle: str) -> bool:
    """Delete a message that was dealt with; False if a copy of it comes once more.

    A standard queue's server that is away misses a deletion, on AWS now and then; here
    only where that was asked for.
    """
    message = _handles(queue).get(handle)
    if message is not None and _has_copy(queue, message):
        message.visible_at = 0.0
        message.copied = True
        queue._pending_messages.discard(message)
        return False
    if drop(queue, handle) is not None:
        observers.counted(queue, "NumberOfMessagesDeleted")
    return True


def drop(queue: Queue, handle: str) -> Message | None:
    """Delete a message by a handle; returns it, or None where there is none."""
    message = _handles(queue).get(handle)
    if message is not None:
        observers.changing(queue)
        queue.deleted_messages.update(one for one in message.all_receipt_handles if one)
        _forget(queue, message)
    return message


def _not_a_receipt(handle: str) -> ReceiptHandleIsInvalid:
    error = ReceiptHandleIsInvalid()
    # moto's says less.
    error.message = (
        f'The input receipt handle "{handle}" is not a valid receipt handle.'
    )
    return error


def _has_copy(queue: Queue, message: Message) -> bool:
    if queue.fifo_queue or "copied" in vars(message):
        return False
    return any(asked(queue.account_id) for asked in doubles)


def change_visibility(queue: Queue, handle: str, seconds: int) -> None:
    """Hide a message that is being worked on for so long from now.

    Raises: ReceiptHandleIsInvalid, InvalidParameterValue.
    """
    now = time.time()
    observers.changing(queue)
    message = _handles(queue).get(handle)
    if message is None and handle not in queue.deleted_messages:
        raise _not_a_receipt(handle)
    if message is None or visible_from(message) <= now:
        raise InvalidParameterValue(
            f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message"
            " does not exist or is not available for visibility timeout change."
        )
    received: float = vars(message)["received_at"]
    if now + seconds > received + _LONGEST:
        raise InvalidParameterValue(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total"
            " VisibilityTimeout for the message is beyond the limit [43200 seconds]"
        )
    message.visible_at = (now + seconds) * 1000
    if not seconds:
        queue._pending_messages.discard(message)


def expire(queue: Queue, now: float) -> None:
    """Forget the messages that are older than the queue keeps any."""
    oldest = (now - queue.message_retention_period) * 1000
    for message in [one for one in queue._messages if one.sent_timestamp <= oldest]:
        _forget(queue, message)


def purge(queue: Queue) -> None:
    """Forget all messages."""
    observers.changing(queue)
    queue._messages = []
    queue._pending_messages = set()
    _handles(queue).clear()


def visible(queue: Queue) -> int:
    """How many messages can be received now.

    moto counts them for each message that is sent, and asks each for the time.
    """
    now = time.time() * 1000
    return sum(
        one.visible_at <= now and one.delayed_until <= now for one in queue._messages
    )


def hidden(queue: Queue) -> int:
    """How many messages somebody works on."""
    now = time.time() * 1000
    return sum(one.visible_at > now for one in queue._messages)


def delayed(queue: Queue) -> int:
    """How many messages nobody could have received yet."""
    now = time.time() * 1000
    return sum(one.delayed_until > now for one in queue._messages)


def visible_from(message: Message) -> float:
    """When a message can be received, in epoch seconds of lab time."""
    return float(max(message.visible_at, message.delayed_until)) / 1000


def any_visible(queue: Queue) -> bool:
    """Whether a message isn't hidden now."""
    now = time.time()
    return any(visible_from(message) <= now for message in queue._messages)


def next_visible(queue: Queue, now: float) -> float | None:
    """When the next message that is hidden now can be received."""
    moments = map(visible_from, queue._messages)
    return min((at for at in moments if at > now), default=None)


def _is_given_up(queue: Queue, message: Message) -> bool:
    policy: dict[str, Any] | None = queue.redrive_policy
    return (
        policy is not None
        and message.approximate_receive_count >= policy["maxReceiveCount"]
        and dead_letter_queue(policy["deadLetterTargetArn"]) is not None
    )


def _receive(queue: Queue, message: Message, visibility: int, now: float) -> None:
    if not message.approximate_first_receive_timestamp:
        message.approximate_first_receive_timestamp = int(now * 1000)
    message.approximate_receive_count += 1
    if message.receipt_handle is not None:
        message._old_receipt_handles.append(message.receipt_handle)
    message.receipt_handle = _new_handle()
    message.visible_at = (now + visibility) * 1000
    message.received_at = now
    queue._pending_messages.add(message)
    _handles(queue)[message.receipt_handle] = message


def _forget(queue: Queue, message: Message) -> None:
    queue._messages.remove(message)
    queue._pending_messages.discard(message)
    for handle in message.all_receipt_handles:
        _handles(queue).pop(handle, None)


def _handles(queue: Queue) -> dict[str | None, Message]:
    # Kept with moto's queue, so that it goes when that does.
    found: dict[str | None, Message] = vars(queue).setdefault("handles", {})
    return found


def _new_handle() -> str:
    return "AQEB" + base64.b64encode(secrets.token_bytes(132)).decode()
