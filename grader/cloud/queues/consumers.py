"""What polls a queue within the cloud: it sleeps, and takes what fits into an event.

Watchers are called in the thread of whoever sends, and not when a delay or a visibility
timeout ends: ``next_visible`` tells when to look again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from moto.sqs.models import Message, Queue

from grader.cloud.queues import receiving
from grader.cloud.queues.settings import dead_letter_queue

Watcher = Callable[[], None]

_watchers: dict[str, tuple[Watcher, ...]] = {}
_lock = threading.Lock()


def watch(arn: str, watcher: Watcher) -> Callable[[], None]:
    """Call the watcher whenever a message may have come; returns what ends that.

    The queue may be made later, or again.
    """
    with _lock:
        _watchers[arn] = (*_watchers.get(arn, ()), watcher)

    def forget() -> None:
        with _lock:
            left = tuple(one for one in _watchers.get(arn, ()) if one != watcher)
            if left:
                _watchers[arn] = left
            else:
                _watchers.pop(arn, None)

    return forget


def tell(queue: Queue) -> None:
    """Wake whoever watches a queue; to be called without its lock."""
    for watcher in _watchers.get(queue.queue_arn, ()):
        watcher()


def find(arn: str) -> Queue | None:
    """Return the queue of an ARN, if there is one."""
    return dead_letter_queue(arn)


def take(queue: Queue, count: int, fits: Callable[[Message], bool]) -> list[Message]:
    """Receive up to ``count`` messages for the queue's visibility timeout.

    Stops before the first that doesn't fit. Returns copies.
    """
    with queue._messages_lock:
        taken, given_up = receiving.take(
            queue, count, queue.visibility_timeout, ["All"], fits
        )
    receiving.hand_over(queue, given_up)
    return taken


def any_visible(queue: Queue) -> bool:
    """Whether there is a message that could be received, but for its group."""
    with queue._messages_lock:
        return receiving.any_visible(queue)


def next_visible(queue: Queue, looked: float) -> float | None:
    """Say when the next message can be received that was hidden at a last look.

    That may be by now. ``looked`` is lab time in epoch seconds.
    """
    with queue._messages_lock:
        return receiving.next_visible(queue, looked)


def delete(queue: Queue, messages: Iterable[Message]) -> None:
    """Delete what was received; what is gone already is no error."""
    with queue._messages_lock:
        handles = [str(message.receipt_handle) for message in messages]
        gone = [receiving.finish(queue, handle) for handle in handles]
        queue._messages_lock.notify_all()
    if queue.fifo_queue or not all(gone):
        # The next ones of their groups may go now, or copies.
        tell(queue)


def give_up(queue: Queue, message: Message) -> None:
    """Send what was received to the dead-letter queue, or nowhere if there is none."""
    with queue._messages_lock:
        dropped = receiving.drop(queue, str(message.receipt_handle))
    if dropped is not None and queue.redrive_policy:
        dropped.visible_at = 0.0
        receiving.hand_over(queue, [dropped])
    tell(queue)
