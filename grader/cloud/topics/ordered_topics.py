"""FIFO topics: what was published in the last five minutes comes once, numbered.

moto leaves both to the subscribed queues, and has no numbers.
https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

INTERVAL = 5 * 60
"""Seconds in which a deduplication id counts as the same message."""

_FIRST = 10**19
_STEP = 1000


@dataclass
class _Order:
    """What a topic remembers; ``seen`` has the moment, message id and number."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    number: int = _FIRST
    seen: dict[tuple[str, str], tuple[float, str, str]] = field(default_factory=dict)


@contextmanager
def turn(topic: Any) -> Iterator[None]:
    """Hold a FIFO topic: one message is delivered after the other."""
    if not topic.fifo_topic:
        yield
        return
    with _order(topic).lock:
        yield


def deduplication_id(topic: Any, body: str, given: str | None) -> str | None:
    """The id by which a message is known again; None where there is none."""
    if given is None and topic.fifo_topic and topic.content_based_deduplication:
        return hashlib.sha256(body.encode()).hexdigest()
    return given


def earlier(topic: Any, group_id: str, known_as: str) -> tuple[str, str] | None:
    """Id and number of the message that this one repeats; None for a new one."""
    now = time.time()
    seen = _order(topic).seen
    for key, (at, *_) in list(seen.items()):
        if at + INTERVAL <= now:
            del seen[key]
    found = seen.get(_key(topic, group_id, known_as))
    return found[1:] if found is not None else None


def number(topic: Any, group_id: str, known_as: str, message_id: str) -> str:
    """Give a new message the next number of its topic."""
    order = _order(topic)
    order.number += _STEP
    told = str(order.number)
    order.seen[_key(topic, group_id, known_as)] = (time.time(), message_id, told)
    return told


def _key(topic: Any, group_id: str, known_as: str) -> tuple[str, str]:
    scope = getattr(topic, "fifo_throughput_scope", "Topic")
    return (group_id if scope == "MessageGroup" else "", known_as)


def _order(topic: Any) -> _Order:
    # Kept with moto's topic, so that it goes when that does.
    found: _Order = vars(topic).setdefault("order", _Order())
    return found
