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
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from grader.errors import LabStartFailed
from grader.forkserver import Child, ForkServer

_ENTRY = "grader.process:forked"
_REHEARSAL = "grader.rehearsal:rehearse"
# The process id in it says whether anybody still needs the folder.
_FOLDER = "serverless-lab-"
_ATTEMPTS = 20


class Network(Protocol):
    """A submission's own network: see `grader.sandbox.Network`."""

    def listener(self, port: int = 0) -> socket.socket:
        """Listen on 127.0.0.1 inside."""


class Lab:
    """One lab process; its end is the end of all that its functions started."""

    endpoint_url: str
    """The same inside the submission's network and on the host."""

    def __init__(
        self,
        server: ForkServer,
        listeners: Sequence[socket.socket],
        folder: Path,
        material: Path | None,
    ) -> None:
        self.token = secrets.token_urlsafe(32)
        self.endpoint_url = f"http://127.0.0.1:{listeners[0].getsockname()[1]}"
        self._folder = folder
        # The lab watches the reading end: it closes when this process ends, however
        # that happens.
        leash, self._leash = os.pipe()
        try:
            self._child: Child = server.fork(
                {
                    "token": self.token,
                    "folder": str(folder),
                    "material": None if material is None else str(material),
                    "leash": 0,
                    "listeners": [1 + at for at in range(len(listeners))],
                },
                [leash, *(one.fileno() for one in listeners)],
            )
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

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        story: TracebackType | None,
    ) -> None:
        self.close()


class Labs:
    """Starts labs, one for each submission."""

    def __init__(self, *, warm: bool = True) -> None:
        """Begin to warm up; ``warm`` is False where nothing can be forked."""
        self._server = ForkServer(
            _ENTRY, prepare=_REHEARSAL if warm else None, warm=warm
        )

    def start(
        self, network: Network | None = None, *, material: Path | None = None
    ) -> Lab:
        """Start an empty lab; it answers at once, so nobody has to wait for it.

        Args:
            network: where it listens as well; None where there is only the host's.
            material: the course's `data/`, if it isn't beside the package.

        Raises:
            ForkFailed: the warm process can't start.
            LabStartFailed: no port is free both here and in the network.
        """
        with contextlib.ExitStack() as closing:
            listeners = _listeners(network)
            for listener in listeners:
                closing.enter_context(listener)
            folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
            try:
                return Lab(self._server, listeners, folder, material)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def close(self) -> None:
        """End the warm process, and the labs that it started."""
        self._server.close()

    def __enter__(self) -> Labs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        story: TracebackType | None,
    ) -> None:
        self.close()


def _listeners(network: Network | None) -> list[socket.socket]:
    """The host's, and the same port in the network."""
    for _ in range(_ATTEMPTS):
        outside = socket.create_server(("127.0.0.1", 0), backlog=512)
        if network is None:
            return [outside]
        try:
            return [outside, network.listener(outside.getsockname()[1])]
        except OSError:
            # Somebody inside listens there already.
            outside.close()
    raise LabStartFailed("no port is free both on this machine and in the sandbox")
