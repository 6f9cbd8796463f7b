"""Grading on a Dask cluster, for a class that outgrows one machine.

Each worker of the cluster keeps workers of ours beside it, one per thread, so that a
submission is graded there exactly as here. They need this package and the bundle, which
is sent to them once; no course, no database, no common disk.
"""

from __future__ import annotations

import queue
import socket
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from grader.errors import ClusterUnusable, MachineLacking, WorkerLost
from grader.grading.workers.lost import lost
from grader.grading.workers.worker import GRADE, Worker
from grader.sandbox import Isolation, probe
from grader.sandbox.isolation import Tier

Submission = Mapping[str, Any]
ANSWER_LIMIT = 20.0
"""Seconds in which a scheduler has to let this machine in."""
_KNOCK_LIMIT = 5.0
_GREETING = 1_000_000
_TRIES = 2
_LOOK = 5.0
"""Seconds after which it is seen whether workers are still there."""
_LOSSES = 4
"""Machines that may go down under one submission."""
_PER_THREAD = 2
"""Submissions under way per thread of the cluster: one at work, one on its way."""


@dataclass(frozen=True)
class _Sent:
    """What is under way, and what keeps its bundle there until it's done."""

    submission: Submission
    bundle: Any
    losses: int


class Cluster(AbstractContextManager["Cluster"]):
    """The workers behind a scheduler; those that come and go meanwhile are welcome."""

    def __init__(
        self,
        address: str,
        bundles: Mapping[str, Mapping[str, Any]],
        require: Tier,
        *,
        task: str = GRADE,
    ) -> None:
        """Connect to the scheduler at an address such as ``tcp://10.0.0.5:8786``.

        Raises: ClusterUnusable when nothing answers there, or it has no workers.
        """
        self._client = _connected(address)
        self._address = address
        self._bundles = bundles
        self._require = require
        self._task = task
        self._scattered: dict[str, Any] = {}

    def __exit__(self, *ended: object) -> None:
        # What was begun there is cancelled with the client that wants it.
        self._client.close()

    def graded(self, submissions: Iterable[Submission]) -> Iterator[dict[str, Any]]:
        """A result for each submission, as they come; few are under way at once.

        Raises: ClusterUnusable when all of its workers are gone; MachineLacking when a
            worker's machine isolates too little.
        """
        waiting = iter(submissions)
        under_way: dict[Any, _Sent] = {}
        while True:
            while len(under_way) < self._room():
                submission = next(waiting, None)
                if submission is None:
                    break
                self._send(submission, 0, under_way)
            if not under_way:
                return
            for future in self._done(list(under_way)):
                sent = under_way.pop(future)
                result, fault = _outcome(future)
                if result is not None:
                    yield result
                elif isinstance(fault, MachineLacking):
                    raise fault
                elif sent.losses + 1 < _LOSSES:
                    self._doubt(sent)
                    self._send(sent.submission, sent.losses + 1, under_way)
                else:
                    reason = f"the cluster lost it {_LOSSES} times: {fault or 'gone'}"
                    yield lost(sent.submission, reason, None)

    def _done(self, futures: list[Any]) -> list[Any]:
        """Those that are over; waits for one, unless nobody is there to do it."""
        from distributed import wait

        while True:
            try:
                with self._client.as_current():
                    found = wait(futures, timeout=_LOOK, return_when="FIRST_COMPLETED")
                return list(found.done)
            except TimeoutError:
                self._room()
            except CancelledError:
                return [each for each in futures if each.status != "pending"]

    def _send(
        self, submission: Submission, losses: int, under_way: dict[Any, _Sent]
    ) -> None:
        bundle = self._bundle(submission["assignment"])
        future = self._client.submit(
            graded_there,
            dict(submission),
            bundle,
            self._require,
            self._task,
            pure=False,
        )
        under_way[future] = _Sent(submission, bundle, losses)

    def _bundle(self, assignment: str) -> Any:
        """What stands for it there; it's sent with the first submission."""
        if assignment not in self._scattered:
            self._scattered[assignment] = self._scatter(self._bundles[assignment])
        return self._scattered[assignment]

    def _scatter(self, bundle: Mapping[str, Any]) -> Any:
        refusal: OSError | None = None
        for _ in range(_LOSSES):
            try:
                return self._client.scatter(bundle, broadcast=True, hash=False)
            except OSError as fault:  # a machine goes down while it receives
                self._room()
                refusal = fault
        raise ClusterUnusable(
            f"the workers at {self._address} don't take what they need: {refusal}"
        )

    def _doubt(self, sent: _Sent) -> None:
        """Its bundle may have gone down with that machine; send a new one, once."""
        assignment = sent.submission["assignment"]
        if self._scattered.get(assignment) is sent.bundle:
            del self._scattered[assignment]

    def _room(self) -> int:
        threads = sum(self._client.nthreads().values())
        if not threads:
            raise ClusterUnusable(
                f"the scheduler at {self._address} has no workers (any more): start "
                "some with `dask worker`; the same command then goes on"
            )
        return _PER_THREAD * int(threads)


