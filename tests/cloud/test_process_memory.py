"""What of a process's memory is the function's."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
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


def test_a_process_that_executes_nothing_is_measured_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a second, whatever it's called: a function can say what it likes."""
    foreign = Foreign()
    os.pwrite(foreign.descriptor, struct.pack("<q", -2), 0)
    monkeypatch.setattr(Path, "read_text", lambda path: "executes\n")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    first = foreign.size(1)
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.1)
    later = foreign.size(1)
    foreign.close()
    assert (first, later) == (None, 0)
