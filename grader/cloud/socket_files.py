"""The two ends of a connection as files, as cheroot wants them.

cheroot's own are on Python's ``_pyio`` and take a tenth of a warm invocation.
"""

from __future__ import annotations

import socket

_RECEIVE = 64 * 1024


class SocketReader:
    """Reads lines and bodies of known length from a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._at = 0
        self.bytes_read = 0
        self.closed = False

    def has_data(self) -> bool:
        """Whether part of the next request is already here."""
        return self._at < len(self._buffer)

    def readline(self, size: int | None = None) -> bytes:
        """Read through a line's end, at most ``size`` bytes."""
        searched = self._at
        while True:
            end = self._buffer.find(b"\n", searched) + 1
            limit = len(self._buffer) if size is None or size < 0 else self._at + size
            if end:
                return self._take(min(end, limit))
            if limit <= len(self._buffer) and size is not None and size >= 0:
                return self._take(limit)
            searched = len(self._buffer)
            moved = self._at
            if not self._receive():
                return self._take(len(self._buffer))
            searched -= moved

    def read(self, size: int | None = None) -> bytes:
        """Read ``size`` bytes, or to the end; fewer only at the end."""
        if size is not None and 0 <= size <= len(self._buffer) - self._at:
            return self._take(self._at + size)
        parts = [self._take(len(self._buffer))]
        missing = None if size is None or size < 0 else size - len(parts[0])
        while missing is None or missing > 0:
            part = self._socket.recv(_RECEIVE if missing is None else missing)
            if not part:
                break
            parts.append(part)
            self.bytes_read += len(part)
            if missing is not None:
                missing -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self.closed = True

    def _take(self, end: int) -> bytes:
        taken = self._buffer[self._at : end]
        self._at = end
        return taken

    def _receive(self) -> bool:
        received = self._socket.recv(_RECEIVE)
        self._buffer = self._buffer[self._at :] + received
        self._at = 0
        self.bytes_read += len(received)
        return bool(received)


class SocketWriter:
    """Writes to a socket, at once or, while it is held, all together."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._held: list[bytes] | None = None
        self.bytes_written = 0
        self.closed = False

    def hold(self) -> None:
        """Keep what is written from now on until ``release``."""
        self._held = []

    def release(self) -> None:
        """Send what was kept, as one piece; a second time does nothing."""
        held, self._held = self._held, None
        if held:
            self._socket.sendall(held[0] if len(held) == 1 else b"".join(held))

    def write(self, data: bytes) -> int:
        self.bytes_written += len(data)
        if self._held is None:
            self._socket.sendall(data)
        else:
            self._held.append(data)
        return len(data)

    def close(self) -> None:
        self.closed = True


def socket_file(
    sock: socket.socket, mode: str = "r", size: int = 0
) -> SocketReader | SocketWriter:
    """Make one end; cheroot calls this for both (``size`` is its buffer's)."""
    return SocketReader(sock) if "r" in mode else SocketWriter(sock)
