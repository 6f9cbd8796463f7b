"""What of a process's memory is the function's."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.cloud.process_memory import Foreign

EXECUTES = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(15, b"executes", 0, 0, 0)
print("ready", flush=True)
sys.stdin.readline()
os.execv("/bin/sleep", ["sleep", "60"])
"""

NAMED = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[1]), 0, 0, 0)
print("ready", flush=True)
sys.stdin.readline()
"""


@contextmanager
def named(name: str) -> Iterator[int]:
    """The pid of a process that calls itself so."""
    with subprocess.Popen(
        [sys.executable, "-c", NAMED, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="processes have names in /proc")
def test_a_program_is_measured_once_it_is_executed() -> None:
    """Before that, the memory is that of the process which executes it."""
    foreign = Foreign()
    os.pwrite(foreign.descriptor, struct.pack("<q", -2), 0)
    with subprocess.Popen(
        [sys.executable, "-c", EXECUTES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        before = foreign.size(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        name = Path(f"/proc/{process.pid}/comm")
        while name.read_text().strip() != "sleep":
            time.sleep(0.01)
        after = foreign.size(process.pid)
        process.kill()
    foreign.close()
    assert (before, after) == (None, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="processes have names in /proc")
def test_a_process_that_executes_nothing_is_measured_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a second, whatever it's called: a function can say what it likes."""
    foreign = Foreign()
    os.pwrite(foreign.descriptor, struct.pack("<q", -2), 0)
    with named("executes") as pid:
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now)
        first = foreign.size(pid)
        monkeypatch.setattr(time, "monotonic", lambda: now + 1.1)
        later = foreign.size(pid)
    foreign.close()
    assert (first, later) == (None, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="processes have names in /proc")
def test_a_name_needs_no_sense() -> None:
    """The kernel cuts names after 15 bytes, be it in the middle of a letter."""
    foreign = Foreign()
    os.pwrite(foreign.descriptor, struct.pack("<q", -2), 0)
    with named(8 * "\N{LATIN SMALL LETTER E WITH ACUTE}") as pid:
        size = foreign.size(pid)
    foreign.close()
    assert size == 0
