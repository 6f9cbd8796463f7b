"""A program that tries to get out of its sandbox, for `probe`.

It runs inside, alone: it imports nothing of the course. It can't be trusted to say
what it achieved, so whoever laid the bait looks; but for what it prints: whatever it
could read.
"""

import contextlib
import ctypes
import json
import os
import socket
import sys
from pathlib import Path

MPTCP = 262
FAST_OPEN = 0x20000000
NEW_USER_NAMESPACE = 0x10000000


def steal(bait: dict[str, object]) -> None:
    """Try each way; one that fails is no reason to leave out another."""
    token = str(bait["token"]).encode()
    host = ("127.0.0.1", int(str(bait["tcp"])))
    ways = [
        lambda: print(Path(str(bait["secret"])).read_text()),
        lambda: Path(str(bait["secret"])).write_bytes(token),
        lambda: os.kill(int(str(bait["victim"])), 9),
        lambda: _connect(socket.socket(), host, token),
        lambda: _connect(socket.socket(proto=MPTCP), host, token),
        lambda: socket.socket().sendto(token, FAST_OPEN, host),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(
            token, ("127.0.0.1", int(str(bait["udp"])))
        ),
        lambda: _connect(socket.socket(socket.AF_UNIX), str(bait["unix"]), token),
        lambda: _connect(socket.socket(socket.AF_UNIX), str(bait["abstract"]), token),
        _become_root,
    ]
    for way in ways:
        with contextlib.suppress(OSError):
            way()
    processes = os.listdir("/proc") if os.path.isdir("/proc") else []
    for process in ("self", *processes):
        with contextlib.suppress(OSError):
            print(Path(f"/proc/{process}/environ").read_bytes())


def _connect(
    thing: socket.socket, address: str | tuple[str, int], token: bytes
) -> None:
    thing.settimeout(1)
    thing.connect(address)
    thing.sendall(token)


def _become_root() -> None:
    if ctypes.CDLL(None).unshare(NEW_USER_NAMESPACE) == 0:
        print("a new user namespace")


def work(door: int) -> None:
    """What an honest program does: it must be able to."""
    Path("written").write_text("here")
    with socket.socketpair()[0], socket.create_connection(("127.0.0.1", door)) as lab:
        lab.sendall(b"honest")


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    work(order["door"])
    steal(order)
