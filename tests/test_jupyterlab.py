"""How JupyterLab ends."""

from __future__ import annotations

import subprocess
import sys

WAITING = """
import atexit, threading
from grader.jupyterlab import leave

threading.Thread(target=threading.Event().wait).start()
atexit.register(print, "cleared up")
leave(3)
"""


def test_a_thread_that_waits_keeps_nobody() -> None:
    """As a request that was open leaves one; what is due at the end is done."""
    ended = subprocess.run(
        [sys.executable, "-c", WAITING],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (3, "cleared up\n")
