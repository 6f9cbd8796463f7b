"""A small process that goes into network namespaces for this one.

A process with threads can't enter a user's namespace, and a worker has threads. Over
a socket it is asked for a new network, or for a listening socket in one, and sends
back descriptors. It ends when the socket closes.
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from pathlib import Path

from grader.errors import SandboxFailed

_NEW = b"new"
_MESSAGE = 256
_LIMIT = 30.0
"""Seconds for an answer."""
_DESCRIPTOR = 3
"""Of the socket, in the process."""


class _Holder:
    """The process and the socket to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(_LIMIT)
        package = str(Path(__file__).parent.parent.parent)
        code = (
            f"import sys; sys.path.insert(0, {package!r})\n"
            "from grader.sandbox.holder import serve\n"
            f"serve({_DESCRIPTOR})"
        )
        with theirs:
            self._process = os.posix_spawn(
                sys.executable,
                # Isolated and without site: it starts in half the time.
                [sys.executable, "-I", "-S", "-c", code],
                {},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), _DESCRIPTOR),
                ],
                # Ctrl-C is its owner's alone to handle.
                setsid=True,
            )

    def ask(self, question: bytes, descriptors: list[int]) -> tuple[bytes, list[int]]:
        """Its answer and descriptors; nothing at all if it has ended."""
        try:
            socket.send_fds(self.socket, [question], descriptors)
            answer, received, _, _ = socket.recv_fds(self.socket, _MESSAGE, 4)
        except ConnectionError:
            return b"", []
        return answer, received

    def close(self) -> None:
        """End the process; the networks stay as long as somebody holds them."""
        self.socket.close()
        if self.owner == os.getpid():
            os.waitpid(self._process, 0)


_holder: _Holder | None = None
_one_at_a_time = threading.Lock()


def network() -> tuple[int, ...]:
    """Descriptors of a new network with its loopback up.

    Raises:
        SandboxFailed: the kernel doesn't give one.
    """
    return tuple(_asked(_NEW))


def listener(network: int, port: int) -> socket.socket:
    """A socket that listens on a port of a network's 127.0.0.1; 0 is any.

    Raises:
        SandboxFailed: the port is taken there.
    """
    (descriptor,) = _asked(str(port).encode(), network)
    return socket.socket(fileno=descriptor)


def _asked(question: bytes, *descriptors: int) -> list[int]:
    with _one_at_a_time:
        try:
            answer, received = _current().ask(question, list(descriptors))
            if not answer:
                _end()  # it was killed: a new one can do the same
                answer, received = _current().ask(question, list(descriptors))
        except OSError as fault:
            _end()
            raise SandboxFailed(f"no network: {fault}") from fault
    if not received:
        reason = answer.decode(errors="replace") or "its process ended"
        raise SandboxFailed(f"no network: {reason}")
    return received


def _current() -> _Holder:
    global _holder
    # After a fork it is the parent's, and so is its answer.
    if _holder is None or _holder.owner != os.getpid():
        _end()
        _holder = _Holder()
    return _holder


@atexit.register
def _end() -> None:
    global _holder
    ended, _holder = _holder, None
    if ended is not None:
        ended.close()


def serve(descriptor: int) -> None:
    """Be the holder, until the other end of the socket closes."""
    from grader.sandbox import namespaces, system_calls, users

    questions = socket.socket(fileno=descriptor)
    owners: list[int] = []
    obstacle: OSError | None = None
    if not users.is_root():
        try:
            namespaces.own(system_calls.CLONE_NEWNET)
            owners = [os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC)]
        except OSError as fault:
            obstacle = fault  # what comes of it later explains less
    while True:
        question, given, _, _ = socket.recv_fds(questions, _MESSAGE, 1)
        if not question:
            return
        try:
            if question == _NEW:
                if obstacle is not None:
                    raise obstacle
                system_calls.unshare(system_calls.CLONE_NEWNET)
                namespaces.raise_loopback()
                made = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                socket.send_fds(questions, [b"made"], [*owners, made])
            else:
                system_calls.setns(given[0], system_calls.CLONE_NEWNET)
                # Closed here, it goes on listening there.
                with socket.create_server(
                    ("127.0.0.1", int(question)), backlog=128
                ) as listening:
                    made = os.dup(listening.fileno())
                socket.send_fds(questions, [b"made"], [made])
            os.close(made)
        except OSError as fault:
            questions.send(str(fault).encode()[:_MESSAGE])
        finally:
            for each in given:
                os.close(each)
