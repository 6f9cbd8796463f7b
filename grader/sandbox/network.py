"""A submission's own network, which its kernel and its functions share."""

from __future__ import annotations

import os
import socket
from contextlib import AbstractContextManager

from grader.errors import SandboxFailed
from grader.sandbox import holder
from grader.sandbox.isolation import Isolation


class Network(AbstractContextManager["Network"]):
    """A loopback of its own where there are namespaces, else the machine's.

    The only way between inside and outside is a listener: its socket is inside, and
    whoever holds it outside accepts connections from inside.
    """

    def __init__(self, isolation: Isolation) -> None:
        """
        Raises:
            SandboxFailed: the kernel doesn't give one.
        """
        self.ports: tuple[int, ...] = ()
        """The ports listened on, for `Policy.ports`."""
        self._descriptors: tuple[int, ...] = ()
        if isolation.tier == "strong":
            self._descriptors = holder.network()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What `enter` takes to join it; empty where it is the machine's."""
        return self._descriptors

    def listener(self, port: int = 0) -> socket.socket:
        """A socket that listens on 127.0.0.1 inside; 0 is any free port.

        Raises:
            SandboxFailed: the port is taken.
        """
        if self._descriptors:
            made = holder.listener(self._descriptors[-1], port)
        else:
            try:
                made = socket.create_server(("127.0.0.1", port), backlog=128)
            except OSError as fault:
                raise SandboxFailed(f"port {port} can't be had: {fault}") from fault
        self.ports += (made.getsockname()[1],)
        return made

    def close(self) -> None:
        """Let go of it: it ends with the last process in it, and the last listener."""
        descriptors, self._descriptors = self._descriptors, ()
        for descriptor in descriptors:
            os.close(descriptor)

    def __exit__(self, *ended: object) -> None:
        self.close()
