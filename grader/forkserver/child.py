"""A forked child, as seen by the owner of the warm process."""

from __future__ import annotations

import contextlib
import json
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from grader.errors import ForkFailed

_MESSAGE = 65536


class Birth:
    """A child that the warm process was asked for, and that is born meanwhile."""

    def __init__(self, leash: socket.socket, *, limit: float) -> None:
        """Nobody waits for it longer than `limit` seconds."""
        self._leash = leash
        self._limit = limit

    def child(self) -> Child:
        """The child, once it is there; asked for once, and instead of `close`.

        Raises:
            ForkFailed: the warm process couldn't, or said nothing for too long.
        """
        return Child(self._leash, limit=self._limit)

    def close(self) -> None:
        """Do without: the child ends soon after it was born."""
        self._leash.close()


class Child(AbstractContextManager["Child"]):
    """One forked child; several threads may wait for it or signal it.

    It lives as long as this handle isn't closed: closing kills it.
    """

    pid: int
    """On this machine, as seen from the owner's process namespace."""

    def __init__(self, leash: socket.socket, *, limit: float) -> None:
        """Take the child's birth from its leash.

        Raises:
            ForkFailed: the warm process couldn't, or said nothing for `limit` seconds.
        """
        self.afterwards: Callable[[], None] = lambda: None
        """What closing does at last."""
        self._leash = leash
        self._reading = threading.Lock()
        self._status: int | None = None
        try:
            told = self._told(limit)
            if told is None:
                raise ForkFailed(
                    f"no child within {limit:g} s: the machine is too busy"
                )
            if "pid" not in told:
                fault = told.get("fault", "the warm process ended before it forked")
                raise ForkFailed(str(fault))
        except BaseException:
            leash.close()
            raise
        self.pid = int(told["pid"])

    def exit_status(self) -> int | None:
        """The exit status, negative for a signal's number; None while it runs.

        A child whose warm process was lost counts as killed, which it then was.
        """
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, when the child has ended.

        Raises:
            TimeoutError: it still runs after `timeout` seconds.
        """
        status = self._ended(timeout)
        if status is None:
            raise TimeoutError(f"process {self.pid} runs after {timeout} s")
        return status

    def send(self, number: int) -> None:
        """Signal the child alone, none of its descendants; nothing once it ended.

        The warm process does it: it alone knows that the pid is still the child's.
        """
        with contextlib.suppress(OSError):
            self._leash.send(bytes([number]))

    def kill(self) -> None:
        """End the child and what it started, at once."""
        self.send(signal.SIGKILL)

    def close(self) -> None:
        """Kill the child if it still runs, and wait for its end."""
        if self._leash.fileno() >= 0:
            self.kill()
            self._ended(None)
            self._leash.close()
            self.afterwards()

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _ended(self, timeout: float | None) -> int | None:
        deadline = None if timeout is None else time.monotonic() + timeout
        if not self._reading.acquire(timeout=-1 if timeout is None else timeout):
            return self._status
        try:
            if self._status is None:
                left = None if deadline is None else deadline - time.monotonic()
                told = self._told(left)
                if told is not None:
                    self._status = int(told.get("status", -signal.SIGKILL))
            return self._status
        finally:
            self._reading.release()

    def _told(self, timeout: float | None) -> dict[str, Any] | None:
        """The warm process's next message: empty when it's gone, None when too late."""
        poll = select.poll()
        poll.register(self._leash, select.POLLIN)
        milliseconds = None if timeout is None else max(0, round(timeout * 1000))
        if not poll.poll(milliseconds):
            return None
        try:
            message = self._leash.recv(_MESSAGE)
        except ConnectionError:
            message = b""
        told: dict[str, Any] = json.loads(message) if message else {}
        return told
