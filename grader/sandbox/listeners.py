"""Listening sockets inside a network, for a process that will have threads.

A process with threads can't enter another's namespaces. So before it has any it leaves
a child in the network, which opens sockets there and hands them out; it ends when its
parent does.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from typing import NoReturn

from grader.errors import SandboxFailed
from grader.sandbox import namespaces, reaper

_MESSAGE = 256
_BACKLOG = 128


class Listeners:
    """Opens sockets that listen on 127.0.0.1 of a network; else of this machine."""

    def __init__(self, network: Sequence[int]) -> None:
        """Leave a child in it, unless ``network`` is empty: this forks."""
        self._one_at_a_time = threading.Lock()
        self._child: socket.socket | None = None
        if network:
            self._child, theirs = socket.socketpair(
                socket.AF_UNIX, socket.SOCK_SEQPACKET
            )
            if os.fork() == 0:
                _serve(theirs.detach(), network)
            theirs.close()

    def listen(self, port: int = 0) -> socket.socket:
        """A new socket; port 0 is any free one.

        Raises:
            SandboxFailed: the port is taken, or the child was lost.
        """
        if self._child is None:
            return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        with self._one_at_a_time:
            try:
                self._child.send(str(port).encode())
                said, made, _, _ = socket.recv_fds(self._child, _MESSAGE, 1)
            except OSError as fault:
                raise SandboxFailed(f"nobody listens in the network: {fault}") from None
        if not made:
            reason = said.decode(errors="replace") or "its process ended"
            raise SandboxFailed(f"nobody listens in the network: {reason}")
        return socket.socket(fileno=made[0])

    def close(self) -> None:
        """End the child; its sockets stay."""
        if self._child is not None:
            self._child.close()


def _serve(descriptor: int, network: Sequence[int]) -> NoReturn:
    try:
        reaper.die_with_parent()
        reaper.hold_only({0, 1, 2, descriptor, *network})
        namespaces.join(network)
        questions = socket.socket(fileno=descriptor)
        while asked := questions.recv(_MESSAGE):
            try:
                with socket.create_server(
                    ("127.0.0.1", int(asked)), backlog=_BACKLOG
                ) as made:
                    socket.send_fds(questions, [b"made"], [made.fileno()])
            except OSError as fault:
                questions.send(str(fault).encode()[:_MESSAGE])
    finally:
        os._exit(0)