def _outcome(future: Any) -> tuple[dict[str, Any] | None, BaseException | None]:
    """A result, or what was raised; neither where it's gone with its machine.

    That may come to pass between a result and its way here.
    """
    try:
        if future.status == "finished":
            return future.result(), None
        return None, future.exception() if future.status == "error" else None
    except CancelledError:
        return None, None


def graded_there(
    submission: Submission, bundle: Mapping[str, Any], require: Tier, task: str
) -> dict[str, Any]:
    """Grade in a process of this machine, which stays for the next submission.

    Raises: MachineLacking.
    """
    isolation = _isolation(require)
    reason = ""
    for _ in range(_TRIES):
        worker = _taken(task)
        try:
            worker.begin(submission, bundle, isolation)
            result = worker.result()
        except WorkerLost as loss:
            worker.kill()
            reason = str(loss)
        except BaseException:
            worker.kill()
            raise
        else:
            _idle(task).put(worker)
            return result
    return lost(submission, reason, isolation)


# What a worker of the cluster keeps between submissions, by the name of the task. Its
# end is theirs: they watch a socket that closes with it.
_kept: dict[str, queue.SimpleQueue[Worker]] = {}
_found: list[Isolation] = []


def _idle(task: str) -> queue.SimpleQueue[Worker]:
    return _kept.setdefault(task, queue.SimpleQueue())


def _taken(task: str) -> Worker:
    try:
        return _idle(task).get_nowait()
    except queue.Empty:
        return Worker(task)


def _isolation(require: Tier) -> dict[str, Any]:
    if not _found:
        _found.append(probe())
    isolation = _found[0]
    if not isolation.reaches(require):
        raise MachineLacking(
            f"{require} isolation is required, and {socket.gethostname()} of the "
            f"cluster has {isolation.line()}"
        )
    return isolation.to_json()


def _connected(address: str) -> Any:
    _knock(address)
    from distributed import Client

    try:
        client = Client(address, timeout=ANSWER_LIMIT, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as fault:
        raise ClusterUnusable(_silence(address, fault)) from fault
    return client


def _knock(address: str) -> None:
    """See that a scheduler answers, before Dask itself tries for half a minute.

    Both sides of a connection of Dask's begin with a short message, behind its length
    in 8 bytes. What sends nothing, or a number without sense, isn't one.
    """
    try:
        parts = urllib.parse.urlsplit(
            address if "://" in address else f"tcp://{address}"
        )
        host, port = parts.hostname, parts.port
        if parts.scheme not in ("tcp", "tls") or not host or not port:
            raise ValueError("an address is like tcp://10.0.0.5:8786")
        with socket.create_connection((host, port), _KNOCK_LIMIT) as line:
            if parts.scheme == "tls":
                return
            first = line.recv(8, socket.MSG_WAITALL)
    except (OSError, ValueError) as fault:
        raise ClusterUnusable(_silence(address, fault)) from fault
    if not 0 < int.from_bytes(first, "little") < _GREETING:
        raise ClusterUnusable(_silence(address, "something else does"))


def _silence(address: str, cause: object) -> str:
    line = (str(cause) or type(cause).__name__).splitlines()[0]
    return (
        f"no scheduler answers at {address} ({line}): start one with "
        "`dask scheduler` and give the address that it prints"
    )
