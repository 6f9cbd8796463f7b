"""A lab for each submission: its own local cloud and examiner, outside the sandbox.

A lab answers at one port of 127.0.0.1 on the host, for whoever reads verdicts, and at
the same port inside the submission's network: `AWS_ENDPOINT_URL` is the same text for
both. Labs are forked from a warm process, which has imported and read in advance what
takes a lab of its own more than a second.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from grader.errors import LabStartFailed, SandboxFailed
from grader.forkserver import NOTHING, Child, ForkServer
from grader.grading.workers.worker import NUMBER
from grader.sandbox import Isolation, Network

_ENTRY = "grader.process:forked"
_REHEARSAL = "grader.rehearsal:rehearse"
RUNTIME = (sys.executable, "-P", "-m", "grader.cloud.warm_python")
"""The program of the warm Python runtime, whose children know what to be."""
# The process id in it says whether anybody still needs the folder.
_FOLDER = "serverless-lab-"
_ATTEMPTS = 20


class Lab(AbstractContextManager["Lab"]):
    """One lab process; its end is the end of all that its functions started."""

    endpoint_url: str
    """The same inside the submission's network and on the host."""

    def __init__(
        self,
        server: ForkServer,
        listeners: Sequence[socket.socket],
        folder: Path,
        *,
        material: Path | None,
        isolation: Isolation | None,
        network: Sequence[int],
        warm: socket.socket | None,
    ) -> None:
        """Start it; see `grader.process.forked` for what it is given."""
        self.token = secrets.token_urlsafe(32)
        self.port = listeners[0].getsockname()[1]
        self.endpoint_url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        # The lab watches the reading end: it closes when this process ends, however
        # that happens.
        leash, self._leash = os.pipe()
        fds = [leash]

        def at(descriptors: Iterable[int]) -> list[int]:
            numbers = []
            for descriptor in descriptors:
                numbers.append(len(fds))
                fds.append(descriptor)
            return numbers

        number = os.environ.get(NUMBER)
        order = {
            "token": self.token,
            "folder": str(folder),
            "material": None if material is None else str(material),
            "isolation": None if isolation is None else isolation.to_json(),
            # Of two workers' labs on one processor each would wait for the other.
            "processor": None if number is None else int(number),
            "leash": 0,
            "listeners": at(one.fileno() for one in listeners),
            "network": at(network),
            "warm": None if warm is None else at([warm.fileno()])[0],
        }
        try:
            self._child: Child = server.fork(order, fds)
        except BaseException:
            os.close(self._leash)
            raise
        finally:
            os.close(leash)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.exit_status() is None

    def close(self) -> None:
        """End it at once, with its functions and its files; again does nothing."""
        if self._leash >= 0:
            self._child.close()
            os.close(self._leash)
            self._leash = -1
            shutil.rmtree(self._folder, ignore_errors=True)

    def __exit__(self, *ended: object) -> None:
        self.close()


class Labs(AbstractContextManager["Labs"]):
    """Starts labs, one for each submission."""

    def __init__(self, *, warm: bool = True) -> None:
        """Nothing starts before the first lab; not ``warm``, none is forked."""
        self._warm = warm
        self._server: ForkServer | None = None
        self._runtimes: ForkServer | None = None

    def start(
        self,
        network: Network | None = None,
        *,
        isolation: Isolation | None = None,
        material: Path | None = None,
        port: int = 0,
    ) -> Lab:
        """Start an empty lab; it answers at once, so nobody has to wait for it.

        Args:
            network: where it listens as well, and its functions run.
            isolation: of its functions; None leaves them to the lab, as a learner's.
            material: the course's `data/`, if it isn't beside the package.
            port: the one of a lab that has ended; else one that is free.

        Raises:
            ForkFailed: the warm process can't start.
            LabStartFailed: no port is free both here and in the network.
        """
        server = self._warm_server()
        with contextlib.ExitStack() as closing:
            listeners = _listeners(network, port)
            for listener in listeners:
                closing.enter_context(listener)
            warm = None
            # Without namespaces a function's libraries lie elsewhere in each lab.
            if self._warm and isolation is not None and isolation.tier == "strong":
                warm = closing.enter_context(self._warm_runtimes().lent())
            folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
            try:
                return Lab(
                    server,
                    listeners,
                    folder,
                    material=material,
                    isolation=isolation,
                    network=() if network is None else network.descriptors,
                    warm=warm,
                )
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def close(self) -> None:
        """End the warm processes, and what they started."""
        for server in (self._server, self._runtimes):
            if server is not None:
                server.close()

    def _warm_server(self) -> ForkServer:
        if self._server is None:
            rehearsal = (_REHEARSAL,) if self._warm else ()
            self._server = ForkServer(_ENTRY, prepare=rehearsal, warm=self._warm)
        return self._server

    def _warm_runtimes(self) -> ForkServer:
        if self._runtimes is None:
            self._runtimes = ForkServer(NOTHING, program=RUNTIME)
        return self._runtimes

    def __exit__(self, *ended: object) -> None:
        self.close()


def _listeners(network: Network | None, port: int) -> list[socket.socket]:
    """The host's, and the same port in the network, if that is another."""
    if network is not None and not network.descriptors:
        return [network.listener(port)]
    for _ in range(_ATTEMPTS):
        outside = socket.create_server(("127.0.0.1", port), backlog=512)
        if network is None:
            return [outside]
        try:
            return [outside, network.listener(outside.getsockname()[1])]
        except SandboxFailed:
            # Somebody inside listens there already.
            outside.close()
    raise LabStartFailed("no port is free both on this machine and in the sandbox")
