"""Calls to the cloud that a function makes after it has answered.

AWS stops an environment as soon as its runtime has answered and asks for the next
event, so what a handler didn't wait for happens with a later event, or never. Here such
a call often comes through before the environment stands still: it works, and would fail
there. So it is noticed. See "Understanding the Lambda execution environment lifecycle":
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # What judges calls knows functions, whose environments know this module.
    from grader.cloud.access.audit_trail import Call


class LateCalls:
    """Knows what each environment is waiting for, by the access key in it.

    What a handler waits for has been answered before it answers itself. Whatever is
    still open then, or comes before the next event, isn't waited for; nor is what comes
    with the next event and has the trace of an earlier one.
    """

    def __init__(self) -> None:
        self.on_late: Callable[[Call], None] | None = None
        self._lock = threading.Lock()
        self._calls: dict[str, list[Call]] = {}
        """Those of the event that an environment has now."""
        self._answered: set[str] = set()
        self._traces: dict[str, str] = {}
        """The id of its event's trace, which AWS's SDKs send along."""

    def begins(self, access_key_id: str, trace: str) -> None:
        """An environment with this key gets an event of this trace."""
        with self._lock:
            self._answered.discard(access_key_id)
            self._calls[access_key_id] = []
            self._traces[access_key_id] = trace

    def answered(self, access_key_id: str, ended: float | None = None) -> None:
        """It has answered the event, and not with an error.

        `ended` is when its handler did, by time.monotonic: the answer travels as long
        as a call takes, so one that was answered meanwhile wasn't waited for either.
        """
        with self._lock:
            self._answered.add(access_key_id)
            calls = self._calls.pop(access_key_id, [])
        for call in calls:
            at = call.settled_at
            if at is None or (ended is not None and at > ended):
                self._tell(call)

    def ended(self, access_key_id: str) -> None:
        """It is no more."""
        with self._lock:
            self._answered.discard(access_key_id)
            self._calls.pop(access_key_id, None)
            self._traces.pop(access_key_id, None)

    def look(self, call: Call) -> None:
        """Notice a call of anybody's, before anything is done for it."""
        key = call.credentials.access_key_id
        if key not in self._traces:
            return
        with self._lock:
            calls = self._calls.get(key)
            late = key in self._answered or (
                bool(call.trace) and call.trace != self._traces.get(key)
            )
            if calls is not None and not late:
                calls.append(call)
        if late:
            self._tell(call)

    def _tell(self, call: Call) -> None:
        if self.on_late is not None:
            self.on_late(call)
