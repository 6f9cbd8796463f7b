"""The grader's end of one kernel: its process, its socket, its streams."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import KernelStartFailed
from grader.forkserver import Child, ForkServer

START_LIMIT = 60.0
"""Seconds in which a kernel has to say hello."""
_LINE = 20_000_000
"""Bytes of a line; what is longer is not of our making."""
_CHUNK = 1 << 16
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True)
class Said:
    """A piece of what a kernel says."""

    by: str
    """`line`, `stdout`, `stderr`; or `end`: it has died; `flood`: an endless line."""
    what: bytes = b""


class KernelProcess:
    """A kernel that runs."""

    def __init__(
        self,
        server: ForkServer,
        order: Mapping[str, Any],
        *,
        fds: tuple[int, ...] = (),
        environment: Mapping[str, str],
        cwd: str,
    ) -> None:
        """Fork it, and wait until it has said hello.

        Raises:
            KernelStartFailed: it didn't; what it said instead is in the message.
        """
        self._wire, theirs = socket.socketpair()
        # The machine's own word on who sends, in our numbering of processes.
        self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._stdout, stdout = os.pipe()
        self._stderr, stderr = os.pipe()
        self._waiting = b""
        self._pidfd = -1
        self._poll = select.poll()
        try:
            given = [theirs.fileno(), stdout, stderr, *fds]
            self._child: Child = server.fork(
                order, given, environment=environment, cwd=cwd
            )
        except BaseException:
            self._release()
            raise
        finally:
            theirs.close()
            os.close(stdout)
            os.close(stderr)
        for fd in (self._wire.fileno(), self._stdout, self._stderr):
            os.set_blocking(fd, False)
            self._poll.register(fd, select.POLLIN)
        try:
            self.pid = self._greeted()
        except BaseException:
            self.close()
            raise

    def order(self, line: bytes) -> bool:
        """Send a line; False when the kernel can't take it any more."""
        self._wire.settimeout(START_LIMIT)
        try:
            self._wire.sendall(line + b"\n")
        except OSError:
            return False
        finally:
            self._wire.setblocking(False)
        return True

    def listen(self, timeout: float) -> Said | None:
        """The next thing it says; None when that takes longer than `timeout` s."""
        deadline = time.monotonic() + timeout
        while True:
            if b"\n" in self._waiting:
                line, _, self._waiting = self._waiting.partition(b"\n")
                return Said("line", line)
            if len(self._waiting) > _LINE:
                self._waiting = b""
                return Said("flood")
            left = deadline - time.monotonic()
            if left < 0:
                return None
            ready = {fd for fd, _ in self._poll.poll(left * 1000)}
            # A writer changes the way only when the way before is empty: so what is
            # on the socket was said before what is in the pipes.
            if self._wire.fileno() in ready and self._receive():
                continue
            for name, fd in (("stdout", self._stdout), ("stderr", self._stderr)):
                if fd in ready and (chunk := _read(fd)):
                    return Said(name, chunk)
            if ready:
                return Said("end")

    def rest(self) -> list[Said]:
        """What is in the streams at a cell's end, from whoever wrote it."""
        found = []
        for name, fd in (("stdout", self._stdout), ("stderr", self._stderr)):
            # As much as fits into a pipe: a thread may go on writing.
            for _ in range(2):
                if chunk := _read(fd):
                    found.append(Said(name, chunk))
        return found

    def interrupt(self) -> None:
        """Send SIGINT to the kernel's process, and to nothing that it started."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGINT)

    def close(self) -> int:
        """Kill it and all that it started; its exit status if it ended before that."""
        status = self._child.exit_status()
        self._child.close()
        self._release()
        return self._child.exit_status() or 0 if status is None else status

    def obituary(self) -> str:
        """How it ended, in brackets; empty when nobody knows."""
        try:
            status = self._child.wait(1.0)
        except TimeoutError:
            return ""
        if status < 0:
            return f" (killed by {signal.Signals(-status).name})"
        return f" (exit status {status})"

    def _greeted(self) -> int:
        """The kernel's pid on this machine."""
        deadline = time.monotonic() + START_LIMIT
        said = b""
        while (left := deadline - time.monotonic()) > 0:
            ready = {fd for fd, _ in self._poll.poll(left * 1000)}
            for fd in (self._stdout, self._stderr):
                if fd in ready:
                    said += _read(fd)
            if self._wire.fileno() not in ready:
                if self._child.exit_status() is not None:
                    break
                continue
            greeting, ancillary, _, _ = self._wire.recvmsg(
                _CHUNK, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
            if not greeting:
                break
            pid = int(_CREDENTIALS.unpack(ancillary[0][2])[0])
            self._pidfd = os.pidfd_open(pid)
            self._poll.register(self._pidfd, select.POLLIN)
            return pid
        words = said.decode(errors="replace").strip().splitlines() or [
            "it said nothing"
        ]
        raise KernelStartFailed(f"a kernel didn't start{self.obituary()}: {words[-1]}")

    def _receive(self) -> bool:
        """Whether the socket had something; a forked child's words don't count."""
        try:
            chunk, ancillary, _, _ = self._wire.recvmsg(
                1 << 20, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
        except BlockingIOError:
            return True
        except OSError:
            chunk, ancillary = b"", []
        if not chunk:
            return False
        if ancillary and _CREDENTIALS.unpack(ancillary[0][2])[0] == self.pid:
            self._waiting += chunk
        return True

    def _release(self) -> None:
        self._wire.close()
        for fd in (self._stdout, self._stderr, self._pidfd):
            if fd >= 0:
                os.close(fd)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return b""
