"""The Lambda Runtime API of one execution environment.

Version 2018-06-01 of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html:
``next``, ``response``, ``error`` and ``init/error``. On AWS it answers at
127.0.0.1:9001 of the environment; here each environment has a socket of its own.
There is no thread behind it: whoever waits for the environment (the request that
invokes it) speaks the protocol, so an invocation costs no hand-over between
threads.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_PREFIX = b"/2018-06-01/runtime/"
_ACCEPTED = b'{"status":"OK"}\n'
_RECEIVE = 256 * 1024


@dataclass(frozen=True)
class Next:
    """The runtime asks for the next invocation."""


@dataclass(frozen=True)
class Response:
    """The handler's answer to one invocation.

    ``ended`` is when the handler had it, in seconds of ``time.monotonic``; None where
    the runtime doesn't say.
    """

    request_id: str
    body: bytes
    ended: float | None = None


@dataclass(frozen=True)
class Failure:
    """The runtime reports an error; ``request_id`` is None for one of INIT."""

    request_id: str | None
    body: bytes
    error_type: str


Call = Next | Response | Failure


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.buffer = b""

    def read(self) -> tuple[bytes, bytes, Mapping[bytes, bytes], bytes] | None:
        """Take one whole request from the buffer: method, path, headers, body."""
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        request_line, _, header_lines = head.partition(b"\r\n")
        headers = {}
        for line in header_lines.split(b"\r\n"):
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        method, path, *_ = request_line.split(b" ")
        return method, path, headers, rest[:length]


class RuntimeAPI:
    """Listens for one environment's runtime, and answers it.

    ``listener`` becomes this object's own; it may listen in the environment's own
    network.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._listener.setblocking(False)
        self._connections: dict[int, _Connection] = {}
        self._waiting: _Connection | None = None
        self._output: int | None = None
        self.poll = select.poll()
        self.poll.register(self._listener, select.POLLIN)

    def watch(self, output: int) -> None:
        """Poll an output as well, behind all connections.

        So whatever the runtime wrote there before a call is seen with that call.
        """
        self._output = output
        self.poll.register(output, select.POLLIN)

    def unwatch(self) -> None:
        """Poll the output no more: it has ended."""
        if self._output is not None:
            self.poll.unregister(self._output)
            self._output = None

    def _watch_last(self) -> None:
        if self._output is not None:
            self.poll.unregister(self._output)
            self.poll.register(self._output, select.POLLIN)

    @property
    def address(self) -> str:
        """What ``AWS_LAMBDA_RUNTIME_API`` holds: host and port."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def calls(self, fd: int) -> list[Call]:
        """Handle one file descriptor that ``poll`` named; give the calls made."""
        if fd == self._listener.fileno():
            with contextlib.suppress(BlockingIOError):
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setblocking(False)
                self._connections[sock.fileno()] = _Connection(sock)
                self.poll.register(sock, select.POLLIN)
                self._watch_last()
            return []
        connection = self._connections.get(fd)
        if connection is None:
            return []
        try:
            received = connection.socket.recv(_RECEIVE)
        except BlockingIOError:
            return []
        except OSError:
            received = b""
        if not received:
            self._drop(connection)
            return []
        connection.buffer += received
        calls = []
        while (request := connection.read()) is not None:
            call = self._answer(connection, *request)
            if call is not None:
                calls.append(call)
        return calls

    def send(self, headers: Mapping[str, str], event: bytes) -> None:
        """Answer the runtime's ``next`` with an invocation."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            raise RuntimeError("the runtime didn't ask for an invocation")
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._reply(
            waiting,
            f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(event)}\r\n\r\n".encode()
            + event,
        )

    def close(self) -> None:
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._listener.close()

    def _answer(
        self,
        connection: _Connection,
        method: bytes,
        path: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> Call | None:
        if b"transfer-encoding" in headers:
            self._refuse(connection, 501, "NotSupported", "the body must have a length")
            self._drop(connection)
            return None
        # An absolute path behind any base, as libcurl and http.client send it.
        steps = path.partition(_PREFIX)[2].decode("ascii", "replace").split("/")
        error_type = headers.get(b"lambda-runtime-function-error-type", b"Unhandled")
        match (method, *steps):
            case (b"GET", "invocation", "next"):
                self._waiting = connection
                return Next()
            case (b"POST", "invocation", str(request_id), "response"):
                self._accept(connection)
                return Response(request_id, body, _seconds(headers))
            case (b"POST", "invocation", str(request_id), "error"):
                self._accept(connection)
                return Failure(request_id, body, error_type.decode("latin-1"))
            case (b"POST", "init", "error"):
                self._accept(connection)
                return Failure(None, body, error_type.decode("latin-1"))
        self._refuse(connection, 404, "NotFound", "no such operation")
        return None

    def _accept(self, connection: _Connection) -> None:
        self._respond(connection, "202 Accepted", _ACCEPTED)

    def _refuse(
        self, connection: _Connection, status: int, kind: str, message: str
    ) -> None:
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        self._respond(connection, f"{status} {kind}", body)

    def _respond(self, connection: _Connection, status: str, body: bytes) -> None:
        self._reply(
            connection,
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body,
        )

    def _reply(self, connection: _Connection, data: bytes) -> None:
        # A large event is more than the socket's buffer takes at once. A runtime
        # that died in between shows by its exit, so its error says nothing new.
        connection.socket.setblocking(True)
        with contextlib.suppress(OSError):
            connection.socket.sendall(data)
            connection.socket.setblocking(False)

    def _drop(self, connection: _Connection) -> None:
        with contextlib.suppress(KeyError, ValueError, OSError):
            fd = connection.socket.fileno()
            self.poll.unregister(fd)
            del self._connections[fd]
        if self._waiting is connection:
            self._waiting = None
        connection.socket.close()


def _seconds(headers: Mapping[bytes, bytes]) -> float | None:
    """When the handler had ended: the lab's own Node.js runtime says so (in ns)."""
    ended = headers.get(b"lab-handler-ended", b"")
    return int(ended) / 1e9 if ended.isdigit() else None
