"""The lab's HTTP server: one port on 127.0.0.1, HTTP/1.1 with keep-alive."""

from __future__ import annotations

import math
import select
import selectors
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from cheroot import wsgi
from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.workers.threadpool import ThreadPool
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)

from grader.cloud.gateway.incoming import SENT_HEADERS
from grader.cloud.socket_files import socket_file
from grader.errors import PortTaken

_FIRST_THREADS = 8
# How long a thread waits for the next request of its connection, in ms.
_PATIENCE = 100
# How often cheroot looks for connections that nobody uses, in seconds: here they all
# stay, and a server with nothing to do doesn't wake.
_EXPIRATION_INTERVAL = 3600.0


class _ElasticThreadPool(ThreadPool):  # type: ignore[misc]
    """Adds a thread whenever a request would have to wait for one.

    A request that invokes a function waits for it, and the function's own calls
    to the cloud come in meanwhile: with a fixed number they could wait for ever.
    """

    def put(self, connection: Any) -> None:
        if self.idle <= self._queue.qsize():
            self._threads.append(self._spawn_worker())
        super().put(connection)


class _HeaderReader(HeaderReader):  # type: ignore[misc]
    """Keeps the headers as they were sent: cheroot changes case and joins repeats."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def __call__(
        self, rfile: Any, headers: dict[bytes, bytes] | None = None
    ) -> dict[bytes, bytes]:
        self._rfile = rfile
        found: dict[bytes, bytes] = super().__call__(self, headers)
        return found

    def readline(self) -> bytes:
        line: bytes = self._rfile.readline()
        self.lines.append(line)
        return line


class _Request(HTTPRequest):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.header_reader = _HeaderReader()


class _Connection(HTTPConnection):  # type: ignore[misc]
    """Stays with its thread while requests follow one another.

    cheroot gives a connection back to its selector after every request, and the
    next request then changes threads twice.
    """

    RequestHandlerClass = _Request

    @property
    def last_used(self) -> float:
        """Never long ago: lab time may jump by a month, and cheroot closes by it."""
        return math.inf

    @last_used.setter
    def last_used(self, moment: float) -> None:
        pass

    def __init__(self, server: Any, sock: socket.socket, makefile: Any = None) -> None:
        super().__init__(server, sock, socket_file)

    def communicate(self) -> bool:
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        while super().communicate():
            if not self.server.ready:
                return True
            if not self.rfile.has_data() and not waiting.poll(_PATIENCE):
                return True
        return False


class _Gateway(wsgi.Gateway_10):  # type: ignore[misc]
    """Tells moto how headers and the path were spelled, as moto's own server does."""

    def respond(self) -> None:
        """Send an answer as one piece; what its ``close`` does comes after."""
        wfile = self.req.conn.wfile
        wfile.hold()
        response = self.req.server.wsgi_app(self.env, self.start_response)
        try:
            for chunk in filter(None, response):
                self.write(chunk)
            self.req.ensure_headers_sent()
            wfile.release()
        finally:
            if hasattr(response, "close"):
                response.close()

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        sent = []
        for line in self.req.header_reader.lines:
            name, _, value = line.partition(b":")
            if line[:1].isspace() or not value:
                continue
            sent.append((name.decode("latin-1"), value.strip().decode("latin-1")))
        note_spelling(environ, sent)
        return environ


def note_spelling(environ: dict[str, Any], sent: list[tuple[str, str]]) -> None:
    """Note in a request how its headers, as ``sent``, and its path were spelled."""
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
        environ_key_for_header(name): name
        for name, _ in sent
        if "_" in name and should_preserve_original_header_name(name)
    }
    environ[SENT_HEADERS] = sent
    # Without it, moto unquotes S3 keys a second time: "a%20b" would be "a b".
    environ["RAW_URI"] = environ["REQUEST_URI"]


def _not_yet(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise RuntimeError("the server has no application yet")


class _Door:
    """A further listener, among the connections that cheroot's selector watches."""

    last_used = math.inf

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener

    def close(self) -> None:
        self.listener.close()


class _Bell:
    """Wakes cheroot's selector from another thread."""

    last_used = math.inf

    def __init__(self) -> None:
        self.ear, self._mouth = socket.socketpair()

    def ring(self) -> None:
        self._mouth.send(b"!")

    def close(self) -> None:
        self.ear.close()
        self._mouth.close()


class Server(wsgi.Server):  # type: ignore[misc]
    """cheroot on 127.0.0.1; port 0 means any free one.

    ``wsgi_app`` is to be set between ``prepare()`` and ``serve()``. With
    ``listeners``, which listen already and become the server's, nothing is bound: the
    first of them says the port. Others may listen in other network namespaces.

    Raises: PortTaken when another program has the port.
    """

    def __init__(self, port: int, listeners: Sequence[socket.socket] = ()) -> None:
        self._listener, self._doors = None, [_Door(one) for one in listeners[1:]]
        if listeners:
            self._listener = listeners[0]
            port = self._listener.getsockname()[1]
        super().__init__(
            ("127.0.0.1", port),
            _not_yet,
            numthreads=_FIRST_THREADS,
            request_queue_size=512,
            timeout=3600,
            shutdown_timeout=1,
        )
        self.gateway = _Gateway
        self.ConnectionClass = _Connection
        self.requests = _ElasticThreadPool(self, min=_FIRST_THREADS)
        self.max_request_body_size = 0
        self.expiration_interval = _EXPIRATION_INTERVAL
        self._bell: _Bell | None = None

    def prepare(self) -> None:
        if self._listener is None:
            self._probe()
        super().prepare()
        for door in self._doors:
            door.listener.settimeout(1)
            self._watch(door)
        self._bell = _Bell()
        self._connections._selector.register(
            self._bell.ear.fileno(), selectors.EVENT_READ, data=self._bell
        )

    def stop(self) -> None:
        if self._bell is not None:
            self._bell.ring()
        super().stop()
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:  # noqa: A002
        """Take the listener that was given; without one, bind as cheroot does."""
        self.socket = self._listener or super().bind(family, type, proto)
        return self.socket

    def process_conn(self, conn: Any) -> None:
        """Have a request served, or let one in by a further listener."""
        if isinstance(conn, _Bell):
            # cheroot's own stop() waits for its selector to return by itself.
            self._connections._stop_requested = True
            return
        if isinstance(conn, _Door):
            let_in = self._connections._from_server_socket(conn.listener)
            self._watch(conn)
            if let_in is None:
                return
            conn = let_in
        super().process_conn(conn)

    def _watch(self, door: _Door) -> None:
        # The selector hands over what is ready and forgets it.
        self._connections._selector.register(
            door.listener.fileno(), selectors.EVENT_READ, data=door
        )

    def _probe(self) -> None:
        host, port = self.bind_addr
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PortTaken(port, str(error)) from None

    @property
    def port(self) -> int:
        return int(self.bind_addr[1])
