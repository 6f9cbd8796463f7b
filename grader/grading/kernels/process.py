"""The grader's end of one kernel: its process, its socket, its streams."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import KernelStartFailed
from grader.forkserver import Child, ForkServer
from grader.grading.kernels.wires import Wire, read

START_LIMIT = 60.0
"""Seconds in which a kernel has to say hello."""
_TIDYING = 10.0
"""Seconds that a sandbox has to remove its folder."""


@dataclass(frozen=True)
class Said:
    """A piece of what a kernel says."""

    by: str
    """`line`; `aside`, a line from the other wire; `stdout`, `stderr`; or `end`: it has
    died; `gone`: the fork that had waited has ended; `flood`: an endless line."""
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
        self.wire = Wire()
        self.aside: Wire | None = None
        """To a fork of the kernel, while there is one."""
        self._stdout, stdout = os.pipe()
        self._stderr, stderr = os.pipe()
        self._pidfd = -1
        self._other = -1
        """The process at the other end of `aside`, where nobody else tells its end."""
        try:
            given = [self.wire.theirs.fileno(), stdout, stderr, *fds]
            self._child: Child = server.fork(
                order, given, environment=environment, cwd=cwd
            )
        except BaseException:
            self._release()
            raise
        finally:
            self.wire.theirs.close()
            os.close(stdout)
            os.close(stderr)
        self._poll = select.poll()
        for fd in (self._stdout, self._stderr):
            os.set_blocking(fd, False)
            self._poll.register(fd, select.POLLIN)
        self._poll.register(self.wire, select.POLLIN)
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The kernel's process id on this machine."""
        return self.wire.pid

    @property
    def keeper(self) -> int:
        """The process above all others of its sandbox."""
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        """Whether it hasn't ended."""
        return self._child.exit_status() is None

    def listen(self, timeout: float) -> Said | None:
        """The next thing it says; None when that takes longer than `timeout` s."""
        deadline = time.monotonic() + timeout
        while True:
            for name, wire in (("line", self.wire), ("aside", self.aside)):
                if wire is not None and (line := wire.line()) is not None:
                    return Said(name, line)
                if wire is not None and wire.is_flooded:
                    return Said("flood")
            left = deadline - time.monotonic()
            if left < 0:
                return None
            ready = {fd for fd, _ in self._poll.poll(left * 1000)}
            if not ready:
                continue
            # A writer changes the way only when the way before is empty: so what is
            # on a socket was said before what is in the pipes.
            if self.wire.fileno() in ready and self.wire.receive():
                continue
            if self.aside is not None and self.aside.fileno() in ready:
                if not self.aside.receive():
                    self._hang_up()
                continue
            if self._other in ready:
                # If it has ended the kernel, that is what there is to tell.
                return Said("end" if self._pidfd in ready else "gone")
            for name, fd in (("stdout", self._stdout), ("stderr", self._stderr)):
                if fd in ready and (chunk := read(fd)):
                    return Said(name, chunk)
            return Said("end")

    def rest(self) -> list[Said]:
        """What is still to be read at a cell's end, whoever said it."""
        found = []
        if self.aside is not None:
            self.aside.receive()
            while (line := self.aside.line()) is not None:
                found.append(Said("aside", line))
        for name, fd in (("stdout", self._stdout), ("stderr", self._stderr)):
            # As much as fits into a pipe: a thread may go on writing.
            for _ in range(2):
                if chunk := read(fd):
                    found.append(Said(name, chunk))
        return found

    def begin_aside(self) -> Wire:
        """A wire of its own for a fork of the kernel, until `end_aside`."""
        # The kernel itself holds the other end for a moment, and has threads.
        self.aside = Wire(deaf_to=self.pid)
        self._poll.register(self.aside, select.POLLIN)
        return self.aside

    def take_up_aside(self, wire: Wire, pidfd: int) -> None:
        """Listen again to a fork that had waited, until `end_aside`."""
        self.aside, self._other = wire, pidfd
        self._poll.register(wire, select.POLLIN)
        self._poll.register(pidfd, select.POLLIN)

    def leave_aside(self) -> None:
        """Listen to a fork no more, which waits."""
        if self.aside is not None:
            self._poll.unregister(self.aside)
            self.aside = None
        self._forget_other()

    def _forget_other(self) -> None:
        if self._other >= 0:
            self._poll.unregister(self._other)
            self._other = -1

    def end_aside(self) -> None:
        """Hang up; again does nothing."""
        self._hang_up()
        self._forget_other()

    def _hang_up(self) -> None:
        if self.aside is not None:
            self._poll.unregister(self.aside)
            self.aside.close()
            self.aside = None

    def interrupt(self) -> None:
        """Send SIGINT to the kernel's process, and to nothing that it started."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGINT)

    def kill(self) -> None:
        """Kill the program: who is above it then tidies up, and ends by itself."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Kill it and all that it started."""
        if self._pidfd >= 0:
            self.kill()
            with contextlib.suppress(TimeoutError):
                self._child.wait(_TIDYING)
        self._child.close()
        self._release()

    def obituary(self) -> str:
        """How it ended, in brackets; empty when nobody knows."""
        try:
            status = self._child.wait(1.0)
        except TimeoutError:
            return ""
        if status < 0:
            return f" (killed by {signal.Signals(-status).name})"
        return f" (exit status {status})"

    def _greet(self) -> None:
        """Wait for its hello, which says who it is."""
        deadline = time.monotonic() + START_LIMIT
        said = b""
        while (left := deadline - time.monotonic()) > 0:
            ready = {fd for fd, _ in self._poll.poll(left * 1000)}
            for fd in (self._stdout, self._stderr):
                if fd in ready:
                    said += read(fd)
            if self.wire.fileno() in ready and not self.wire.receive():
                break
            if self.wire.line() is not None:
                self._pidfd = os.pidfd_open(self.pid)
                self._poll.register(self._pidfd, select.POLLIN)
                return
        words = said.decode(errors="replace").strip().splitlines()
        last = words[-1] if words else "it said nothing"
        raise KernelStartFailed(f"a kernel didn't start{self.obituary()}: {last}")

    def _release(self) -> None:
        self.end_aside()
        self.wire.close()
        for fd in (self._stdout, self._stderr, self._pidfd):
            if fd >= 0:
                os.close(fd)
