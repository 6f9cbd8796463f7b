"""What a machine with too much to do takes from functions."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from grader.cloud import processes
from grader.cloud.starvation import runs, starved
from tests.cloud.conftest import Account

BUSY = "import os\nos.sched_setaffinity(0, {%d})\nwhile True: pass"


def test_who_shares_a_processor_waits_for_it() -> None:
    """Also when it is a child of the one that is asked about."""
    one = BUSY % min(os.sched_getaffinity(0))
    below = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {one!r}])"
    with (
        subprocess.Popen([sys.executable, "-c", one]) as other,
        subprocess.Popen([sys.executable, "-c", below], start_new_session=True) as top,
    ):
        try:
            while starved(other.pid) < 0.05 or starved(top.pid) < 0.05:
                assert other.poll() is None and top.poll() is None
        finally:
            other.kill()
            os.killpg(top.pid, 9)


def test_a_thread_that_waits_is_enough() -> None:
    """The first one may have nothing to do but to wait for it."""
    one = BUSY % min(os.sched_getaffinity(0))
    thread = f"import threading\nthreading.Thread(target=exec, args=[{one!r}]).start()"
    with (
        subprocess.Popen([sys.executable, "-c", one]) as other,
        subprocess.Popen([sys.executable, "-c", thread]) as threaded,
    ):
        try:
            while starved(threaded.pid) < 0.2:
                assert other.poll() is None and threaded.poll() is None
        finally:
            other.kill()
            threaded.kill()


def test_nobody_waits_who_is_gone() -> None:
    """Whoever ended isn't there to be asked."""
    assert starved(2**22 + 1) == 0.0
    assert not runs(2**22 + 1)


def test_threads_and_children_run_as_well() -> None:
    """A process whose first thread waits for them runs."""
    thread = "import threading\nthreading.Thread(target=exec, args=[{!r}]).start()"
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {!r}])"
    program = thread.format(child.format("input('asks')\nwhile True: pass"))
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as top:
        assert top.stdin is not None and top.stdout is not None
        try:
            assert top.stdout.read(4) == b"asks"
            deadline = time.monotonic() + 30
            while runs(top.pid):
                assert time.monotonic() < deadline
            top.stdin.write(b"go on\n")
            top.stdin.close()
            while not runs(top.pid):
                assert time.monotonic() < deadline
        finally:
            os.killpg(top.pid, 9)


def test_a_function_has_the_time_that_it_got_no_processor(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timeout is of a second, of which the machine took one."""
    monkeypatch.setattr(processes, "starved", lambda pid: 1.0)
    name = account.deploy(
        "import time\ndef handler(event, context):\n"
        "    time.sleep(1.2)\n    return 'in time'\n",
        Timeout=1,
    )
    assert account.invoke(name).payload == "in time"
