"""What the children of the tests' warm processes do."""

from __future__ import annotations

import gc
import json
import mmap
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from typing import Any


def tell(order: dict[str, Any], fds: list[int]) -> None:
    """Send what this child sees of itself to a socket."""
    facts = {
        "order": order,
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "exec_environment": open("/proc/self/environ").read(),  # noqa: SIM115
        "cwd": os.getcwd(),
        "prepared_in": prepared_in,
        "dice": random.random(),
        "modules": sorted(sys.modules),
        "open": sorted(os.listdir("/proc/self/fd")),
        "collects": gc.isenabled(),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    }
    with socket.socket(fileno=fds[0]) as there:
        there.sendall(json.dumps(facts).encode())


def end(order: dict[str, Any], fds: list[int]) -> int:
    """End as ordered."""
    if "signal" in order:
        os.kill(os.getpid(), order["signal"])
    if "raise" in order:
        raise SystemExit(order["raise"])
    return int(order["status"])


def stay(order: dict[str, Any], fds: list[int]) -> None:
    """Start a process that leaves its session, say its pid, and wait for a signal."""
    orphan = subprocess.Popen(
        [sys.executable, "-S", "-c", ORPHAN], stdout=subprocess.PIPE
    )
    assert orphan.stdout is not None
    with socket.socket(fileno=fds[0]) as there:
        there.sendall(orphan.stdout.readline())
        signal.pause()


ORPHAN = """
import os, signal
if os.fork():
    os._exit(0)
os.setsid()
print(os.getpid(), flush=True)
signal.pause()
"""


def rehearse() -> None:
    """What a child will import."""
    import wave  # noqa: F401


prepared_in = 0


def prepare() -> None:
    """What children find done, by a thread that has ended."""

    def work() -> None:
        global prepared_in
        prepared_in = os.getpid()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def start_thread() -> None:
    """Make the warm process one that must not fork."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()


FILLED, SPARSE = 16 << 20, 64 << 20
filled: list[mmap.mmap] = []


def fill() -> None:
    """Use all of some memory, and of some more next to nothing."""
    for size, used in ((FILLED, FILLED), (SPARSE, 1)):
        area = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        area.write(b"x" * used)
        filled.append(area)
    # Side by side they would be one area.
    area.madvise(mmap.MADV_DONTDUMP)


def weigh(order: dict[str, Any], fds: list[int]) -> None:
    """Send what the machine says of this child's memory, in kB."""
    lines = open("/proc/self/smaps_rollup").read().splitlines()[1:]  # noqa: SIM115
    facts = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    with socket.socket(fileno=fds[0]) as there:
        there.sendall(json.dumps(facts).encode())


def allow_no_fork() -> None:
    """Let the warm process be refused by the kernel."""

    def fork() -> int:
        raise OSError("not today")

    os.fork = fork
