"""Things on the machine that no sandboxed program may touch."""

from __future__ import annotations

import os
import secrets
import select
import socket
import subprocess
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

_UNTOUCHED = "nobody was here"
_SETTLED = 0.02
"""Seconds in which what was sent on one machine has arrived."""


class Bait(AbstractContextManager["Bait"]):
    """A secret file, listeners of four kinds, and a process with a secret."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(16)
        self._folder = Path(tempfile.mkdtemp(prefix="bait-"))
        self._folder.chmod(0o755)
        self._secret = self._folder / "secret"
        self._secret.write_text(self._token + _UNTOUCHED)
        self._secret.chmod(0o666)
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._unix, self._abstract = (socket.socket(socket.AF_UNIX) for _ in range(2))
        self._unix.bind(str(self._folder / "socket"))
        (self._folder / "socket").chmod(0o777)
        self._unix.listen()
        self._abstract.bind(f"\0bait-{self._token}")
        self._abstract.listen()
        self._victim = subprocess.Popen(
            ["/bin/sh", "-c", "read forever"],
            stdin=subprocess.PIPE,
            env={"SECRET": self._token},
        )

    def order(self) -> dict[str, object]:
        """Where it all is, for the thief."""
        return {
            # Not the token itself: the thief has to have read that.
            "token": _UNTOUCHED,
            "secret": str(self._secret),
            "tcp": self._tcp.getsockname()[1],
            "udp": self._udp.getsockname()[1],
            "unix": str(self._folder / "socket"),
            "abstract": f"\0bait-{self._token}",
            "victim": self._victim.pid,
        }

    def taken(self, printed: str) -> list[str]:
        """What the thief got, by what reached this side, and by what it printed."""
        listeners = {
            self._tcp: "TCP",
            self._udp: "UDP",
            self._unix: "Unix sockets",
            self._abstract: "abstract sockets",
        }
        reached, _, _ = select.select(list(listeners), [], [], _SETTLED)
        found = [listeners[each] for each in reached]
        if self._secret.read_text() != self._token + _UNTOUCHED:
            found.append("writing of files")
        if self._token in printed:
            found.append("reading of files or of processes")
        if "a new user namespace" in printed:
            found.append("new namespaces")
        if self._victim.poll() is not None:
            found.append("signals")
        return found

    def close(self) -> None:
        for each in (self._tcp, self._udp, self._unix, self._abstract):
            each.close()
        if self._victim.stdin is not None:
            self._victim.stdin.close()
        self._victim.wait()
        for entry in self._folder.iterdir():
            entry.unlink()
        os.rmdir(self._folder)

    def __exit__(self, *ended: object) -> None:
        self.close()
