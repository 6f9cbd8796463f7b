"""Grading on this machine: as many workers as it has processors."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import wait
from typing import Any

from grader.errors import MachineLacking, WorkerLost
from grader.grading.workers.lost import lost
from grader.grading.workers.worker import GRADE, Worker

Submission = Mapping[str, Any]
_TRIES = 2


@dataclass(frozen=True)
class _Order:
    submission: Submission
    tries: int = 1


class Pool:
    """Workers that are kept from submission to submission, and replaced if they die."""

    def __init__(
        self,
        bundles: Mapping[str, Mapping[str, Any]],
        isolation: Mapping[str, Any] | None,
        *,
        jobs: int,
        task: str = GRADE,
    ) -> None:
        """`bundles` by assignment; `jobs` submissions are graded at once."""
        self._bundles = bundles
        self._isolation = isolation
        self._jobs = jobs
        self._task = task
        self._idle: list[Worker] = []
        self._busy: dict[Worker, _Order] = {}

    def __enter__(self) -> Pool:
        # All at once: each takes a second to import what it needs.
        for _ in range(self._jobs):
            self._idle.append(self._worker())
        return self

    def __exit__(self, *ended: object) -> None:
        workers = [*self._idle, *self._busy]
        for worker in workers:
            worker.let_go()
        for worker in workers:
            worker.close()
        self._idle, self._busy = [], {}

    def graded(self, submissions: Iterable[Submission]) -> Iterator[dict[str, Any]]:
        """A result for each submission, as they come.

        A submission is taken when a worker is free for it, so few are in memory. One
        that a worker died of is tried once more, behind the others, then reported.

        Raises: MachineLacking when workers can't even start.
        """
        waiting = iter(submissions)
        again: deque[_Order] = deque()
        while True:
            while len(self._busy) < self._jobs:
                order = self._next(waiting, again)
                if order is None:
                    break
                yield from self._begun(order, again)
            if not self._busy:
                return
            for worker in self._ready():
                order = self._busy.pop(worker)
                try:
                    result = worker.result()
                except WorkerLost as loss:
                    worker.kill()
                    yield from self._after(order, str(loss), again)
                else:
                    self._idle.append(worker)
                    yield result

    def _worker(self) -> Worker:
        taken = {worker.number for worker in (*self._idle, *self._busy)}
        number = next(number for number in count() if number not in taken)
        return Worker(self._task, number=number)

    def _next(
        self, waiting: Iterator[Submission], again: deque[_Order]
    ) -> _Order | None:
        # What has to be tried again is in memory, so there may not be much of it.
        if len(again) < self._jobs:
            for submission in waiting:
                return _Order(submission)
        return again.popleft() if again else None

    def _begun(self, order: _Order, again: deque[_Order]) -> Iterator[dict[str, Any]]:
        worker = self._idle.pop() if self._idle else self._worker()
        bundle = self._bundles[order.submission["assignment"]]
        try:
            worker.begin(order.submission, bundle, self._isolation)
            self._busy[worker] = order
        except WorkerLost as loss:
            worker.kill()
            yield from self._after(order, str(loss), again)
        except MachineLacking:
            worker.kill()
            raise

    def _after(
        self, order: _Order, reason: str, again: deque[_Order]
    ) -> Iterator[dict[str, Any]]:
        if order.tries < _TRIES:
            again.append(_Order(order.submission, order.tries + 1))
        else:
            yield lost(order.submission, reason, self._isolation)

    def _ready(self) -> list[Worker]:
        """Those that have an answer, ended, or had enough time."""
        soonest = min(worker.deadline for worker in self._busy)
        answered = wait(
            [worker.connection for worker in self._busy],
            max(0.0, soonest - time.monotonic()),
        )
        if answered:
            return [worker for worker in self._busy if worker.connection in answered]
        return [worker for worker in self._busy if worker.deadline == soonest]
