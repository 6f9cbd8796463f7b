"""Processes of environments, as bubblewrap tells of them."""

from __future__ import annotations

import os
import subprocess

import pytest

from grader.cloud import isolation
from grader.cloud.processes import Process


@pytest.mark.skipif(
    not isolation.namespaces().available, reason="only bubblewrap tells of its child"
)
def test_what_bubblewrap_tells_comes_in_pieces() -> None:
    """Until it is complete there is no process; then its child is the runtime."""
    told, tell = os.pipe()
    os.set_blocking(told, False)
    # A shell that waits for what is the runtime here.
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & wait"], start_new_session=True)
    process = Process(shell, told)
    try:
        os.write(tell, b'{\n    "child-pid": ')
        assert process.memory() == 0
        os.write(tell, b"%d\n}\n" % shell.pid)
        while not process.memory():
            assert shell.poll() is None
    finally:
        process.kill()
        os.close(tell)
