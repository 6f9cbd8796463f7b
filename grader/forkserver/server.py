"""The warm process: `python -m grader.forkserver.server FD PROGRAM`.

One thread and one loop. On its control socket come requests: a leash, a file with the
order, and the child's descriptors. Over the leash the owner learns the pid and then
the exit status, and sends signals as bytes; when the leash closes, the child is
killed; when the control socket closes, so are all, and the warm process ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Collection
from typing import NoReturn

from grader.forkserver import birth, descendants
from grader.forkserver.freezing import freeze
from grader.forkserver.rehearsal import rehearsed

READY = b"!"
"""What the owner is told once everything is imported."""
_FDS = 253
"""The kernel's limit of descriptors in a message."""

_POOLS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""How many threads numpy's libraries start."""


def main() -> NoReturn:
    control = socket.socket(fileno=int(sys.argv[1]))
    program = json.loads(sys.argv[2])
    # What is named on the command line is nobody's business inside.
    sys.argv[:] = [""]
    # A pool of threads that a library starts when it's imported would forbid forks.
    os.environ |= dict.fromkeys(_POOLS, "1")
    fault = None
    entry: birth.Entry = birth.nothing
    # What is imported stays: to look for garbage in it was a fifth of the work.
    gc.disable()
    try:
        entry = birth.named(program["entry"])
        for module in program["preload"]:
            importlib.import_module(module)
        for prepare in program["prepare"]:
            birth.named(prepare)()
        if program["rehearse"]:
            rehearsed(program["rehearse"])
    except Exception as error:  # noqa: BLE001 - told to whoever asks for a child
        fault = f"the warm process can't start: {type(error).__name__}: {error}"
    freeze()
    gc.enable()
    Server(control, entry, fault).serve()
    os._exit(0)


class Server:
    """The warm process's loop."""

    def __init__(
        self, control: socket.socket, entry: birth.Entry, fault: str | None
    ) -> None:
        self._control = control
        self._entry = entry
        self._fault = fault
        self._pid = os.getpid()
        self._leashes: dict[int, socket.socket] = {}
        """By the child's pid."""
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._waking, False)
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        descendants.adopt()

    def serve(self) -> None:
        """Fork on request until the owner is gone; then nothing is left."""
        with contextlib.suppress(OSError):  # who asks next learns that it's gone
            self._control.send(READY)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        watched: dict[int, int] = {}
        while True:
            pids = {leash.fileno(): pid for pid, leash in self._leashes.items()}
            for fd in watched.keys() - pids.keys():
                poll.unregister(fd)
            for fd in pids:
                poll.register(fd, select.POLLIN)
            watched = pids
            for fd, _ in poll.poll():
                if fd == self._woken:
                    os.read(self._woken, 4096)
                    self._reap()
                elif fd != self._control.fileno():
                    self._signal(watched[fd])
                elif not self._request():
                    descendants.end()
                    return

    def _request(self) -> bool:
        try:
            asked, fds, _, _ = socket.recv_fds(self._control, 16, _FDS)
        except ConnectionError:
            asked = b""
        if not asked:
            return False
        leash = socket.socket(fileno=fds[0])
        if fault := self._fault or birth.obstacle():
            self._tell(leash, {"fault": fault})
            leash.close()
        else:
            self._bear(leash, fds[1], fds[2:])
        for fd in fds[1:]:
            os.close(fd)
        return True

    def _bear(self, leash: socket.socket, order: int, fds: list[int]) -> None:
        try:
            pid = self._fork(order, fds)
        except OSError as error:
            self._tell(leash, {"fault": f"the warm process can't fork: {error}"})
            leash.close()
            return
        if pid == 0:
            self._become(leash, order, fds)
        self._leashes[pid] = leash
        self._tell(leash, {"pid": pid})

    def _fork(self, order: int, fds: list[int]) -> int:
        """The new child's pid, as this process sees it; 0 in the child.

        It takes from ``fds`` what isn't the child's.

        Raises:
            OSError: there is no child.
        """
        return os.fork()

    def _wanted(self) -> Collection[int]:
        """The pids of children that nobody may end."""
        return self._leashes.keys()

    def _become(self, leash: socket.socket, order: int, fds: list[int]) -> NoReturn:
        """In the child: be what was ordered."""
        self._leave(leash)
        birth.live(self._entry, order, fds, parent=self._pid)

    def _leave(self, leash: socket.socket) -> None:
        """In the child: nothing of the warm process's stays open."""
        for held in (self._control, leash, *self._leashes.values()):
            held.close()
        signal.set_wakeup_fd(-1)
        os.close(self._woken)
        os.close(self._waking)

    def _signal(self, pid: int) -> None:
        leash = self._leashes.get(pid)
        if leash is None:
            return
        try:
            asked = leash.recv(1)
        except ConnectionError:
            asked = b""
        # Not yet reaped, so the pid is still the child's.
        os.kill(pid, asked[0] if asked else signal.SIGKILL)
        if not asked:
            self._leashes.pop(pid).close()

    def _reap(self) -> None:
        told = [
            (leash, status)
            for pid, status in descendants.reaped()
            if (leash := self._leashes.pop(pid, None))
        ]
        # A child's end leaves what it started to us, and nobody wants that. It hasn't
        # ended before they have.
        descendants.end(but=self._wanted())
        for leash, status in told:
            self._tell(leash, {"status": status})
            leash.close()

    @staticmethod
    def _tell(leash: socket.socket, message: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # whoever asked has gone
            leash.send(json.dumps(message).encode())


if __name__ == "__main__":
    main()
