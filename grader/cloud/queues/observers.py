"""Who is told of what happens to a queue's messages, for metrics."""

from __future__ import annotations

from typing import Protocol

from moto.sqs.models import Queue


class Observer(Protocol):
    """Hears of every queue; called with the queue's lock held."""

    def changing(self, queue: Queue) -> None:
        """Take what a queue holds, which is about to change."""

    def counted(self, queue: Queue, metric: str, value: float) -> None:
        """Take a value of one of SQS's metrics, in CloudWatch's name for it."""


_observers: list[Observer] = []


def observe(observer: Observer | None) -> None:
    """Say who is told (None: nobody)."""
    _observers[:] = [observer] if observer is not None else []


def changing(queue: Queue) -> None:
    """Tell that a queue is about to change."""
    for observer in _observers:
        observer.changing(queue)


def counted(queue: Queue, metric: str, value: float = 1.0) -> None:
    """Tell of something that happened."""
    for observer in _observers:
        observer.counted(queue, metric, value)
