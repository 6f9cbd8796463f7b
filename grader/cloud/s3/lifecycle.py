"""Buckets' lifecycles happen on the lab's clock.

moto stores rules and never does what they say. A moment is scheduled only while a rule
has something to wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.s3.notifications import S3NotificationEvent

from grader.cloud.clock import Clock, Due
from grader.cloud.s3 import lifecycle_dates, storage, versions
from grader.cloud.s3.lifecycle_dates import Pending
from grader.cloud.s3.storage import BucketsBackend
from grader.cloud.s3.versions import Marker

_DELETED = S3NotificationEvent.LIFECYCLEEXPIRATION_DELETE_EVENT
_MARKED = S3NotificationEvent.LIFECYCLE_EXPIRATION_DELETE_MARKER_CREATED_EVENT
_MOVED = S3NotificationEvent.LIFECYCLE_TRANSITION_EVENT


class Lifecycle:
    """Does what buckets' rules say, from ``install`` to ``close``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next: Due | None = None

    def install(self) -> None:
        """Hear of what is stored, deleted, tagged and configured from now on."""
        storage.on_change(self.changed)

    def close(self) -> None:
        """Hear of nothing any more."""
        storage.on_change(None)

    def changed(self, bucket: FakeBucket, key: str | None) -> None:
        """A key's versions are others now, or the whole bucket with None."""
        if not bucket.rules:
            return
        keys = list(bucket.keys._self_iterable()) if key is None else [key]
        moments = [one.when for one in _pending(bucket, keys)]
        if key is None:
            moments += _aborts(bucket)
        self._wake(moments)

    def _wake(self, moments: Iterable[float]) -> None:
        """Make sure that something runs at the first of these moments, or before."""
        when = min(moments, default=None)
        if when is None:
            return
        with self._lock:
            if self._next is not None:
                if self._next.when <= when:
                    return
                self._next.cancel()
            self._next = self._clock.call_at(when, self._run)

    def _run(self) -> None:
        with self._lock:
            self._next = None
        moments: list[float] = []
        for bucket in list(_buckets()):
            for upload in _overdue(bucket, self._clock.now()):
                del bucket.multiparts[upload]
            moments += _aborts(bucket)
            for key in list(bucket.keys._self_iterable()):
                moments += self._grow_old(bucket, key)
        self._wake(moments)

    def _grow_old(self, bucket: FakeBucket, key: str) -> list[float]:
        """Do what is due to a key's versions, and say when something is next."""
        while True:
            waiting = sorted(_pending(bucket, [key]), key=lambda one: one.when)
            due = [one for one in waiting if one.when <= self._clock.now()]
            if not due:
                return [one.when for one in waiting]
            _act(bucket, key, min(due, key=lambda one: (one.when, one.rank)))


def _act(bucket: FakeBucket, key: str, due: Pending) -> None:
    backend: BucketsBackend = s3_backends[bucket.account_id][bucket.partition]
    if due.storage_class is not None:
        due.version.set_storage_class(due.storage_class)
        backend.tell(_MOVED, bucket, due.version)
        return
    current = versions.versions(bucket, key)[-1]
    hides = due.version is current and not isinstance(current, Marker)
    with_id = None if hides else due.version.version_id
    done = backend.remove(bucket, key, with_id)
    if done.marker is not None:
        backend.tell(_MARKED, bucket, done.marker)
    elif done.removed is not None:
        backend.tell(_DELETED, bucket, done.removed)


def _buckets() -> Iterator[FakeBucket]:
    for partitions in list(s3_backends.values()):
        for backend in list(partitions.values()):
            yield from (one for one in list(backend.buckets.values()) if one.rules)


def _pending(bucket: FakeBucket, keys: Iterable[str]) -> Iterator[Pending]:
    tagger = s3_backends[bucket.account_id][bucket.partition].tagger

    def tags(version: FakeKey) -> Any:
        return tagger.get_tag_dict_for_resource(version.arn)

    for key in keys:
        if known := versions.versions(bucket, key):
            smallest = getattr(bucket, "smallest_to_move", None)
            for one in lifecycle_dates.pending(known, bucket.rules, tags, smallest):
                # A lock keeps a version, and a rule waits for no lock.
                if one.version is known[-1] or not _is_locked(one.version):
                    yield one


def _is_locked(version: Any) -> bool:
    return isinstance(version, FakeKey) and version.is_locked(False)


def _aborts(bucket: FakeBucket) -> list[float]:
    uploads = list(bucket.multiparts.values())
    ends = (lifecycle_dates.aborts(bucket.rules, upload) for upload in uploads)
    return [end[0] for end in ends if end is not None]


def _overdue(bucket: FakeBucket, now: float) -> list[str]:
    return [
        upload.id
        for upload in list(bucket.multiparts.values())
        if (end := lifecycle_dates.aborts(bucket.rules, upload)) and end[0] <= now
    ]
