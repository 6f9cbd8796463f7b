"""The owner's side: starting the warm process, and asking it for children."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from grader.errors import ForkFailed
from grader.forkserver.birth import written
from grader.forkserver.child import Birth, Child

START_LIMIT = 60.0
"""Seconds in which a child has to be there, the warm process's imports included."""
KEPT = (
    *("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONDONTWRITEBYTECODE"),
    *("PYTHONPATH", "PYTHONPYCACHEPREFIX", "TMPDIR", "TZ"),
)
"""Of the owner's environment, what the warm process sees.

A forked child can read it all in /proc/self/environ, whatever it does to its own.
"""


NO_ACCOUNT = dict.fromkeys(
    ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull
)
"""Children have nothing to do with the AWS account of whoever starts them, and a
mistake in its files is no reason to stop."""


def kept() -> dict[str, str]:
    """The environment of a warm process when nobody says otherwise."""
    own = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**own, **NO_ACCOUNT}


class ForkServer(AbstractContextManager["ForkServer"]):
    """A warm process and its children; all of them end with their owner.

    Any number of threads may ask for children. A process that forks without exec
    inherits the handle and must not use it.
    """

    def __init__(
        self,
        entry: str,
        *,
        preload: Sequence[str] = (),
        rehearse: str | None = None,
        prepare: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        warm: bool = True,
        program: Sequence[str] | None = None,
    ) -> None:
        """Start it; it imports while the owner goes on.

        Args:
            entry: `package.module:function`, called in each child with the order and
                the list of its file descriptors; what it returns is the exit status.
            preload: modules to import.
            prepare: functions named so, called in turn without arguments: what they
                make is there in every child. A cold child does without.
            rehearse: such a function, called in a child that is thrown away: what
                that imports is imported in advance.
            environment: of the warm process, instead of `KEPT` of the owner's.
            warm: otherwise each child comes from a new interpreter of its own, and
                imports what it needs itself.
            program: the command line of another warm process than this package's,
                which serves the same requests (see `server.Server`).
        """
        self._warm = warm
        # -P: a moto.py in the owner's folder isn't the library.
        ours = (sys.executable, "-P", "-m", "grader.forkserver.server")
        self._program = tuple(program or ours)
        self._entry = entry
        self._preload = tuple(preload)
        self._rehearse = rehearse
        self._prepare = tuple(prepare)
        self._environment = dict(kept() if environment is None else environment)
        self._asking = threading.Lock()
        self._closed = False
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        if warm:
            self._start()

    @property
    def pid(self) -> int | None:
        """The warm process's; None when each child has one of its own."""
        return None if self._process is None else self._process.pid

    def fork(
        self,
        order: Mapping[str, Any],
        fds: Sequence[int] = (),
        *,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> Child:
        """A new child that carries out an order.

        A warm process that was lost is replaced first.

        Args:
            order: JSON; only the child reads it.
            fds: at most 250, the owner's numbers; the child gets copies of its own.
            environment: the child's whole environment.
            cwd: the child's working folder; else `/`.

        Raises:
            ForkFailed: the warm process didn't come up, or has threads.
        """
        if not self._warm:
            return self._cold(order, fds, environment, cwd)
        whole = {"order": order, "environment": environment, "cwd": cwd}
        return _birth(self._ask, whole, fds).child()

    def begin(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> Birth:
        """Ask for a child as `fork` does, and don't wait for it.

        Raises:
            ForkFailed: the warm process was closed, or there is none.
        """
        if not self._warm:
            raise ForkFailed("no warm process goes on by itself")
        whole = {"order": order, "environment": None, "cwd": None}
        return _birth(self._ask, whole, fds)

    def is_ready(self) -> bool:
        """Whether a child would come at once, as everything has been imported.

        Before that, `fork` waits for it.
        """
        with self._asking:
            if self._closed or self._process is None:
                return False
            if not self._ready:
                with contextlib.suppress(OSError):
                    self._ready = bool(self._control.recv(1, socket.MSG_DONTWAIT))
            return self._ready

    def lent(self) -> socket.socket:
        """What makes the warm process another process's, too: see `Borrowed`."""
        with self._asking:
            if self._closed or self._process is None:
                raise _closed()
            return self._control.dup()

    def close(self) -> None:
        """End the warm process and all of its children; again does nothing."""
        with self._asking:
            self._closed = True
            self._end()

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _cold(
        self,
        order: Mapping[str, Any],
        fds: Sequence[int],
        environment: Mapping[str, str] | None,
        cwd: str | None,
    ) -> Child:
        if self._closed:
            raise _closed()
        single = ForkServer(self._entry, environment=self._environment)
        try:
            child = single.fork(order, fds, environment=environment, cwd=cwd)
        except BaseException:
            single.close()
            raise
        child.afterwards = single.close
        return child

    def _ask(self, fds: Sequence[int]) -> None:
        with self._asking:
            if self._closed:
                raise _closed()
            if self._process is not None and self._process.poll() is None:
                with contextlib.suppress(ConnectionError):
                    socket.send_fds(self._control, [b"+"], fds)
                    return
            self._end()
            self._start()
            socket.send_fds(self._control, [b"+"], fds)

    def _start(self) -> None:
        self._ready = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = {
            "entry": self._entry,
            "preload": self._preload,
            "rehearse": self._rehearse,
            "prepare": self._prepare,
        }
        try:
            self._process = subprocess.Popen(
                [*self._program, str(theirs.fileno()), json.dumps(program)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                # Ctrl-C is the owner's alone to handle.
                start_new_session=True,
                env=self._environment,
                cwd="/",
            )
        except BaseException:
            self._control.close()
            raise
        finally:
            theirs.close()

    def _end(self) -> None:
        if self._process is not None:
            # It kills its children when this socket ends, then ends itself; also
            # when it was lent to somebody who still holds it.
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
            self._control.close()
            self._process.wait()


class Borrowed:
    """A warm process that belongs to another process; its children are ours."""

    def __init__(self, control: socket.socket) -> None:
        """Take what `ForkServer.lent` gave."""
        self._control = control

    def fork(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> Child:
        """A new child, as `ForkServer.fork` makes it; it ends with this process.

        Raises:
            ForkFailed: the warm process ended, or has threads.
        """
        whole = {"order": order, "environment": None, "cwd": None}
        return _birth(self._ask, whole, fds).child()

    def close(self) -> None:
        self._control.close()

    def _ask(self, fds: Sequence[int]) -> None:
        try:
            socket.send_fds(self._control, [b"+"], fds)
        except OSError as fault:
            raise ForkFailed(f"the warm process ended: {fault}") from fault


def _birth(
    ask: Callable[[Sequence[int]], None], whole: Mapping[str, Any], fds: Sequence[int]
) -> Birth:
    order = written(whole)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        ask([theirs.fileno(), order, *fds])
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(order)
    return Birth(ours, limit=START_LIMIT)


def _closed() -> ForkFailed:
    return ForkFailed("this warm process was closed: start another")
