"""A socket to a process inside, of which the machine says who sends."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence

LINE = 20_000_000
"""Bytes of a line; what is longer is not of our making."""
_CREDENTIALS = struct.Struct("3i")
_CHUNK = 1 << 20
_PATIENCE = 60.0
"""Seconds in which a line has to be taken."""


class Wire:
    """Lines from the one process that spoke first."""

    def __init__(self, *, deaf_to: int = 0) -> None:
        """`deaf_to`: the id of a process that isn't meant."""
        self._deaf_to = deaf_to
        self._ours, self.theirs = socket.socketpair()
        # With every message comes the sender's id, in our numbering of processes:
        # a forked child of the learner's can't speak for its parent.
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._ours.setblocking(False)
        self._waiting = b""
        self.pid = 0
        """Of the process that spoke first; 0 as long as nobody has."""

    def fileno(self) -> int:
        return self._ours.fileno()

    def receive(self) -> bool:
        """Take what has come; False when nothing will come any more."""
        try:
            chunk, ancillary, _, _ = self._ours.recvmsg(
                _CHUNK, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not chunk:
            return False
        sender = int(_CREDENTIALS.unpack(ancillary[0][2])[0]) if ancillary else -1
        if sender != self._deaf_to:
            self.pid = self.pid or sender
        if sender == self.pid:
            self._waiting += chunk
        return True

    def line(self) -> bytes | None:
        """The next whole line."""
        if b"\n" not in self._waiting:
            return None
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line

    @property
    def is_flooded(self) -> bool:
        """Whether an endless line is coming."""
        return len(self._waiting) > LINE

    def send(self, line: bytes, fds: Sequence[int] = ()) -> bool:
        """Send a line, with descriptors; False if nobody takes it."""
        self._ours.settimeout(_PATIENCE)
        try:
            sent = socket.send_fds(self._ours, [line + b"\n"], list(fds))
            self._ours.sendall((line + b"\n")[sent:])
        except OSError:
            return False
        finally:
            self._ours.setblocking(False)
        return True

    def close(self) -> None:
        self._ours.close()
        self.theirs.close()


def read(fd: int, size: int = 1 << 16) -> bytes:
    """What is in a pipe now."""
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return b""
