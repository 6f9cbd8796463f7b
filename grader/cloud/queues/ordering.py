"""FIFO queues: what was sent in the last five minutes comes once, numbered.

moto forgets a message's deduplication id once it is deleted, and draws numbers by lot.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from moto.sqs.models import Message, Queue

INTERVAL = 5 * 60
"""Seconds in which a deduplication id counts as the same message."""

_FIRST = 18_840_000_000_000_000_000
_STEP = 256


@dataclass
class _Order:
    """What a queue remembers; ``seen`` has the moment and the first message."""

    number: int = _FIRST
    seen: dict[tuple[str, str], tuple[float, Message]] = field(default_factory=dict)


def admit(queue: Queue, message: Message) -> bool:
    """Number a message; False for one that repeats another, whose id it gets then.

    To be called with the queue's lock held.
    """
    order: _Order = vars(queue).setdefault("order", _Order())
    now = time.time()
    for key, (at, _) in list(order.seen.items()):
        # They are in the order in which they came.
        if at + INTERVAL > now:
            break
        del order.seen[key]
    group = message.group_id if queue.deduplication_scope == "messageGroup" else ""
    key = (str(group), str(message.deduplication_id))
    if key in order.seen:
        first = order.seen[key][1]
        message.id, message.sequence_number = first.id, first.sequence_number
        return False
    order.number += _STEP
    message.sequence_number = str(order.number)
    order.seen[key] = (now, message)
    return True
